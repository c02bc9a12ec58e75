"""The worker's own application with the benchmark's task in the place of `process_video`."""

from __future__ import annotations

import os
from typing import Any

from benchmarks.live.load import Task
from celery_app.composition import worker_app
from celery_app.publishing import PROCESS_VIDEO
from celery_app.worker.children import no_room, owner, phases
from celery_app.worker.room import FreeMemory
from celery_app.worker.stopping import is_stopping
from config.settings import load_settings
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger
from videobatch.state.store import Store
from videobatch.telemetry.host import host_id

settings = load_settings()
# The tasks take their memory as fast as they get pages.
YOUNG_S = 2.0
app = worker_app()
# The product's own tasks are left out: one of them has this name.
app.conf.include = ()
url = str(settings.redis_url.get_secret_value() if settings.redis_url else "")
_made: dict[int, tuple[Ledger, Task, FreeMemory]] = {}


def _tools() -> tuple[Ledger, Task, FreeMemory]:
    if os.getpid() not in _made:
        client = connect(url, "bench")
        task = Task(client, settings.prefix, phases(), os.environ["BENCH_API_URL"])
        ledger = Ledger(Store(client, settings.prefix), young_s=YOUNG_S)
        _made[os.getpid()] = (ledger, task, FreeMemory(settings.memory.limit_mb))
    return _made[os.getpid()]


@app.task(name=PROCESS_VIDEO, bind=True)  # type: ignore[untyped-decorator]
def process_video(self: Any, batch_id: str, video_id: str) -> None:
    """Claims as the product's task does, and gives the video back: there is always work."""
    ledger, task, free = _tools()
    claim = ledger.claim(
        batch_id,
        video_id,
        worker=owner(self.request.hostname),
        host=host_id(),
        pid=os.getpid(),
        free_bytes=free.bytes(),
        on_no_room=no_room,
    )
    if claim is not None:
        task.run(is_stopping)
        ledger.give_back(claim)
