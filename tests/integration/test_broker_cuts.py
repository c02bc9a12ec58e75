"""Redis goes away under a real worker: it lives, and consumes again with every slot.

docs/decisions/0001-celery-version.md has the figures; `benchmarks.broker_cuts` makes them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from celery_app.app import make_app
from celery_app.celery_settings import AppOptions
from tests.support.servers import RedisServer
from tests.support.workers import Queue, Remote, Worker

pytestmark = pytest.mark.real

SLOTS = 4
SOON_S = 300.0
CUT_S = 0.05
OUTAGE_S = 20.0
# Longer than Celery's clients wait for an answer.
SILENCE_S = 12.0


def cut_for_50_ms(server: RedisServer) -> None:
    server.cut_clients()
    server.pause()
    threading.Event().wait(CUT_S)
    server.resume()


def refuse_for_20_s(server: RedisServer) -> None:
    server.stop()
    threading.Event().wait(OUTAGE_S)
    server.start()


def silent_for_12_s(server: RedisServer) -> None:
    server.pause()
    threading.Event().wait(SILENCE_S)
    server.resume()


@pytest.fixture
def app(own_redis: RedisServer) -> Iterator[Any]:
    made = make_app(AppOptions(broker_url=own_redis.url, key_prefix="vb"))
    yield made
    made.close()


@pytest.mark.parametrize(
    "outage",
    [cut_for_50_ms, RedisServer.restart, refuse_for_20_s, silent_for_12_s],
    ids=["cut", "restarted", "refused", "silent"],
)
def test_worker_lives_and_fills_all_slots_again(
    own_redis: RedisServer,
    app: Any,
    tmp_path: Path,
    outage: Callable[[RedisServer], None],
) -> None:
    with Worker(own_redis, tmp_path, slots=SLOTS) as worker, own_redis.client() as client:
        queue = Queue(client, app)
        pid, children = worker.pid, worker.children()
        # One slot stays free, so that the worker also waits for a message while Redis goes.
        # Two run while it is away, however slow all is; the third may end meanwhile.
        queue.publish("hold-a", "hold-b", "nap-c")
        worker.wait_for(lambda: len(queue.noted("started")) == 3, SOON_S, "three have begun")
        outage(own_redis)
        assert not {"hold-a", "hold-b"} & set(queue.noted("ended"))
        client.set("go", 1)
        worker.wait_for(lambda: len(queue.noted("ended")) == 3, SOON_S, "they end as if nothing")
        client.delete("go")
        queue.publish(*(f"hold-{n}" for n in range(SLOTS + 1)))
        worker.wait_for(lambda: queue.running() == SLOTS, SOON_S, "every slot is used again")
        assert Remote(app)("slots")["running"] == SLOTS
        assert queue.waiting() == 1
        client.set("go", 1)
        worker.wait_for(lambda: queue.running() == 0, SOON_S, "all end")
        assert (worker.pid, worker.is_alive()) == (pid, True)
        assert worker.children() == children
        # The outage is one line in the log of each who met it, not one for each attempt.
        assert worker.log().count("is away; waiting") <= 4
