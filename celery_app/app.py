"""The Celery application, and the parts that its workers' boot steps work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from celery import Celery, signals

from celery_app.celery_settings import AppOptions, celery_settings
from celery_app.messages import guard
from celery_app.worker import children
from celery_app.worker.gate import GateStep
from celery_app.worker.lease import LeaseKeeper, LeaseStep, Sweep
from celery_app.worker.room import FreeMemory, RoomStep
from celery_app.worker.sampler import SamplerStep, SampleSink
from celery_app.worker.stopping import end_on_request
from celery_app.worker.watchdog import Backlog, WatchdogStep
from videobatch.records import SpeechReading
from videobatch.speech.host.client import read_speech
from videobatch.telemetry.host import Host, ThisHost, host_id
from videobatch.telemetry.logging import configure_logging
from videobatch.telemetry.phases import PhaseTable


def _none() -> None:
    """There is no recogniser beside the workers."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """The parts of a worker's main process. Each factory is given the worker's name; a boot step
    whose factory is None is left out."""

    lease_keeper: Callable[[str], tuple[LeaseKeeper, Sweep]] | None = None
    sample_sink: Callable[[str], SampleSink] | None = None
    backlog: Callable[[str], Backlog] | None = None
    feed: Callable[[str], Callable[[], object]] | None = None
    initial_slots: int | None = None
    most_slots: int | None = None
    health_file: Path | None = None
    host: str = field(default_factory=host_id)
    host_reader: Host = field(default_factory=ThisHost)
    speech: Callable[[], SpeechReading | None] = _none
    free_bytes: Callable[[], int] = field(default_factory=lambda: FreeMemory(None).bytes)
    phases: PhaseTable = children.table
    is_living_child: Callable[[int], bool] = children.is_own_child


def make_app(
    options: AppOptions,
    *,
    lease_keeper: Callable[[str], tuple[LeaseKeeper, Sweep]] | None = None,
    sample_sink: Callable[[str], SampleSink] | None = None,
    backlog: Callable[[str], Backlog] | None = None,
    feed: Callable[[str], Callable[[], object]] | None = None,
) -> Any:
    """The application. Connects to nothing.

    Its workers hold leases, give samples, watch whether they consume, and watch for memory that
    becomes free, where a `lease_keeper`, a `sample_sink`, a `backlog` and a `feed` are given: each
    is called in a worker's main process, after its pool was forked, with its name.
    """
    app = Celery("videobatch", set_as_current=True)
    app.conf.update(celery_settings(options))
    app.wiring = Wiring(
        lease_keeper,
        sample_sink,
        backlog,
        feed,
        options.initial_slots,
        options.most_slots,
        options.health_file,
        speech=partial(read_speech, options.speech_socket) if options.speech_socket else _none,
        free_bytes=FreeMemory(options.memory_limit_mb).bytes,
    )
    app.steps["worker"].update({LeaseStep, RoomStep, SamplerStep, WatchdogStep})
    app.steps["consumer"].add(GateStep)
    guard()
    children.follow(options.child_address_mb << 20)
    end_on_request(options.grace_s, children.living)

    def on_setup_logging(**_: Any) -> None:
        configure_logging(json=options.log_json, level=options.log_level)

    # A receiver here keeps Celery from configuring logs of its own.
    signals.setup_logging.connect(on_setup_logging, weak=False)
    return app
