"""A video that is given up because its process was over its time limit is told so."""

from __future__ import annotations

import pytest

from tests.support.servers import RedisServer
from videobatch.records import OVERDUE, Death, Held, VideoJob, VideoState
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.store import Store
from videobatch.state.views import Views

pytestmark = pytest.mark.real

JOB = VideoJob("v", "file:///a", "file:///", "file:///o", "summary_report", "fp")


@pytest.mark.parametrize(
    ("death", "code", "hint"),
    [(OVERDUE, "time_limit", "VIDEOBATCH_LIMITS__STAGE_S"), ("SIGSEGV", "worker_died", "decoder")],
)
def test_the_reason_and_what_to_do(
    redis_server: RedisServer, death: str, code: str, hint: str
) -> None:
    with connect(redis_server.url, "limits") as client:
        ledger = Ledger(Store(client, "vb"))
        ledger.open_batch(
            "b", name="b", out_uri="file:///o", root_uri="file:///", provider="openai"
        )
        ledger.add_videos("b", [NewVideo("v", JOB)])
        state = ""
        while state != VideoState.DEAD:
            claim = ledger.claim("b", "v", worker="w", host="h", pid=1)
            assert claim is not None
            state = ledger.release_dead(Held("b", "v", claim.token, 1), Death(death, suspect=True))
        (video,) = Views(Store(client, "vb")).videos("b", ["v"])
    assert video.error is not None
    assert video.error.code == code
    assert hint in video.error.hint
    assert "SIGKILL" not in video.error.message
