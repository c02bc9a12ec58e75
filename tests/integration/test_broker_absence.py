"""A worker whose Redis is not there: it waits for it, and ends when it is asked to."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from celery_app.app import make_app
from celery_app.celery_settings import AppOptions
from tests.support.processes import Process, is_there
from tests.support.servers import RedisServer
from tests.support.workers import OPTIONS, Queue, Worker

pytestmark = pytest.mark.real

SOON_S = 300.0


@pytest.fixture
def app(own_redis: RedisServer) -> Iterator[Any]:
    made = make_app(AppOptions(broker_url=own_redis.url, key_prefix="vb"))
    yield made
    made.close()


def unready(server: RedisServer, folder: Path) -> Process:
    argv = [sys.executable, "-m", "tests.support.worker_app", *OPTIONS]
    return Process(argv, folder / "worker.log", {"TEST_REDIS_URL": server.url})


def test_worker_started_before_redis_waits_for_it(
    own_redis: RedisServer, app: Any, tmp_path: Path
) -> None:
    own_redis.stop()
    with unready(own_redis, tmp_path) as worker:
        worker.wait_for_line("is away; waiting", SOON_S)
        own_redis.start()
        worker.wait_for_line("ready.", SOON_S)
        with own_redis.client() as client:
            queue = Queue(client, app)
            queue.publish("nap-1")
            worker.wait_for(lambda: queue.noted("ended") == ["nap-1"], SOON_S, "it consumes")


def test_worker_that_waits_for_redis_ends_at_once(own_redis: RedisServer, tmp_path: Path) -> None:
    own_redis.stop()
    with unready(own_redis, tmp_path) as worker:
        worker.wait_for_line("is away; waiting", SOON_S)
        worker.signal(signal.SIGTERM)
        worker.wait_for(lambda: not worker.is_alive(), SOON_S, "it ends")


def test_worker_that_lost_redis_ends_within_its_grace(
    own_redis: RedisServer, app: Any, tmp_path: Path
) -> None:
    with Worker(own_redis, tmp_path, slots=2, TEST_GRACE_S="1.0") as worker:
        children = worker.children()
        with own_redis.client() as client:
            queue = Queue(client, app)
            queue.publish("stuck-1")
            worker.wait_for(lambda: queue.running() == 1, SOON_S, "the task runs")
        own_redis.kill()
        worker.wait_for_line("is away; waiting", SOON_S)
        worker.signal(signal.SIGTERM)
        worker.wait_for(lambda: not worker.is_alive(), SOON_S, "it ends")
        worker.wait_for(lambda: not any(map(is_there, children)), SOON_S, "its children with it")
