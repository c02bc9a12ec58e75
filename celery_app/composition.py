"""From the settings of a process to those of the application."""

from __future__ import annotations

import math
import sys

from celery_app.settings import AppSettings
from config.settings import Settings
from videobatch.telemetry.host import core_budget

# Named, not imported: tasks stand above this floor.
TASK_MODULES = ("tasks.videos",)


def app_settings(settings: Settings) -> AppSettings:
    """What the application needs of the settings. Exits if no Redis is named."""
    if settings.redis_url is None:
        sys.exit("VIDEOBATCH_REDIS_URL is not set; `videobatch up` sets it for its own")
    return AppSettings(
        broker_url=settings.redis_url.get_secret_value(),
        key_prefix=settings.prefix,
        task_modules=TASK_MODULES,
        slots=settings.concurrency.max or max(1, math.ceil(core_budget())),
        initial_slots=settings.concurrency.initial,
        grace_s=settings.worker.grace_s,
        videos_per_child=settings.worker.videos_per_child,
        child_memory_bytes=settings.worker.child_memory_mb << 20,
        log_json=settings.log_json,
        log_level=settings.log_level,
    )
