"""What the ends of attempts say of a video, and the trial that settles it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.keys import KEYS
from tests.support.servers import RedisServer
from tests.support.world import BATCH, World
from videobatch.records import (
    Claim,
    Death,
    ErrorKind,
    ErrorRecord,
    Held,
    VideoResult,
    VideoState,
)
from videobatch.state.connection import connect

pytestmark = pytest.mark.real

OWN = Death("SIGSEGV", suspect=True, rss_bytes=5 << 30)
FOREIGN = Death("SIGKILL", suspect=False)
ERROR = ErrorRecord(ErrorKind.TRANSIENT, "x", "it broke")
RESULT = VideoResult(VideoState.DONE, 1.0, 1.0, 1, 1, ".attempt-1")
HALF_AN_HOUR_MS = 30 * 60 * 1000


class Trials(World):
    """A batch of the videos "bad" and "good-0" to "good-3", and hosts of one worker each."""

    kept = 0

    def ask(self, video: str = "", host: str = "h1") -> Claim | None:
        """What a child of that host gets; each is another one."""

        def count() -> None:
            self.kept += 1

        batch = BATCH if video else ""
        return self.claim(
            video,
            batch=batch,
            worker=f"w@{host}",
            host=host,
            pid=self.child(),
            on_kept=count,
        )

    def get(self, video: str, host: str = "h1") -> Claim:
        claim = self.ask(video, host)
        assert claim is not None
        assert claim.video_id == video
        return claim

    def die(self, claim: Claim, death: Death) -> str:
        return self.ledger.release_dead(Held(BATCH, claim.video_id, claim.token, 0), death)

    def dies(self, times: int, death: Death, video: str = "bad") -> str:
        """It is taken and dies so often; its state at last."""
        return [self.die(self.get(video), death) for _ in range(times)][-1]

    def lose(self, claim: Claim) -> None:
        self.swept_now()
        self.client.zadd(KEYS.leases, {f"{BATCH}/{claim.video_id}": 1})
        self.ledger.sweep()

    def is_on_trial(self) -> bool:
        return self.client.zscore(KEYS.trials_of(BATCH), "bad") is not None

    def hide_trial(self) -> None:
        """As if it were not its turn yet: others start meanwhile."""
        self.client.zrem(KEYS.trials_of(BATCH), "bad")
        self.client.zrem(KEYS.trials, BATCH)

    def show_trial(self) -> None:
        self.client.zadd(KEYS.trials_of(BATCH), {"bad": 1.0})
        self.client.zadd(KEYS.trials, {BATCH: 1.0})


@pytest.fixture
def world(redis_server: RedisServer) -> Iterator[Trials]:
    with connect(redis_server.url, "trials") as client:
        made = Trials(client, patience_s=1)
        made.ledger.sweep()
        made.open()
        made.add("bad", *(f"good-{n}" for n in range(4)))
        yield made


def test_what_dies_alone_of_its_own_doing_is_a_dead_letter_with_its_evidence(world: Trials) -> None:
    assert world.dies(3, OWN) == "pending"
    assert world.is_on_trial()
    assert world.dies(1, OWN) == "dead"
    video = world.video("bad")
    assert [(end.how, end.suspect, end.alone) for end in video.ends] == [
        *[("SIGSEGV", True, False)] * 3,
        ("SIGSEGV", True, True),
    ]
    assert {(end.worker, end.rss_bytes) for end in video.ends} == {("w@h1", 5 << 30)}
    assert all(abs(end.at_s - world.views.now_s()) < 60 for end in video.ends)
    assert video.error is not None
    assert (video.error.code, video.deaths) == ("worker_died", 4)
    assert "SIGSEGV" in video.error.message


def test_what_survives_alone_is_cleared(world: Trials) -> None:
    world.dies(3, OWN)
    claim = world.get("bad")
    world.ledger.fail(claim, ERROR, retry_after_s=0.0)
    world.ledger.sweep()
    assert world.video("bad").state is VideoState.PENDING
    assert not world.is_on_trial()
    assert world.dies(2, OWN) == "pending"
    assert not world.is_on_trial()
    world.finish(world.get("bad"))
    assert world.video("bad").state is VideoState.DONE


def test_kills_from_outside_end_nothing_before_they_have_been_tried_alone(world: Trials) -> None:
    assert world.dies(9, FOREIGN) == "pending"
    assert not world.is_on_trial()
    assert world.dies(1, FOREIGN) == "pending"
    assert world.is_on_trial()
    assert world.dies(2, FOREIGN) == "pending"
    assert world.dies(1, FOREIGN) == "dead"


def test_lost_workers_count_as_kills_from_outside(world: Trials) -> None:
    for _ in range(10):
        world.lose(world.get("bad"))
    assert world.is_on_trial()
    for _ in range(3):
        world.lose(world.get("bad"))
    video = world.video("bad")
    assert video.error is not None
    assert (video.state, video.error.code) == (VideoState.DEAD, "worker_lost")
    assert {(end.how, end.suspect) for end in video.ends} == {("its worker was lost", False)}


def test_a_kill_from_outside_in_the_trial_only_repeats_it(world: Trials) -> None:
    world.dies(3, OWN)
    assert world.dies(2, FOREIGN) == "pending"
    world.finish(world.get("bad"))
    assert world.video("bad").state is VideoState.DONE


def test_it_waits_until_its_host_is_idle_and_nothing_starts_beside_it(world: Trials) -> None:
    world.dies(3, OWN)
    beside = world.ask("good-0", "h2")
    assert beside is not None
    assert beside.video_id == "bad", "an idle host tries it at once"
    world.ledger.give_back(beside)
    assert world.is_on_trial(), "a planned end settles nothing"
    # Something runs on both hosts before it is its turn again.
    world.hide_trial()
    running = {host: world.ask(name, host) for host, name in (("h1", "good-0"), ("h2", "good-1"))}
    world.show_trial()
    assert world.ask("good-2", "h1") is None, "the host is kept"
    assert world.kept == 1
    elsewhere = world.ask("good-2", "h2")
    assert elsewhere is not None
    assert elsewhere.video_id == "good-2", "the other host goes on"
    assert running["h1"] is not None
    world.finish(running["h1"])
    alone = world.get("bad", "h1")
    assert world.ask("good-3", "h1") is None
    assert world.ask("", "h1") is None
    assert world.kept == 3
    world.finish(alone)
    after = world.ask("good-3", "h1")
    assert after is not None
    assert after.video_id == "good-3", "the host is free again"


def test_two_hosts_are_not_kept_for_one_video(world: Trials) -> None:
    world.dies(3, OWN)
    world.hide_trial()
    for host, name in (("h1", "good-0"), ("h2", "good-1")):
        world.get(name, host)
    world.show_trial()
    assert world.ask("bad", "h1") is None
    other = world.ask("bad", "h2")
    assert other is not None
    assert other.video_id in {"good-2", "good-3"}


def test_a_host_that_asks_no_more_is_kept_for_a_while_only(world: Trials) -> None:
    world.dies(3, OWN)
    world.hide_trial()
    world.get("good-0", "h1")
    world.show_trial()
    assert world.ask("bad", "h1") is None
    for key in (KEYS.alone("h1"), KEYS.trial("b", "bad")):
        assert 0 < world.client.pttl(key) <= 10_000
        world.client.delete(key)
    assert world.get("bad", "h2")


def test_a_host_that_never_gets_idle_tries_it_all_the_same(world: Trials) -> None:
    world.dies(3, OWN)
    world.hide_trial()
    world.get("good-0")
    world.show_trial()
    assert world.ask("bad") is None
    since_ms = round(world.views.now_s() * 1000) - HALF_AN_HOUR_MS
    world.client.hset(KEYS.video("b", "bad"), "trial", since_ms + 60_000)
    assert world.ask("bad") is None
    world.client.hset(KEYS.video("b", "bad"), "trial", since_ms - 1000)
    assert world.get("bad")


@pytest.mark.parametrize("how", ["pause", "cancel"])
def test_a_batch_that_does_not_run_keeps_no_host(world: Trials, how: str) -> None:
    world.dies(3, OWN)
    world.hide_trial()
    world.get("good-0")
    world.show_trial()
    assert world.ask("bad") is None
    world.open("c")
    world.add("x", batch="c")
    world.ledger.steer("b", "pause" if how == "pause" else "cancel")
    claim = world.ask()
    assert claim is not None
    assert claim.batch_id == "c"
    if how == "cancel":
        assert world.video("bad").state is VideoState.CANCELLED
        assert not world.is_on_trial()


def test_a_loss_that_was_none_is_forgotten(world: Trials) -> None:
    world.dies(1, OWN)
    claim = world.get("bad")
    world.lose(claim)
    assert len(world.video("bad").ends) == 2
    world.ledger.checkpoint(claim, "probe", "{}")
    video = world.video("bad")
    assert video.state is VideoState.RUNNING
    assert [end.how for end in video.ends] == ["SIGSEGV"]
    assert world.client.hget(KEYS.video("b", "bad"), "unproven") == "0"


@pytest.mark.parametrize("how", ["retry", "add"])
def test_who_begins_anew_has_no_past(world: Trials, how: str) -> None:
    assert world.dies(4, OWN) == "dead"
    if how == "retry":
        world.ledger.retry("b", "bad")
    else:
        world.add("bad")
    video = world.video("bad")
    assert (video.state, video.deaths, video.ends, video.death) == (VideoState.PENDING, 0, (), None)
    assert world.dies(2, OWN) == "pending"
    assert not world.is_on_trial()


def test_a_message_for_it_is_published_whatever_else_waits(world: Trials) -> None:
    world.ledger.set_publishing("q", '["{task_id}", "{batch_id}", "{video_id}"]')
    world.dies(3, OWN)
    world.client.delete("q", KEYS.hints)
    world.ledger.feed()
    assert world.client.zscore(KEYS.hints, "b/bad") is not None


def test_no_more_than_the_newest_ends_are_kept(world: Trials) -> None:
    for _ in range(30):
        world.client.hdel(KEYS.video("b", "bad"), "unproven")
        world.dies(1, FOREIGN)
    assert len(world.video("bad").ends) == 20
