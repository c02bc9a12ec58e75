"""Bare Celery beside our worker: the same settings, but Celery's own consumer and children that
are never replaced (its default); a task that does nothing but note when it started."""

from __future__ import annotations

import os
import time

import redis
from celery import Celery

from celery_app.celery_settings import AppOptions, celery_settings

NAME, STARTS = "bare", "bare-starts"

url = os.environ["BENCH_REDIS_URL"]
app = Celery(NAME)
app.conf.update(celery_settings(AppOptions(broker_url=url, key_prefix=NAME, queue=NAME)))
app.conf.worker_consumer = "celery.worker.consumer:Consumer"
# With ours it would wait for a new child in one of fifty tasks, and be no measure for a p99.
app.conf.worker_max_tasks_per_child = None
app.conf.worker_max_memory_per_child = None
_client = redis.Redis.from_url(url)


@app.task(name="nothing")  # type: ignore[untyped-decorator]
def nothing(_first: str, _second: str) -> None:
    """Takes the time first of all; telling it is no part of what is measured."""
    started_s = time.time()
    _client.rpush(STARTS, repr(started_s))
