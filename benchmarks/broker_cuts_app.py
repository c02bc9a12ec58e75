"""The worker of `broker_cuts`: early acknowledgement, naps of a second, notes in Redis.

It imports Celery, redis-py and the modules of ours that need nothing else, so that it runs on
an interpreter with another version of Celery.
"""

from __future__ import annotations

import os
import threading
import time
from types import SimpleNamespace

import redis
from celery import Celery
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from celery_app.celery_settings import AppOptions, celery_settings
from celery_app.worker.gate import GateStep

NAP_S = 1.0
OUTAGE_S = 60.0
RETRY_EVERY_S = 0.02

url = os.environ["BROKER_CUTS_URL"]
app = Celery("broker_cuts")
app.conf.update(celery_settings(AppOptions(broker_url=url, key_prefix="cuts")))
app.wiring = SimpleNamespace(initial_slots=None)
if os.environ.get("BROKER_CUTS_STOCK"):
    app.conf.worker_consumer = "celery.worker.consumer:Consumer"
    app.conf.worker_enable_prefetch_count_reduction = True
else:
    app.steps["consumer"].add(GateStep)
if os.environ.get("BROKER_CUTS_LATE"):
    app.conf.task_acks_late = True
    app.conf.broker_transport_options["ack_emulation"] = True


def note(text: str) -> None:
    """Appends to the list of notes, however long Redis is away."""
    attempts = round(OUTAGE_S / RETRY_EVERY_S)
    patience = Retry(ConstantBackoff(RETRY_EVERY_S), attempts)
    with redis.Redis.from_url(url, retry=patience) as client:
        client.rpush("notes", text)


@app.task(name="nap")  # type: ignore[untyped-decorator]
def nap(_batch_id: str, number: str) -> None:
    """Notes its start, rests for a second, notes its end."""
    note(f"start {number} {time.time():.6f}")
    threading.Event().wait(NAP_S)
    note(f"end {number} {time.time():.6f}")
