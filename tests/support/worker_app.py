"""An application for tests: ours, with a task that does what the video's id says.

`nap-*` takes a second, `hold-*` lasts until the key `go` exists or the worker stops, `stuck-*`
does not look at the stop flag either, `late-*` does neither and has a time limit, `die-*` kills
its own process the first time. Starts and ends are lists in Redis. The key `free`, where there is
one, is the memory that videos may still take (bytes).
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from celery.worker.control import Panel

from celery_app.app import make_app
from celery_app.celery_settings import AppOptions
from celery_app.command import run_worker
from celery_app.worker.children import arm, no_room, owner, phases
from celery_app.worker.lease import LeaseKeeper, Sweep
from celery_app.worker.stopping import is_stopping
from tests.support.keys import KEYS
from videobatch.records import NoRoom, Phase
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger
from videobatch.state.samples import SampleStore
from videobatch.state.store import Store

PREFIX = "vb"
QUEUE_KEY = KEYS.queue("videobatch")
LIMIT_S = 0.5
NAP_S = 1.0
OUTAGE_S = 60.0
SWEEPS = os.environ.get("TEST_SWEEPS", "yes") == "yes"

url = os.environ["TEST_REDIS_URL"]


def _lease_keeper(worker: str) -> tuple[LeaseKeeper, Sweep]:
    ledger = Ledger(Store(connect(url, f"leases:{worker}"), PREFIX, patience_s=1.0))
    return ledger, ledger.sweep if SWEEPS else lambda: None


app = make_app(
    AppOptions(
        broker_url=url,
        key_prefix=PREFIX,
        slots=int(os.environ.get("TEST_SLOTS", "2")),
        grace_s=float(os.environ.get("TEST_GRACE_S", "8")),
        videos_per_child=int(os.environ.get("TEST_VIDEOS_PER_CHILD", "50")),
    ),
    backlog=lambda worker: partial(connect(url, f"backlog:{worker}").llen, QUEUE_KEY),
    lease_keeper=_lease_keeper,
    sample_sink=lambda worker: SampleStore(Store(connect(url, f"samples:{worker}"), PREFIX)),
    feed=lambda worker: Ledger(Store(connect(url, f"room:{worker}"), PREFIX, patience_s=1.0)).feed,
)
_clients: dict[int, Any] = {}
T = TypeVar("T")


def _client() -> Any:
    return _clients.setdefault(os.getpid(), connect(url, "task"))


def _patiently(command: Callable[[Any], T]) -> T:
    return Store(_client(), PREFIX, patience_s=OUTAGE_S).ask(command)


def free_bytes() -> int:
    return int(_patiently(lambda redis: redis.get("free")) or -1)


app.wiring = replace(app.wiring, free_bytes=free_bytes)


def note(list_name: str, video_id: str) -> None:
    """Appends `video pid time` to a list, however long Redis is away."""
    line = f"{video_id} {os.getpid()} {time.time():.6f}"
    _patiently(lambda redis: redis.rpush(list_name, line))


def work(video_id: str) -> None:
    """Lasts as long as the id says."""
    pause = threading.Event()
    kind = video_id.partition("-")[0]
    if kind == "nap":
        pause.wait(NAP_S)
    elif kind == "die" and _patiently(lambda redis: redis.incr(f"deaths:{video_id}") == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    elif kind == "late":
        arm(time.monotonic() + LIMIT_S)
    while kind in ("hold", "stuck", "late") and not _patiently(lambda redis: redis.exists("go")):
        if kind == "hold" and is_stopping():
            note("given-back", video_id)
            return
        pause.wait(0.02)


@app.task(name="process_video", bind=True)  # type: ignore[untyped-decorator]
def process_video(self: Any, batch_id: str, video_id: str) -> None:
    """Notes its start, works, notes its end; holds the video's lease if the ledger has it."""
    ledger = Ledger(Store(_client(), PREFIX, patience_s=OUTAGE_S))
    refused: list[NoRoom] = []
    claim = ledger.claim(
        batch_id,
        video_id,
        worker=owner(self.request.hostname),
        host="here",
        pid=os.getpid(),
        free_bytes=free_bytes(),
        on_no_room=refused.append,
    )
    if refused:
        no_room(refused[-1])
        note("refused", video_id)
        return
    note("started", video_id)
    with phases().mark(Phase.CPU):
        work(video_id)
    note("ended", video_id)
    if claim:
        ledger.give_back(claim)


def go_deaf(state: Any) -> dict[str, bool]:
    """As clients were seen to do after a reconnect: connected, and takes nothing any more."""
    state.consumer.task_consumer.channel.qos.can_consume = lambda: False
    return {"ok": True}


Panel.register(go_deaf, type="control")

if __name__ == "__main__":
    run_worker(app)
