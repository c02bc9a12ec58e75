"""Celery's own `rate_limit` at the test API server: each worker gets its share of the right rate.

The task makes one call; one that is refused is tried again with backoff and jitter, as Celery's
documentation shows (`autoretry_for`, `retry_backoff`, `retry_jitter`).
"""

from __future__ import annotations

import os
import sys

import httpx
from celery import Celery

NAME = "rate-limited"
URL, API = os.environ["BENCH_REDIS_URL"], os.environ["BENCH_API_URL"]
RATE = os.environ["BENCH_RATE_LIMIT"]
QUEUE = "celery"

app = Celery(NAME, broker=URL)
app.conf.task_ignore_result = True
app.conf.worker_prefetch_multiplier = 4
_client = httpx.Client(timeout=30.0)


@app.task(  # type: ignore[untyped-decorator]
    name="call",
    rate_limit=RATE,
    autoretry_for=(httpx.HTTPStatusError,),
    retry_backoff=1,
    retry_jitter=True,
    max_retries=None,
)
def call(name: str) -> None:
    """One call."""
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": name}]}
    _client.post(f"{API}/chat/completions", json=body).raise_for_status()


if __name__ == "__main__":
    for number in range(int(sys.argv[1])):
        call.delay(f"task {number}")
