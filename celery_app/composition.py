"""Puts a worker's main process together from its settings, and what Flower, run on the same
application, asks the ledger. Nothing else in this package reads settings."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from celery_app.app import make_app
from celery_app.celery_settings import AppOptions
from celery_app.worker.children import owner
from celery_app.worker.lease import LeaseKeeper, Sweep
from celery_app.worker.watchdog import Backlog
from config.settings import Settings, load_settings
from videobatch.errors import LedgerError
from videobatch.state.connection import connect
from videobatch.state.hints import Hints
from videobatch.state.ledger import Ledger
from videobatch.state.presence import Sweeper, connection_name
from videobatch.state.samples import SampleStore
from videobatch.state.store import Store, refuse_eviction
from videobatch.state.versions import agree_unless_away
from videobatch.state.views import Views
from videobatch.telemetry.cgroup import Cgroup
from videobatch.telemetry.host import WATERMARK, core_budget, memory_bytes

# Named, not imported: tasks stand above this floor.
TASK_MODULES = ("tasks.videos",)
# A larger pool than this was not tried; the table of phases has room for 256 children.
MOST_SLOTS = 64
# What a child takes that has begun a video: a worker may fork as many as its memory holds.
SLOT_BYTES = 256 << 20
# Shorter than a lease, so that a renewal never waits longer than what it renews.
PATIENCE_S = 1.0
# A page of a hundred rows is drawn while somebody waits.
FLOWER_PATIENCE_S = 0.5


def worker_app() -> Any:
    """The application with its workers wired to the ledger. Exits if no Redis is named."""
    options = app_options(load_settings())

    def store(name: str) -> Store:
        made = connect(options.broker_url, name=name)
        # A child must not write into its parent's connection.
        os.register_at_fork(after_in_child=made.connection_pool.reset)
        return Store(made, options.key_prefix, patience_s=PATIENCE_S)

    def lease_keeper(worker: str) -> tuple[LeaseKeeper, Sweep]:
        made = store(connection_name(owner(worker)))
        try:
            refuse_eviction(made)
            agree_unless_away(made)
        except LedgerError as error:
            sys.exit(f"{error.message}; {error.hint}")
        ledger = Ledger(made)
        return ledger, Sweeper(ledger).sweep

    def sample_sink(worker: str) -> SampleStore:
        return SampleStore(store(f"samples:{worker}"))

    def backlog(worker: str) -> Backlog:
        # The next look comes in a second.
        hints = Hints(store(f"backlog:{worker}").with_patience(0.0))
        return lambda: hints.waiting(options.queue)

    def feed(worker: str) -> Callable[[], int]:
        return Ledger(store(f"room:{worker}")).feed

    return make_app(
        options, lease_keeper=lease_keeper, sample_sink=sample_sink, backlog=backlog, feed=feed
    )


def watched_app() -> Any:
    """The application for who only watches workers: loads no tasks, and what they work with.
    Exits if no Redis is named."""
    return make_app(replace(app_options(load_settings()), task_modules=()))


def flower_views() -> Views:
    """The ledger that Flower's rows are read from."""
    settings = load_settings()
    url = settings.redis_url.get_secret_value() if settings.redis_url else ""
    return Views(Store(connect(url, name="flower"), settings.prefix, patience_s=FLOWER_PATIENCE_S))


def app_options(settings: Settings) -> AppOptions:
    """The settings that the application needs, as plain values. Exits if no Redis is named."""
    if settings.redis_url is None:
        sys.exit("VIDEOBATCH_REDIS_URL is not set; `videobatch up` sets it for its own")
    return AppOptions(
        broker_url=settings.redis_url.get_secret_value(),
        key_prefix=settings.prefix,
        task_modules=TASK_MODULES,
        slots=first_slots(settings),
        initial_slots=settings.concurrency.initial,
        most_slots=most_slots(settings),
        grace_s=settings.worker.grace_s,
        videos_per_child=settings.worker.videos_per_child,
        child_memory_bytes=settings.worker.child_memory_mb << 20,
        child_address_mb=settings.worker.child_address_mb,
        memory_limit_mb=settings.memory.limit_mb,
        health_file=settings.health_file,
        speech_socket=settings.speech.socket,
        log_json=settings.log_json,
        log_level=settings.log_level,
    )


def first_slots(settings: Settings) -> int:
    """The children that a worker has from the start: as many as cores, within what is set."""
    wished = settings.concurrency.initial or max(1, math.ceil(core_budget()))
    if settings.concurrency.policy == "fixed":
        wished = max(wished, settings.concurrency.max or 0)
    return max(1, min(wished, most_slots(settings)))


def most_slots(settings: Settings) -> int:
    """The most children that a worker may ever have."""
    if settings.concurrency.max is not None:
        return settings.concurrency.max
    if settings.concurrency.policy == "fixed":
        return settings.concurrency.initial or max(1, math.ceil(core_budget()))
    limit_bytes, _ = memory_bytes(Cgroup())
    if settings.memory.limit_mb is not None:
        limit_bytes = min(limit_bytes, settings.memory.limit_mb << 20)
    cores = math.ceil(core_budget())
    return max(1, cores, min(MOST_SLOTS, int(WATERMARK * limit_bytes) // SLOT_BYTES))
