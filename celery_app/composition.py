"""From the settings of a process to those of the application."""

from __future__ import annotations

import math
import sys

from celery_app.celery_settings import AppSettings
from config.settings import Settings
from videobatch.telemetry.cgroup import Cgroup
from videobatch.telemetry.host import WATERMARK, core_budget, memory_bytes

# Named, not imported: tasks stand above this floor.
TASK_MODULES = ("tasks.videos",)
# A larger pool than this was not tried; the table of phases has room for 256 children.
MOST_SLOTS = 64
# What a child takes that has begun a video: a worker may fork as many as its memory holds.
SLOT_BYTES = 256 << 20


def app_settings(settings: Settings) -> AppSettings:
    """What the application needs of the settings. Exits if no Redis is named."""
    if settings.redis_url is None:
        sys.exit("VIDEOBATCH_REDIS_URL is not set; `videobatch up` sets it for its own")
    return AppSettings(
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
        log_json=settings.log_json,
        log_level=settings.log_level,
    )


def first_slots(settings: Settings) -> int:
    """How many children a worker has from the start: as many as cores, within what is set."""
    wished = settings.concurrency.initial or max(1, math.ceil(core_budget()))
    if settings.concurrency.policy == "fixed":
        wished = max(wished, settings.concurrency.max or 0)
    return max(1, min(wished, most_slots(settings)))


def most_slots(settings: Settings) -> int:
    """How many children a worker may ever have."""
    if settings.concurrency.max is not None:
        return settings.concurrency.max
    if settings.concurrency.policy == "fixed":
        return settings.concurrency.initial or max(1, math.ceil(core_budget()))
    limit_bytes, _ = memory_bytes(Cgroup())
    if settings.memory.limit_mb is not None:
        limit_bytes = min(limit_bytes, settings.memory.limit_mb << 20)
    cores = math.ceil(core_budget())
    return max(1, cores, min(MOST_SLOTS, int(WATERMARK * limit_bytes) // SLOT_BYTES))
