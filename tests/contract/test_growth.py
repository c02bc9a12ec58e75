"""What stands in Redis after a thousand batches and a thousand workers' lives: what
docs/background/ledger.md says, and no more."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from redis import Redis

from tests.support.keys import KEYS
from tests.support.samples import sample_of
from tests.support.servers import RedisServer
from videobatch.records import ErrorKind, ErrorRecord, Held, VideoJob, VideoResult, VideoState
from videobatch.state.alerts import Alerts
from videobatch.state.bindings import EXCHANGES, KEPT_S, Bindings
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.samples import SampleStore
from videobatch.state.scripts import source
from videobatch.state.store import Store

pytestmark = pytest.mark.real

BATCHES = LIVES = 1000
FEW = 10
FOR_GOOD = -1
PREFIX = "vb"
CELERY = KEYS.celery
PAGE = Path(__file__).parents[2] / "docs" / "background" / "ledger.md"
JOB = VideoJob("v", "file:///v", "file:///", "file:///o", "summary_report", "f")
RESULT = VideoResult(VideoState.DONE, 1.0, 1.0, 1, 1, ".attempt-1")
LOST = ErrorRecord(ErrorKind.TRANSIENT, "x", "again")


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[Redis]:
    with connect(redis_server.url, "growth") as made:
        yield made


class Life:
    """A worker from its start to its sudden end, and a batch of one video that it makes."""

    def __init__(self, client: Redis) -> None:
        self.client = client
        self.ledger = Ledger(Store(client, PREFIX))
        self.ledger.set_publishing(KEYS.queue("videobatch"), '["{task_id}"]')
        self.samples = SampleStore(Store(client, PREFIX))
        self.alerts = Alerts(Store(client, PREFIX))

    def live(self, number: int) -> None:
        batch, worker, host = f"b-{number}", f"w@{number}", f"host-{number}"
        self.samples.append(worker, sample_of(worker).to_json())
        for exchange in EXCHANGES:
            # As kombu notes them, and nobody takes them back.
            self.client.sadd(f"{CELERY}_kombu.binding.{exchange}", f"queue of {worker}")
        self.ledger.open_batch(
            batch, name="b", out_uri="file:///o", root_uri="file:///", provider="offline"
        )
        self.ledger.add_videos(batch, [NewVideo("v", JOB, need_bytes=300 << 20)])
        self.ledger.feed()
        for pid in (1, 2):
            claim = self.ledger.claim(
                batch, "v", worker=worker, host=host, pid=pid, free_bytes=1 << 40
            )
            assert claim is not None
            self.ledger.checkpoint(claim, "probe", "{}")
            if pid == 1:
                self.ledger.hand_back(Held(batch, "v", claim.token, pid))
            else:
                self.ledger.learn_need(claim, 1 << 20)
                self.ledger.commit(claim, RESULT)
                self.ledger.published(claim)
        # Its messages were taken.
        self.client.delete(KEYS.queue("videobatch"))
        self.alerts.tell("warning", "x", f"alert {number}")


def documented() -> dict[str, str]:
    """The names of the page's table, and until when it says that they stand."""
    table = PAGE.read_text().split("## What stands in Redis")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \| .*? \| (.*?) \|$", table, re.MULTILINE)
    return {name: until for names, until in rows for name in re.findall(r"`P:(.+?)`", names)}


def row_of(key: str, names: dict[str, str]) -> str | None:
    """The name of the table that this key is one of; capitals stand for any text."""
    rest = key.removeprefix(KEYS.prefix).removeprefix(":")
    for name in names:
        pattern = re.sub(r"[A-Z]+", ".+", re.escape(name).replace(r"\*", ".*"))
        if re.fullmatch(pattern, rest):
            return name
    return None


def test_after_a_thousand_batches_and_lives_there_stands_what_the_page_says(
    client: Redis,
) -> None:
    life, now = Life(client), [0.0]
    bindings = Bindings(Store(client, PREFIX), clock=lambda: now[0])
    for number in range(LIVES):
        life.live(number)
        if number % 10 == 0:
            bindings.prune()
            now[0] += KEPT_S / 20
    life.ledger.sweep()
    names = documented()
    keys = list(cast("Iterator[str]", client.scan_iter(count=1000)))
    rows = {key: row_of(key, names) for key in keys}
    assert [key for key, row in rows.items() if row is None] == [], "the page does not tell"
    found = Counter(row for row in rows.values() if row)
    # What there are many of stands until a batch is forgotten, or passes by itself.
    for key, row in rows.items():
        if row and found[row] > FEW and "forget" not in names[row]:
            assert client.ttl(key) != FOR_GOOD, key
    # Those of dead workers went; the last ones have not stood there for long enough.
    for exchange in EXCHANGES:
        assert client.scard(f"{CELERY}_kombu.binding.{exchange}") <= LIVES / 4
    # As if all that passes had passed.
    for key in keys:
        if client.ttl(key) != FOR_GOOD:
            client.delete(key)
    life.samples.alive()
    kept = [key for key in client.scan_iter(count=1000) if "forget" not in names[rows[key] or ""]]
    assert len(kept) < 3 * FEW
    sizes = {key: size_of(client, key) for key in kept}
    lists = (KEYS.batches, KEYS.reports, KEYS.alerts)
    assert {key: n for key, n in sizes.items() if n > LIVES / 4 and key not in lists} == {}


def test_each_key_of_the_scripts_stands_in_the_table() -> None:
    names = documented()
    scripts = ("ledger/claim", "limits/acquire", "calls/take_flight")
    heads = "\n".join(map(source, scripts))
    keys = set(re.findall(r"^-- P:(\S+?),? ", heads, re.MULTILINE))
    assert len(keys) > 40
    assert {key for key in keys if row_of(key, names) is None} == set()


def test_a_forgotten_batch_leaves_nothing(client: Redis) -> None:
    life = Life(client)
    life.live(0)
    empty = {key for key in client.scan_iter() if "b-" not in key}
    life.live(1)
    life.ledger.claim("b-1", "v", worker="w", host="h", pid=1)
    assert life.ledger.forget("b-1").what == "gone"
    assert life.ledger.forget("b-0").what == "gone"
    assert {key for key in client.scan_iter() if "b-0" in key or "b-1" in key} == set()
    own = {key for name in ("w@1", "host-1") for key in (KEYS.alive(name), KEYS.samples(name))}
    left = set(client.scan_iter()) - empty
    assert {key for key in left if not key.startswith(KEYS.alert_said(""))} <= own
    totals = cast("dict[str, str]", client.hgetall(KEYS.totals))
    assert all(n == "0" for n in totals.values())
    lists = (KEYS.batches, KEYS.turns, KEYS.shelves, KEYS.reports)
    for key in (*lists, KEYS.batches_in("open"), KEYS.batches_in("cancelled")):
        assert not client.exists(key), key


def size_of(client: Redis, key: str) -> int:
    read = {"hash": client.hlen, "set": client.scard, "zset": client.zcard}
    read |= {"list": client.llen, "stream": client.xlen}
    kind = cast("str", client.type(key))
    return int(read[kind](key)) if kind in read else 1
