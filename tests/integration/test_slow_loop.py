"""The slow loop on a real Redis: what it suggests is kept, and what it applies binds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from cli.fleet.schema import DecisionsOut
from controllers.control.tuner import Tuner
from controllers.fleet.counters import Counters
from controllers.policy.records import Binds, Decision, HostSnapshot, Snapshot
from controllers.policy.tuning import EVERY_S
from tests.support.cli import Cli
from tests.support.keys import KEYS
from tests.support.samples import readings_of, sample_of
from tests.support.servers import RedisServer
from videobatch.records import Allowance, Counted, Currency, Feedback, Permit, VideoJob
from videobatch.state.connection import connect
from videobatch.state.control import ControlStore
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.limits import RedisLimiter, Scope
from videobatch.state.store import Store

PREFIX = "vb"
MB = 1 << 20
GIB = 1 << 30
PER_MIN = 60.0
ONE = {Currency.REQUESTS_MIN: 1.0}
BUSY = HostSnapshot("h", 0.5, 4.0, 0.95, 16 * GIB, 8 * GIB, 6, 4.0, 2.0, 0.0, 0.0, GIB, 32, 6)


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[Redis]:
    with connect(redis_server.url, "slow-loop") as made:
        yield made


class Loop:
    """A leader's slow loop, whose seconds pass as fast as they are counted."""

    def __init__(self, client: Redis, *, applies: bool) -> None:
        self.store = ControlStore(Store(client, PREFIX))
        self.tuner = Tuner(self.store, applies)
        self.counters = Counters()
        self.token = Ledger(Store(client, PREFIX)).lead("c", 60.0)
        self.at_s = 1e9
        self.tuner.follow_on()

    def watch(self, seconds: float, call_s: float = 1.0, **changes: Any) -> None:
        """So many seconds in which the throughput halves; a call is served each second."""
        begun_s = self.at_s
        while self.at_s < begun_s + seconds:
            self.at_s += 1.0
            passed = self.at_s - begun_s
            values = {"finished_per_s": 0.1 if passed < seconds / 2 else 0.05, **changes}
            host = HostSnapshot(**{n: getattr(BUSY, n) for n in BUSY.__slots__} | values)
            counted = dict.fromkeys(Counted, 0) | {
                Counted.CALLS_SERVED: int(passed),
                Counted.CALLS_MS: int(passed * call_s * 1000),
            }
            snapshot = self.tuner.bounded(Snapshot(self.at_s, 5, (host,)))
            decision = Decision("h", min(6, snapshot.hosts[0].most_slots), Binds.CPU, "")
            self.counters.note(readings_of(sample_of(counted=counted)), self.at_s)
            self.tuner.look(snapshot, [decision], self.counters, self.token)

    def most(self) -> int:
        (host,) = self.tuner.bounded(Snapshot(self.at_s, 5, (BUSY,))).hosts
        return host.most_slots


def test_by_default_it_only_says_what_it_would_do(
    client: Redis, redis_server: RedisServer, tmp_path: Path
) -> None:
    loop = Loop(client, applies=False)
    loop.watch(EVERY_S + 2)
    assert loop.most() == 32
    where = {"VIDEOBATCH_REDIS_URL": redis_server.url, "VIDEOBATCH_PREFIX": PREFIX}
    cli = Cli(tmp_path, where)
    (found,) = DecisionsOut.model_validate(cli("decisions", "--json").json).suggestions
    assert (found.what, found.host, found.target) == ("reduce_concurrency", "h", 5.0)
    assert found.applied is False
    said = cli("decisions").out
    assert "h  suggested: reduce concurrency to 5, since the throughput falls" in said


def test_a_bound_that_was_applied_holds_for_the_next_leader(client: Redis) -> None:
    loop = Loop(client, applies=True)
    loop.watch(EVERY_S + 2)
    assert loop.most() == 5
    assert Loop(client, applies=True).most() == 5


def test_the_memory_mode_admits_a_video_for_half_more(client: Redis) -> None:
    ledger = Ledger(Store(client, PREFIX))
    ledger.open_batch("b", name="b", out_uri="file:///o", root_uri="file:///", provider="offline")
    job = VideoJob("v", "file:///v", "file:///", "file:///o/v", "summary_report", "f")
    ledger.add_videos("b", [NewVideo(f"v{n}", job, need_bytes=100 * MB) for n in range(3)])

    def is_admitted(video: str, free_mb: int) -> bool:
        claim = ledger.claim("b", video, worker="w@h", host="h", pid=1, free_bytes=free_mb * MB)
        client.delete(KEYS.young("h"))
        return claim is not None

    assert is_admitted("v0", 0)
    assert is_admitted("v1", 120)
    Loop(client, applies=True).watch(EVERY_S + 2, memory_used_bytes=15 * GIB, cpu_fraction=0.5)
    assert not is_admitted("v2", 149)
    assert is_admitted("v2", 150)


def test_slow_calls_take_less_of_the_rate_until_they_are_fast_again(client: Redis) -> None:
    limiter = RedisLimiter(Store(client, PREFIX), Scope("s"))
    answer = Feedback(allowances={Currency.REQUESTS_MIN: Allowance(PER_MIN, PER_MIN)})
    limiter.settle(_permit(limiter, "first"), ONE, answer)
    loop = Loop(client, applies=True)
    loop.watch(EVERY_S + 2, call_s=200.0, finished_per_s=0.1)
    assert client.hget(KEYS.tuned, "api_share") == "0.8"
    began_s = time.monotonic()
    limiter.settle(_permit(limiter, "second"), ONE, answer)
    taken = sum(isinstance(limiter.ask(f"p{n}", ONE), Permit) for n in range(int(PER_MIN)))
    # What has come back since is there too.
    assert taken <= 0.8 * PER_MIN * (1 + (time.monotonic() - began_s) / 60)
    loop.watch(EVERY_S + 2, call_s=1.0, finished_per_s=0.1)
    assert client.hget(KEYS.tuned, "api_share") == "1.0"


def test_what_was_applied_is_taken_back_once_it_only_says(client: Redis) -> None:
    loop = Loop(client, applies=True)
    loop.watch(EVERY_S + 2, call_s=200.0)
    assert client.exists(KEYS.tuned, KEYS.control_tuning) == 2
    told = Loop(client, applies=False)
    told.watch(1.0)
    assert client.exists(KEYS.tuned, KEYS.control_tuning) == 0
    assert told.most() == 32


def test_one_that_leads_no_more_changes_nothing(client: Redis) -> None:
    loop = Loop(client, applies=True)
    ledger = Ledger(Store(client, PREFIX))
    ledger.resign("c")
    assert ledger.lead("another", 60.0) != loop.token
    loop.watch(EVERY_S + 2, call_s=200.0)
    assert client.exists(KEYS.tuned, KEYS.control_suggestions) == 0


def _permit(limiter: RedisLimiter, permit_id: str) -> Permit:
    found = limiter.ask(permit_id, ONE)
    assert isinstance(found, Permit)
    return found
