"""What stands in the ledger does not make a step of it longer, and nothing hides what fits.

A step's cost is what Redis counts: the commands in it, and its own time at a twentieth of the size
and at the whole, the least of several tries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from redis import Redis

from tests.support.keys import KEYS
from tests.support.servers import RedisServer
from tests.support.world import World
from videobatch.errors import StaleTokenError
from videobatch.records import (
    Claim,
    ErrorKind,
    ErrorRecord,
    VideoJob,
    VideoResult,
    VideoState,
)
from videobatch.state.connection import connect
from videobatch.state.counts import read_counts
from videobatch.state.hints import Hints
from videobatch.state.kinds import need_kind
from videobatch.state.ledger import NewVideo
from videobatch.state.ledger.steering import STEERED_AT_ONCE
from videobatch.state.store import Store

pytestmark = pytest.mark.real

MIB = 1 << 20
SMALL, LARGE = 400, 8_000
TRIES = 7
# Twenty times as much may cost a few looks more, and never twenty times as much.
MOST_RATIO = 4.0
JOB = VideoJob("v", "file:///v", "file:///", "file:///o", "summary_report", "f")
BROKEN = ErrorRecord(ErrorKind.PERMANENT, "x", "not usable")
RESULT = VideoResult(VideoState.DONE, 1.0, 1.0, 1, 1, ".attempt-1")
MESSAGE = '["{task_id}", "{batch_id}", "{video_id}"]'


class Scale(World):
    """A ledger with much in it, and what a step costs there."""

    def __init__(self, client: Redis) -> None:
        super().__init__(client)
        self.counts: dict[str, int] = {}

    def fill(self, name: str, *videos: NewVideo) -> None:
        self.open(name)
        self.add(*videos, batch=name)

    def ask(self, video: str = "", *, free_mb: int = -1, batch: str = "b") -> Claim | None:
        """What the next child gets where so much memory is free."""
        free_bytes = free_mb * MIB if free_mb >= 0 else -1
        return self.claim(video, batch=batch, pid=self.child(), free_bytes=free_bytes)

    def cost_of(self, step: Callable[[], object]) -> tuple[int, int]:
        """Commands, and microseconds that Redis spent on scripts and all commands."""
        before = self._stats()
        step()
        after = self._stats()
        return after[0] - before[0], after[1] - before[1]

    def _stats(self) -> tuple[int, int]:
        stats: dict[str, Any] = self.client.info("commandstats")
        mine = {name: each for name, each in stats.items() if name != "cmdstat_info"}
        calls = sum(each["calls"] for each in mine.values())
        return calls, sum(each["usec"] for each in mine.values())


@pytest.fixture
def world(redis_server: RedisServer) -> Iterator[Scale]:
    with connect(redis_server.url, "scale") as client:
        made = Scale(client)
        made.ledger.sweep()
        yield made


def video(name: str, **more: Any) -> NewVideo:
    return NewVideo(name, JOB, **more)


# What fits is found.


def test_small_ones_are_found_behind_many_large_ones(world: Scale) -> None:
    large = [video(f"l{n}", need_bytes=900 * MIB, cost_s=100.0) for n in range(200)]
    small = [video(f"s{n}", need_bytes=100 * MIB) for n in range(100)]
    world.fill("b", *large, *small)
    world.publish(64)
    world.ledger.feed()
    assert world.ask("l0", free_mb=2000)
    world.client.delete(KEYS.young("h"))
    # A message for each large one comes, and a small one is taken in its place.
    taken = [world.ask(f"l{n}", free_mb=150) for n in range(1, 101)]
    world.client.delete(KEYS.young("h"))
    assert sum(claim is not None and claim.video_id.startswith("s") for claim in taken) == 1
    for n in range(1, 100):
        found = world.ask(f"l{n}", free_mb=150)
        assert found is not None
        assert found.video_id.startswith("s")
        world.client.delete(KEYS.young("h"))
    assert world.ask("l1", free_mb=150) is None


def test_of_a_thousand_batches_the_only_one_that_fits_is_found(world: Scale) -> None:
    for n in range(1000):
        world.fill(f"b{n:03}", video("v", need_bytes=900 * MIB))
    world.fill("last", video("v", need_bytes=100 * MIB))
    world.client.hset(KEYS.hosts, "h", 1)
    found: list[Claim | None] = []
    commands, _ = world.cost_of(lambda: found.append(world.ask(free_mb=150)))
    assert found[0] is not None
    assert found[0].batch_id == "last"
    assert commands < 80


def test_the_batch_that_was_served_least_comes_first_of_those_with_one_that_fits(
    world: Scale,
) -> None:
    world.fill("a", video("l", need_bytes=900 * MIB), video("s", need_bytes=100 * MIB, cost_s=5.0))
    world.fill("b", *(video(f"s{n}", need_bytes=100 * MIB, cost_s=1.0 + n) for n in range(3)))
    world.client.hset(KEYS.hosts, "h", 1)
    order = []
    for _ in range(4):
        claim = world.ask(free_mb=150)
        assert claim is not None
        order.append(f"{claim.batch_id}/{claim.video_id}")
        world.client.delete(KEYS.young("h"))
    # Of b the longest first; a's turn is behind b's once it has had five seconds.
    assert order == ["a/s", "b/s2", "b/s1", "b/s0"]


def test_kinds_are_few_whatever_is_estimated() -> None:
    kinds = {need_kind("video", need * 777_777) for need in range(100_000)}
    assert len(kinds) < 500
    assert need_kind("video", 300 * MIB) == "video@300"
    assert need_kind("video", 300 * MIB + 1) == "video@310"
    assert need_kind("sound", 0) == "sound@0"
    assert all(
        int(need_kind("v", mib * MIB).partition("@")[2]) <= 1.1 * mib for mib in range(1, 9999)
    )


def test_a_message_follows_however_many_are_out(world: Scale) -> None:
    world.fill("b", *(video(f"v{n:04}", cost_s=float(1000 - n)) for n in range(600)))
    world.publish(500)
    assert world.ledger.feed() == 500
    world.ledger.set_window(501)
    commands, _ = world.cost_of(world.ledger.feed)
    assert world.queued()[0] == "v0500"
    assert commands < 60


def test_a_forgotten_message_stands_in_its_place_again(world: Scale) -> None:
    world.fill("b", *(video(f"v{n}", cost_s=float(9 - n)) for n in range(8)))
    world.publish(4)
    world.ledger.feed()
    world.client.rpop("q")
    world.client.zadd(KEYS.hints, {f"b/v{n}": 1 for n in range(4)})
    world.client.delete(KEYS.looked_ms)
    assert world.ledger.sweep().lost_hints == 1
    world.ledger.sweep()
    assert world.queued() == ["v0", "v3", "v2", "v1"]


def test_the_messages_of_the_queue_are_counted(world: Scale) -> None:
    hints = Hints(Store(world.client, KEYS.prefix))
    assert hints.waiting("videos") == 0
    world.ledger.set_publishing(KEYS.queue("videos"), MESSAGE)
    world.fill("b", video("v1"), video("v2"))
    world.ledger.set_window(2)
    world.ledger.feed()
    assert hints.waiting("videos") == 2


# What kinds of videos take.


def learn(world: Scale, name: str, kind: str, *taken_mb: int, pixels: str | None = None) -> None:
    """Makes videos of the kind, one for each figure, and learns what each of them took."""
    for n, mb in enumerate(taken_mb):
        world.fill("b", video(f"{name}{n}", kind=kind, need_bytes=300 * MIB))
        claim = world.ask(f"{name}{n}")
        assert claim is not None
        if pixels is not None:
            world.ledger.refine_kind(claim, pixels, mib=700, mib_with_speech=800)
        world.ledger.learn_need(claim, mb * MIB)
        world.ledger.commit(claim, RESULT)
        world.ledger.published(claim)


def test_three_monstrous_files_raise_nothing_for_the_others(world: Scale) -> None:
    learn(world, "v", "video+speech", *[150] * 37)
    learn(world, "m", "video+speech", *[4000] * 3, pixels="video-8k")
    world.fill("b", *(video(f"n{n}", kind="video+speech", need_bytes=300 * MIB) for n in range(2)))
    world.client.hset(KEYS.hosts, "h", 1)
    assert world.ask("n0", free_mb=149) is None
    assert world.ask("n0", free_mb=150) is not None


def test_what_a_video_turned_out_to_be_is_kept_free_for_it(world: Scale) -> None:
    videos = [video(f"v{n}", kind="video+speech", need_bytes=300 * MIB) for n in range(2)]
    world.fill("b", *videos)
    first = world.ask("v0", free_mb=5000)
    assert first is not None
    world.ledger.refine_kind(first, "video-8k", mib=700, mib_with_speech=800)
    # It has yet to take 800 MiB, not 300.
    assert world.ask("v1", free_mb=1000) is None
    assert world.ask("v1", free_mb=1110) is not None


def test_one_that_comes_back_waits_as_what_it_is(world: Scale) -> None:
    world.fill("b", video("v", kind="sound", need_bytes=100 * MIB))
    claim = world.ask("v")
    assert claim is not None
    world.ledger.refine_kind(claim, "video-4k", mib=300, mib_with_speech=400)
    world.ledger.give_back(claim)
    world.client.hset(KEYS.hosts, "h", 1)
    assert world.ask("v", free_mb=299) is None
    assert world.client.smembers(KEYS.shelves) == {"video-4k@300:new"}
    with pytest.raises(StaleTokenError):
        world.ledger.refine_kind(claim, "video", mib=1, mib_with_speech=1)


# What it costs.


def fill(world: Scale, n: int) -> None:
    """Pending and finished ones in one batch, and finished batches beside it."""
    pending = [video(f"p{i:05}", cost_s=float(i % 97), need_bytes=300 * MIB) for i in range(n)]
    ended = [video(f"e{i:05}", error=BROKEN) for i in range(n)]
    world.fill("b", *pending, *ended)
    for i in range(n // 20):
        world.fill(f"over{i}", video("v", error=BROKEN))
    world.publish(n // 10)
    world.ledger.feed()


def again(world: Scale, i: int) -> None:
    assert world.ledger.add_videos("b", [video(f"e{i:05}", error=BROKEN)])[f"e{i:05}"] == "again"


def ended(world: Scale, i: int) -> None:
    claim = world.ask(f"p{i:05}")
    assert claim is not None
    world.ledger.fail(claim, BROKEN, retry_after_s=None)


STEPS: dict[str, Callable[[Scale, int], object]] = {
    "submit again": again,
    "claim and fail": ended,
    "claim the best": lambda world, i: world.ask(),
    "retry": lambda world, i: world.ledger.retry("b", f"e{i:05}"),
    "steer one": lambda world, i: world.ledger.steer("b", "cancel", video_id=f"p{i:05}"),
    "feed": lambda world, i: world.ledger.feed(),
    "sweep": lambda world, i: world.ledger.sweep(),
    "open again": lambda world, i: world.fill("b"),
    "counts": lambda world, i: read_counts(Store(world.client, "vb")),
    "pending": lambda world, i: world.views.pending_count(),
    "marks": lambda world, i: world.views.marks(),
    "paused batches": lambda world, i: world.views.batches(world.views.listed("paused")),
    "reports": lambda world, i: world.ledger.reports_due(most=20),
    "last finished": lambda world, i: world.views.finished(
        "b", world.views.finished_place("b") - 1
    ),
}


def test_twenty_times_as_much_costs_no_step_more(world: Scale, redis_server: RedisServer) -> None:
    found: dict[str, list[tuple[int, int]]] = {name: [] for name in STEPS}
    for n in (SMALL, LARGE):
        redis_server.flush()
        fill(world, n)
        at = iter(range(n))
        for name, step in STEPS.items():
            costs = []
            for _ in range(TRIES):
                i = next(at)
                costs.append(world.cost_of(lambda i=i, step=step: step(world, i)))  # type: ignore[misc]
            found[name].append((min(c for c, _ in costs), min(us for _, us in costs)))
    grown = {
        name: (before, after)
        for name, (before, after) in found.items()
        if after[0] > before[0] + 10 or after[1] > MOST_RATIO * max(before[1], 100)
    }
    assert grown == {}


@pytest.mark.parametrize("what", ["cancel", "resume"])
def test_a_steer_goes_on_in_steps_that_do_not_grow(world: Scale, what: str) -> None:
    n = 10 * STEERED_AT_ONCE
    world.fill("b", *(video(f"v{i}") for i in range(n)))
    if what == "resume":
        for i in range(n):
            world.ledger.steer("b", "pause", video_id=f"v{i}")
        world.ledger.steer("b", "pause")
    before = world.client.info("commandstats")["cmdstat_evalsha"]["calls"]
    steered = world.ledger.steer("b", "cancel" if what == "cancel" else "resume")
    assert steered is not None
    assert steered.moved == n
    steps = world.client.info("commandstats")["cmdstat_evalsha"]["calls"] - before
    assert n // STEERED_AT_ONCE <= steps <= n // STEERED_AT_ONCE + 1


def test_a_cancel_that_was_cut_off_is_brought_to_its_end(world: Scale) -> None:
    world.fill("b", *(video(f"v{i}") for i in range(3 * STEERED_AT_ONCE)))
    world.client.hset(KEYS.publishing, "window", 0)
    args = ("b", "", "cancel", 1, "person", STEERED_AT_ONCE, "{}")
    first = world.ledger._run("ledger/steer", *args)
    assert first[3] > 0
    world.ledger.sweep()
    batch = world.views.batch("b")
    assert batch is not None
    assert batch.counts[VideoState.CANCELLED] == 3 * STEERED_AT_ONCE


def test_a_sweep_takes_up_all_that_is_due_in_steps(world: Scale) -> None:
    world.fill("b", *(video(f"v{i}") for i in range(150)))
    for _ in range(150):
        assert world.ask()
    world.end_leases()
    world.swept_now()
    assert world.ledger.sweep().expired == 150


def test_after_an_outage_every_lease_is_prolonged_before_one_ends(world: Scale) -> None:
    world.fill("b", *(video(f"v{i}") for i in range(100)))
    for _ in range(100):
        assert world.ask()
    world.end_leases()
    world.client.set(KEYS.swept_ms, 1)
    # One step, and whoever made it is gone.
    swept, has_more, _ = world.ledger._sweep_step()
    assert (swept.expired, has_more) == (0, True)
    assert 0 < swept.prolonged < 100
    rest = world.ledger.sweep()
    assert (rest.expired, rest.prolonged + swept.prolonged) == (0, 100)
    assert not world.client.exists(KEYS.prolonging)


def test_reports_that_are_due_are_taken_a_few_at_a_time_and_by_chance(world: Scale) -> None:
    world.client.hset(KEYS.reports, mapping={f"b{n}": str(n) for n in range(1000)})
    few = [world.ledger.reports_due(most=20) for _ in range(2)]
    assert [len(each) for each in few] == [20, 20]
    assert few[0] != few[1]
    assert all(due[batch] == batch[1:] for due in few for batch in due)
    assert len(world.ledger.reports_due()) == 1000
