"""Puts the desk of a worker's child together, after the fork, from the settings. Nothing else in
this package reads settings."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from celery import signals

from celery_app.worker.children import arm, no_room, owner, phases, works_under
from celery_app.worker.room import FreeMemory
from celery_app.worker.stopping import is_stopping
from celery_app.worker.verdicts import ABANDONED
from config.access import ProviderAccess, load_access
from config.roles import Group, names
from config.settings import Settings, load_settings
from tasks.desk.desk import Desk
from tasks.desk.paid import PaidCalls
from tasks.desk.present import Present
from tasks.desk.readers import reader_by
from tasks.desk.templates import Templates
from tasks.desk.transcribers import Transcribers
from tasks.desk.transports import PATIENT_S, PaidOptions
from videobatch.errors import SettingsError
from videobatch.paths import Places
from videobatch.pipeline.retry import RetryOptions
from videobatch.pipeline.stopwatch import TimeLimits
from videobatch.pipeline.work import Tools
from videobatch.providers.roles import Role, make_role
from videobatch.records import Currency
from videobatch.speech.engines import SpeechOptions
from videobatch.speech.host.asking import Asker, Asking
from videobatch.speech.host.decoders import threads_for
from videobatch.state.alerts import Alerts
from videobatch.state.connection import connect
from videobatch.state.costs import Costs
from videobatch.state.glossaries import Glossaries
from videobatch.state.ledger import Ledger
from videobatch.state.store import PATIENCE_S, Store
from videobatch.state.views import Views
from videobatch.telemetry.host import core_budget, host_id
from videobatch.telemetry.peak import PeakMemory

# What is only shown does not wait for Redis.
BRISK_S = 0.0
BYTES_PER_MBIT = 125_000
# A megabyte each.
MOST_SEGMENTS = 8


def build_desk(settings: Settings, access: ProviderAccess, worker: str) -> Desk:
    """The desk of this process. Connects to nothing yet."""
    if settings.redis_url is None:
        raise SettingsError("VIDEOBATCH_REDIS_URL is not set")
    client = connect(settings.redis_url.get_secret_value(), name=f"task:{worker}:{os.getpid()}")
    patient = Store(client, settings.prefix, patience_s=PATIENT_S)
    brisk = patient.with_patience(BRISK_S)
    here = Places(settings.paths.here, settings.paths.below)
    now = Present()
    paid = PaidCalls(paid_options(settings, access), patient, is_stopping, now)
    return Desk(
        worker=owner(worker),
        host=host_id(),
        patient=Ledger(patient, places=here),
        brisk=Ledger(brisk, places=here),
        views=Views(patient.with_patience(PATIENCE_S), places=here),
        places=here,
        tools=tools(settings, paid, patient, asker(settings, now)),
        retry=RetryOptions(settings.retry.attempts, settings.retry.base_s, settings.retry.cap_s),
        limits=limit_options(settings),
        is_stopping=is_stopping,
        free_bytes=FreeMemory(settings.memory.limit_mb).bytes,
        abandon=lambda: os._exit(ABANDONED),
        arm=arm,
        no_room=no_room,
        works_under=works_under,
        now=now,
        peak=PeakMemory(),
        alerts=Alerts(brisk),
    )


def tools(settings: Settings, paid: PaidCalls, store: Store, asker: Asker | None) -> Tools:
    """The tools of the stages: who hears and who writes, templates, phases."""
    return Tools(
        transcriber=Transcribers(
            speech_options(settings), paid.transcriber, asker, aligns=settings.speech.align
        ).get,
        template=Templates(settings.templates_dir).get,
        phases=phases(),
        slide_reader=reader_by(asker),
        software=f"videobatch {version('videobatch')}",
        writer=paid.writer,
        video_transcriber=paid.video_transcriber,
        share_terms=Glossaries(store).share,
        paid_usd=Costs(store).video,
        tries=settings.retry.attempts,
    )


def speech_options(settings: Settings) -> SpeechOptions:
    """The plain values that the recognisers of this machine are made by."""
    speech = settings.speech
    return SpeechOptions(speech.models_dir, speech.model_dir, device=speech.device)


def asker(settings: Settings, now: Present) -> Asker | None:
    """The way to the host's recogniser for this process; None where there is none to be asked."""
    if settings.speech.socket is None:
        return None
    threads = threads_for(core_budget(), settings.cpu_target, settings.speech.threads)
    return Asker(
        Asking(
            path=settings.speech.socket,
            video=lambda: now.payer,
            is_stopping=is_stopping,
            phases=phases(),
            # One more than it decodes, so that a single video keeps it busy while the next is read.
            parallel=min(MOST_SEGMENTS, threads + 1),
        )
    )


def limit_options(settings: Settings) -> TimeLimits:
    """The time limits of a stage and of a video."""
    chosen = settings.limits
    return TimeLimits(chosen.stage_s, chosen.stage_factor, chosen.video_s, chosen.video_factor)


def paid_options(settings: Settings, access: ProviderAccess) -> PaidOptions:
    """The plain values that paid calls are made by."""
    api, budget = settings.api, settings.budget
    limits = budget.model_dump(exclude_none=True, exclude={"bytes_stored"})
    return PaidOptions(
        role=roles(settings, access),
        budget={Currency(name): amount for name, amount in limits.items()},
        stored_bytes=float(budget.bytes_stored),
        upload_bytes_per_s=api.upload_mbit_s * BYTES_PER_MBIT,
        prices=api.prices,
        day_zone=api.day_zone,
        context_tokens=api.context_tokens,
        reuses_answers=api.reuse,
        is_threshold=api.policy == "threshold",
    )


def roles(settings: Settings, access: ProviderAccess) -> Callable[[Group, str, str], Role | None]:
    """Finds the role for a group, a provider and a model; None for a provider that is unknown."""

    def role(group: Group, provider: str, model: str) -> Role | None:
        told = names(settings, access, group, provider).plain()
        return make_role(**{**told, "model": model})

    return role


_desks: dict[int, Desk] = {}


def desk(worker: str) -> Desk:
    """The desk of this process; another one after a fork."""
    if os.getpid() not in _desks:
        _desks.clear()
        _desks[os.getpid()] = build_desk(load_settings(), load_access(), worker)
    return _desks[os.getpid()]


def prepare() -> None:
    """Lets each child of a worker build its desk when it is forked, before its first video."""
    workers: list[str] = []

    def on_worker_init(sender: Any = None, **_: Any) -> None:
        workers.append(sender.hostname)

    def on_child_init(**_: Any) -> None:
        desk(workers[-1])

    signals.worker_init.connect(on_worker_init, weak=False)
    signals.worker_process_init.connect(on_child_init, weak=False)
