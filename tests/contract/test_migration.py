"""A ledger of version 1, as its scripts left it, becomes one of version 2 and is worked on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from redis import Redis

from tests.support.keys import KEYS
from tests.support.old_ledger import MIB, Former
from tests.support.servers import RedisServer
from videobatch.errors import LedgerError
from videobatch.records import Pause, VideoState
from videobatch.state import migration
from videobatch.state import versions as schema
from videobatch.state.connection import connect
from videobatch.state.counts import read_counts
from videobatch.state.ledger import Ledger
from videobatch.state.scripts import source
from videobatch.state.store import Store
from videobatch.state.versions import agree
from videobatch.state.views import Views

pytestmark = pytest.mark.real

PENDING, DONE = 7, 5


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[Redis]:
    with connect(redis_server.url, "migration") as made:
        yield made


@pytest.fixture
def former(client: Redis) -> Former:
    made = Former(client)
    made.batch("a", turn=9.0)
    for n in range(PENDING):
        made.video("a", f"p{n}", "pending", rank=-float(10 + n))
    for n in range(DONE):
        made.video("a", f"d{n}", "done")
    made.video("a", "r", "running")
    made.video("a", "w", "waiting")
    made.hint("a", "p3")
    made.batch("b", "paused")
    made.video("b", "p", "pending")
    made.video("b", "z", "paused")
    client.hset(KEYS.batch("b"), "reason", "by hand")
    made.batch("c")
    made.video("c", "d", "failed")
    client.zrem(KEYS.turns, "c")
    client.rpush(KEYS.needs(str(300 * MIB)), 1)
    client.hset(KEYS.need(str(300 * MIB)), "n", 1)
    return made


def test_a_ledger_of_version_1_is_worked_on_by_this_one(
    client: Redis, former: Former, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "PAGE", 3)
    assert agree(Store(client, "vb")) == schema.SCHEMA
    assert client.get(KEYS.schema) == str(schema.SCHEMA)
    views, ledger = Views(Store(client, "vb")), Ledger(Store(client, "vb", patience_s=1))
    assert (views.listed("open"), views.listed("paused")) == (["a"], ["b"])
    assert views.pending_count() == PENDING
    counts = read_counts(Store(client, "vb"))
    assert counts.batches == {"open": 1, "paused": 1, "finished": 1}
    assert counts.videos[VideoState.DONE] == DONE
    # In their order, and before what ends from now on.
    ended, place = views.finished("a", 0)
    assert [video.video_id for video in ended] == [f"d{n}" for n in range(DONE)]
    assert place == views.finished_place("a")
    assert ledger.sweep().owners == ("w1",)
    # Longest first, the hinted one among them, and the one that was waiting behind them.
    order = [ledger.claim("a", "", worker="w2", host="h", pid=n) for n in range(PENDING + 1)]
    assert [claim.video_id for claim in order if claim] == [
        *(f"p{n}" for n in reversed(range(PENDING))),
        "w",
    ]
    resumed = ledger.steer("b", "resume")
    assert resumed is not None
    assert views.pending_count() == 2
    # What attempts left of one that failed has a date now.
    assert [batch for batch, _, _ in ledger.leftovers(9)] == []
    assert client.zrange(KEYS.leftovers, 0, -1) == ["c/d"]
    gone = [
        KEYS.pending_v1("a"),
        KEYS.pending_v1("b"),
        KEYS.need(str(300 * MIB)),
        KEYS.needs(str(300 * MIB)),
    ]
    assert client.exists(*gone) == 0
    assert client.hexists(KEYS.video("a", "d0"), "need") is False


@pytest.mark.parametrize(
    ("reason", "resume_ms", "pause"),
    [
        ("by hand", "", Pause("person", "by hand")),
        ("disk_full: no space left on device", "", Pause("disk_full", "no space left on device")),
        ("budget: used up", "1700000000000", Pause("budget", "used up", 1_700_000_000.0)),
    ],
)
def test_the_reason_of_a_pause_is_kept(
    client: Redis, former: Former, reason: str, resume_ms: str, pause: Pause
) -> None:
    client.hset(KEYS.batch("b"), mapping={"reason": reason, "resume_ms": resume_ms})
    agree(Store(client, "vb"))
    batch = Views(Store(client, "vb")).batch("b")
    assert batch is not None
    assert batch.pauses == (pause,)


def _migrate(store: Store, still_here: Callable[[], object]) -> None:
    store.ask(lambda redis: migration.to_version_2(redis, store.keys, still_here))


class _CutOff:
    """Ends the migration at the call after so many."""

    def __init__(self, calls: int) -> None:
        self.left = calls

    def __call__(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise ConnectionError("cut off")


def test_one_that_was_cut_off_is_brought_to_its_end(
    client: Redis, former: Former, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "PAGE", 2)
    store = Store(client, "vb", patience_s=0.0)
    for cut in range(1, 12):
        left = _CutOff(cut)
        with pytest.raises(ConnectionError):
            _migrate(store, left)
    agree(Store(client, "vb"))
    views = Views(Store(client, "vb"))
    assert views.pending_count() == PENDING
    assert [video.video_id for video in views.finished("a", 0)[0]] == [f"d{n}" for n in range(DONE)]
    assert client.hgetall(KEYS.owners) == {"w1": "1"}
    assert read_counts(Store(client, "vb")).videos[VideoState.PENDING] == PENDING + 1


@pytest.mark.parametrize("who", ["worker", "controller"])
def test_it_is_refused_while_older_ones_live(
    client: Redis, former: Former, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    monkeypatch.setattr(schema, "GONE_AFTER_S", 0.0)
    if who == "worker":
        former.worker("old@host", schema=1)
        former.worker("new@host", schema=2)
    else:
        client.hset(KEYS.leader, mapping={"name": "old@host", "until_ms": 2_000_000_000_000})
    with pytest.raises(LedgerError, match="old@host") as no:
        agree(Store(client, "vb"))
    assert no.value.code == "schema_busy"
    assert "new@host" not in no.value.message
    assert "stop them" in no.value.hint
    assert client.get(KEYS.schema) == "1"
    assert client.exists(KEYS.pending_v1("a"))


def test_of_several_that_come_at_once_one_does_it(
    client: Redis, former: Former, redis_server: RedisServer
) -> None:
    done: list[int] = []

    def come() -> None:
        with connect(redis_server.url) as own:
            done.append(agree(Store(own, "vb")))

    threads = [threading.Thread(target=come) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [schema.SCHEMA] * 6
    assert Views(Store(client, "vb")).pending_count() == PENDING
    assert not client.exists(KEYS.migrating)


def test_a_program_that_met_no_redis_migrates_at_its_first_write(
    client: Redis, former: Former
) -> None:
    ledger = Ledger(Store(client, "vb", patience_s=1))
    claim = ledger.claim("a", "p0", worker="w", host="h", pid=1)
    assert claim is not None
    assert client.get(KEYS.schema) == str(schema.SCHEMA)


def test_a_newer_ledger_is_not_touched_by_a_program_that_began_before(client: Redis) -> None:
    ledger = Ledger(Store(client, "vb", patience_s=1))
    ledger.sweep()
    client.set(KEYS.schema, schema.SCHEMA + 1)
    with pytest.raises(LedgerError) as no:
        ledger.sweep()
    assert no.value.code == "schema_newer"


def test_scripts_and_programs_know_the_same_version() -> None:
    assert f"local SCHEMA = {schema.SCHEMA}\n" in source("ledger/claim")
