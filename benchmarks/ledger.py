"""The ledger's cost for Redis when there is much of everything.

    python -m benchmarks.ledger

A Redis of its own and no worker. Of each step: how long one script holds up the others who want
something of Redis (the server's processor time, so that other load does not count), and how long
the whole takes. The cases are those that version 1 of the ledger was slow in: a second submit of
many finished videos, a cancel, many finished batches, small videos behind large ones, and many
messages.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

from redis import Redis

from benchmarks import suite
from benchmarks.figures import Figure
from benchmarks.submit_10k import ledger_without_workers
from videobatch.records import ErrorKind, ErrorRecord, VideoJob
from videobatch.state.counts import read_counts
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.store import Store
from videobatch.state.views import Views

LONGEST_MS = 5.0
AGAIN, CANCELLED, OVER, MESSAGES = 20_000, 30_000, 5_000, 1_024
MIB = 1 << 20
JOB = VideoJob("v", "file:///v", "file:///", "file:///o/v", "summary_report", "f" * 16)
BROKEN = ErrorRecord(ErrorKind.PERMANENT, "x", "not usable")


def measure(effort: suite.Effort) -> list[Figure]:
    """Each case on a ledger of its own."""
    part = 10 if effort.quick else 1
    figures: list[Figure] = []
    for number, case in enumerate((_again, _cancel, _over, _small, _messages)):
        with ledger_without_workers(effort.folder / str(number)) as (_, ledger):
            ledger.sweep()
            figures += case(ledger, part)
    return figures


def _open(ledger: Ledger, batch: str) -> None:
    ledger.open_batch(batch, name="b", out_uri="file:///o", root_uri="file:///", provider="offline")


def _add(ledger: Ledger, batch: str, videos: list[NewVideo]) -> None:
    _open(ledger, batch)
    ledger.add_videos(batch, videos)


class _Spent:
    """The time that a block took: seconds, scripts, and the server's time for each (ms)."""

    whole_s = 0.0
    scripts = 0
    mean_ms = 0.0


@contextmanager
def _spent(client: Redis) -> Iterator[_Spent]:
    spent, (scripts, cpu_s) = _Spent(), _used(client)
    began_s = time.perf_counter()
    yield spent
    spent.whole_s = time.perf_counter() - began_s
    after = _used(client)
    spent.scripts = after[0] - scripts
    spent.mean_ms = (after[1] - cpu_s) / max(1, spent.scripts) * 1000


def _used(client: Redis) -> tuple[int, float]:
    """Scripts that were run, and processor time of the server's main thread (s)."""
    stats, cpu = client.info("commandstats"), client.info("cpu")
    used_s = cpu["used_cpu_user_main_thread"] + cpu["used_cpu_sys_main_thread"]
    return stats.get("cmdstat_evalsha", {"calls": 0})["calls"], used_s


def _figures(name: str, spent: _Spent) -> list[Figure]:
    return [
        Figure(name, spent.whole_s, "s", note=f"{spent.scripts:,} scripts"),
        Figure(f"{name}: one script", spent.mean_ms, "ms", LONGEST_MS, "mean, processor time"),
    ]


def _again(ledger: Ledger, part: int) -> list[Figure]:
    count = AGAIN // part
    videos = [NewVideo(f"lecture-{n:06}", JOB, error=BROKEN) for n in range(count)]
    _add(ledger, "b", videos)
    with _spent(ledger.store.client) as spent:
        ledger.add_videos("b", videos)
    return _figures(f"submit again, {count:,} finished", spent)


def _cancel(ledger: Ledger, part: int) -> list[Figure]:
    count = CANCELLED // part
    _add(ledger, "b", [NewVideo(f"lecture-{n:06}", JOB, float(n % 977)) for n in range(count)])
    with _spent(ledger.store.client) as spent:
        ledger.steer("b", "cancel", now=True)
    return _figures(f"cancel, {count:,} waiting", spent)


def _over(ledger: Ledger, part: int) -> list[Figure]:
    """All that a round of the controller and a scrape read of batches."""
    count, views = OVER // part, Views(Store(ledger.store.client, ledger.store.keys.prefix))

    def round_s() -> float:
        return _least(
            lambda: (
                views.batches(views.listed("paused")),
                views.marks(),
                views.pending_count(),
                read_counts(Store(ledger.store.client, ledger.store.keys.prefix)),
                ledger.sweep(),
            )
        )

    before_s = round_s()
    for n in range(count):
        _add(ledger, f"b{n}", [NewVideo("v", JOB, error=BROKEN)])
    return [
        Figure("a round, no batch", 1000 * before_s, "ms", note="least of 20"),
        Figure(f"a round, {count:,} finished batches", 1000 * round_s(), "ms", note="least of 20"),
    ]


def _small(ledger: Ledger, part: int) -> list[Figure]:
    large = [NewVideo(f"l{n}", JOB, 100.0, 900 * MIB) for n in range(1000)]
    small = [NewVideo(f"s{n}", JOB, 1.0, 100 * MIB) for n in range(100)]
    _add(ledger, "b", [*large, *small])
    ledger.store.client.hset(f"{ledger.store.keys.prefix}:hosts", "h", 1)
    taken = 0
    with _spent(ledger.store.client) as spent:
        for n in range(100):
            claim = ledger.claim(
                "b", f"l{n}", worker="w", host="h", pid=n, free_bytes=100 * MIB * (n + 1)
            )
            taken += claim is not None and claim.video_id.startswith("s")
    return [
        Figure("small ones taken behind 1,000 large", taken, "of 100", 100, least=True),
        *_figures("100 claims", spent),
    ]


def _messages(ledger: Ledger, part: int) -> list[Figure]:
    _add(ledger, "b", [NewVideo(f"lecture-{n:06}", JOB) for n in range(MESSAGES + 100)])
    ledger.set_window(MESSAGES)
    ledger.feed()
    members = cast(
        "list[str]", ledger.store.client.zrange(f"{ledger.store.keys.prefix}:hints", 0, -1)
    )
    ledger.store.client.zadd(f"{ledger.store.keys.prefix}:hints", dict.fromkeys(members, 1))
    ledger.store.client.delete(f"{ledger.store.keys.prefix}:looked_ms")
    with _spent(ledger.store.client) as spent:
        ledger.sweep()
    return _figures(f"a look for lost messages, {MESSAGES:,} out", spent)


def _least(step: Callable[[], object], times: int = 20) -> float:
    found = []
    for _ in range(times):
        began_s = time.perf_counter()
        step()
        found.append(time.perf_counter() - began_s)
    return min(found)


if __name__ == "__main__":
    suite.alone("ledger", measure, __doc__)
