"""What a worker's child works with: built once, after the fork, from the settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

from celery import signals

from celery_app.worker.children import arm, no_room, owner, phases, works_under
from celery_app.worker.room import FreeMemory
from celery_app.worker.stopping import is_stopping
from celery_app.worker.verdicts import ABANDONED
from config.settings import Settings, load_access, load_settings
from tasks.attempt import Desk
from tasks.desk.paid import PATIENT_S, PaidCalls
from tasks.desk.sinks import Present
from videobatch.errors import SettingsError
from videobatch.paths import Places
from videobatch.pipeline.limits import LimitOptions
from videobatch.pipeline.options import DocumentOptions
from videobatch.pipeline.retry import RetryOptions
from videobatch.pipeline.templates import Template, load_templates
from videobatch.pipeline.work import Tools
from videobatch.ports import Transcriber
from videobatch.providers import make_transcriber
from videobatch.providers.catalog import PROVIDERS
from videobatch.state.alerts import Alerts
from videobatch.state.connection import connect
from videobatch.state.costs import Costs
from videobatch.state.ledger import Ledger
from videobatch.state.views import Views
from videobatch.telemetry.host import host_id
from videobatch.telemetry.peak import PeakMemory

# What is only shown does not wait for Redis.
BRISK_S = 0.0


def build_desk(settings: Settings, worker: str) -> Desk:
    """The desk of this process. Connects to nothing yet."""
    if settings.redis_url is None:
        raise SettingsError("VIDEOBATCH_REDIS_URL is not set")
    client = connect(settings.redis_url.get_secret_value(), name=f"task:{worker}:{os.getpid()}")
    here = Places(settings.paths.here, settings.paths.below)
    patient = Ledger(client, settings.prefix, patience_s=PATIENT_S, places=here)
    retry, limits = settings.retry, settings.limits
    now = Present()
    paid = PaidCalls(settings, load_access(), client, is_stopping, now)
    costs = Costs(client, settings.prefix, patience_s=PATIENT_S)
    return Desk(
        worker=owner(worker),
        host=host_id(),
        patient=patient,
        brisk=Ledger(client, settings.prefix, patience_s=BRISK_S, places=here),
        views=Views(client, settings.prefix, places=here),
        places=here,
        tools=Tools(
            transcriber=Transcribers(settings, paid.transcriber).get,
            template=Templates(settings).get,
            phases=phases(),
            software=f"videobatch {version('videobatch')}",
            writer=paid.writer,
            video_transcriber=paid.video_transcriber,
            paid_usd=costs.video,
            tries=retry.attempts,
        ),
        retry=RetryOptions(retry.attempts, retry.base_s, retry.cap_s),
        limits=LimitOptions(
            limits.stage_s, limits.stage_factor, limits.video_s, limits.video_factor
        ),
        is_stopping=is_stopping,
        free_bytes=FreeMemory(settings.memory.limit_mb).bytes,
        abandon=lambda: os._exit(ABANDONED),
        arm=arm,
        no_room=no_room,
        works_under=works_under,
        now=now,
        peak=PeakMemory(),
        alerts=Alerts(client, settings.prefix, patience_s=BRISK_S),
    )


class Transcribers:
    """The transcribers of this process, each made at its first use and kept with its model."""

    def __init__(self, settings: Settings, paid: Callable[[DocumentOptions], Transcriber]) -> None:
        self._paid = paid
        self._model_dir = settings.speech.model_dir
        self._made: dict[tuple[str, str, str | None], Transcriber] = {}

    def get(self, options: DocumentOptions) -> Transcriber:
        """Raises SettingsError if this worker has no such engine or another model."""
        # A provider has many models, an engine of this machine has one.
        model = options.model if options.engine in PROVIDERS else ""
        key = (options.engine, model, options.language)
        if key not in self._made:
            self._made[key] = self._make(options)
        found = self._made[key]
        if found.model != options.model:
            raise SettingsError(
                f"the batch wants the speech model {options.model}, this worker has {found.model}",
                hint="set VIDEOBATCH_SPEECH__MODEL_DIR to the same model everywhere, and retry",
            )
        return found

    def _make(self, options: DocumentOptions) -> Transcriber:
        if options.engine in PROVIDERS:
            return self._paid(options)
        return make_transcriber(
            options.engine, model_dir=self._model_dir, language=options.language
        )


class Templates:
    """The templates as this worker finds them; read again when a job names a newer one."""

    def __init__(self, settings: Settings) -> None:
        self._folders = [settings.templates_dir] if settings.templates_dir else []
        self._loaded: Mapping[str, Template] = {}

    def get(self, name: str, content_hash: str) -> Template:
        """Raises SettingsError where the file is not the one that was submitted."""
        if not self._has(name, content_hash):
            self._loaded = load_templates(self._folders)
        if not self._has(name, content_hash):
            raise SettingsError(
                f"the template {name} of this worker is not the one that was submitted",
                hint="give every worker the same VIDEOBATCH_TEMPLATES_DIR, and submit again",
            )
        return self._loaded[name]

    def _has(self, name: str, content_hash: str) -> bool:
        return name in self._loaded and self._loaded[name].content_hash == content_hash


_desks: dict[int, Desk] = {}


def desk(worker: str) -> Desk:
    """The desk of this process; another one after a fork."""
    if os.getpid() not in _desks:
        _desks.clear()
        _desks[os.getpid()] = build_desk(load_settings(), worker)
    return _desks[os.getpid()]


def prepare() -> None:
    """Lets each child of a worker build its desk when it is forked, before its first video."""
    names: list[str] = []

    def on_worker_init(sender: Any = None, **_: Any) -> None:
        names.append(sender.hostname)

    def on_child_init(**_: Any) -> None:
        desk(names[-1])

    signals.worker_init.connect(on_worker_init, weak=False)
    signals.worker_process_init.connect(on_child_init, weak=False)
