"""A backup of Redis as docs/how-to/fleet.md has it: append-only files copied while it runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.keys import KEYS
from tests.support.servers import RedisServer
from videobatch.records import VideoJob, VideoState
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.store import Store
from videobatch.state.views import Views

pytestmark = pytest.mark.real

VIDEOS = 50
JOB = VideoJob("v", "file:///v", "file:///", "file:///o/v", "summary_report", "f")


def test_a_copy_of_a_running_server_has_all_that_was_accepted(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "first")
    try:
        with connect(server.url) as client:
            ledger = Ledger(Store(client, "vb"))
            ledger.open_batch(
                "b", name="b", out_uri="file:///o", root_uri="file:///", provider="offline"
            )
            ledger.add_videos("b", [NewVideo(f"v{n}", JOB) for n in range(VIDEOS)])
            claim = ledger.claim("b", "v1", worker="w", host="h", pid=1)
            assert claim is not None
            ledger.checkpoint(claim, "probe", "{}")
            shutil.copytree(tmp_path / "first" / "appendonlydir", tmp_path / "second/appendonlydir")
            # What comes after the backup is not in it.
            ledger.add_videos("b", [NewVideo("late", JOB)])
    finally:
        server.stop()
    restored = RedisServer(tmp_path / "second")
    try:
        with connect(restored.url) as client:
            batch = Views(Store(client, "vb")).batch("b")
            assert batch is not None
            assert batch.counts[VideoState.PENDING] == VIDEOS - 1
            assert batch.counts[VideoState.RUNNING] == 1
            assert Views(Store(client, "vb")).checkpoint("b", "v1", "probe") == "{}"
            # The first sweep gives everybody a lease more; once that has ended, the video goes on.
            ledger = Ledger(Store(client, "vb"))
            ledger.sweep()
            client.zadd(KEYS.leases, {"b/v1": 1})
            ledger.sweep()
            again = ledger.claim("b", "v1", worker="w2", host="h", pid=1)
            assert again is not None
            assert again.video_id == "v1"
            assert again.checkpoints == {"probe": "{}"}
    finally:
        restored.stop()
