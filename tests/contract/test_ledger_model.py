"""The Lua ledger and its twin agree, whatever the order of operations."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from redis import Redis

from tests.support.keys import KEYS
from tests.support.ledger_twin import SUSPICIONS, UNPROVEN, LedgerTwin
from tests.support.servers import RedisServer
from videobatch.errors import HaltedError, StaleTokenError
from videobatch.records import (
    Claim,
    Death,
    ErrorKind,
    ErrorRecord,
    GoneModel,
    Held,
    Pause,
    VideoJob,
    VideoResult,
    VideoState,
    token_order,
)
from videobatch.state.connection import connect
from videobatch.state.counts import read_counts
from videobatch.state.ledger import Ledger, NewVideo, Steer
from videobatch.state.store import Store
from videobatch.state.views import Views

BATCH = "b-1"
VIDEOS = [f"v{n}" for n in range(4)]
WORKERS = [("w1", 11), ("w1", 12), ("w2", 21)]
ERROR = ErrorRecord(ErrorKind.TRANSIENT, "x", "it broke")
RESULT = VideoResult(VideoState.DONE, 1.0, 1.0, 1, 1, ".attempt-1")

videos = st.sampled_from(VIDEOS)
CAUSES = ("disk_full", "budget:all.money_day", "model:speech:openai:old-1")
MODELS = st.sampled_from(["old-1", "old-2", "new"])
STEERS: tuple[Steer, ...] = ("pause", "resume", "cancel")
workers = st.sampled_from(WORKERS)


def job(video_id: str) -> VideoJob:
    return VideoJob(video_id, "file:///a", "file:///", "file:///o", "summary_report", "fp")


class LedgerMachine(RuleBasedStateMachine):
    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.client: Redis = connect(self.url)
        self.client.flushall()
        self.ledger = Ledger(Store(self.client, "vb", patience_s=1))
        self.views = Views(Store(self.client, "vb"))
        self.ledger.set_publishing("q", '["{task_id}", "{batch_id}", "{video_id}"]')
        self.open()
        self.twin = LedgerTwin()
        self.claims: list[tuple[Claim, str, int]] = []
        self.tokens: dict[str, str] = {}
        self.ledger.sweep()

    def open(self) -> None:
        self.ledger.open_batch(
            BATCH, name="b", out_uri="file:///o", root_uri="file:///", provider="offline"
        )

    def teardown(self) -> None:
        self.client.close()

    def claim_of(self, place: int) -> tuple[Claim, str, int] | None:
        return self.claims[place % len(self.claims)] if self.claims else None

    @rule(video=videos, wish=st.sampled_from(["fp", "other"]), mtime_ns=st.integers(1, 2))
    def add(self, video: str, wish: str, mtime_ns: int) -> None:
        self.open()
        wanted = replace(job(video), fingerprint=wish, mtime_ns=mtime_ns)
        answer = self.ledger.add_videos(BATCH, [NewVideo(video, wanted)])
        assert answer == {video: self.twin.add(video, wish, mtime_ns)}

    @rule(video=videos, worker=workers)
    def claim(self, video: str, worker: tuple[str, int]) -> None:
        name, pid = worker
        legal = self.twin.legal_claims(video, name, pid)
        claim = self.ledger.claim(BATCH, video, worker=name, host=name, pid=pid)
        self.twin.kept = self.kept()
        if claim is None:
            assert not legal
            return
        assert claim.video_id in legal
        self.twin.claimed(claim.video_id, name, pid, claim.token)
        twin = self.twin.videos[claim.video_id]
        assert claim.attempt == twin.attempt
        assert dict(claim.checkpoints) == twin.checkpoints
        assert claim.publish_only == (twin.state is VideoState.COMMITTED)
        self.claims.append((claim, name, pid))

    @rule(place=st.integers(0, 50), text=st.sampled_from(["1", "2"]))
    def checkpoint(self, place: int, text: str) -> None:
        if held := self.claim_of(place):
            claim = held[0]
            legal = self.twin.checkpoint(claim.video_id, claim.token, "probe", text)
            assert legal == accepted(lambda: self.ledger.checkpoint(claim, "probe", text))

    @rule(place=st.integers(0, 50))
    def commit(self, place: int) -> None:
        if held := self.claim_of(place):
            claim = held[0]
            legal = self.twin.commit(claim.video_id, claim.token)
            assert legal == accepted(lambda: self.ledger.commit(claim, RESULT))

    @rule(place=st.integers(0, 50))
    def published(self, place: int) -> None:
        if held := self.claim_of(place):
            claim = held[0]
            legal = self.twin.published(claim.video_id, claim.token)
            assert legal == accepted(lambda: self.ledger.published(claim))

    @rule(place=st.integers(0, 50), again=st.booleans())
    def fail(self, place: int, again: bool) -> None:
        if held := self.claim_of(place):
            claim = held[0]
            legal = self.twin.fail(claim.video_id, claim.token, again=again)
            delay = 0.0 if again else None
            assert legal == accepted(lambda: self.ledger.fail(claim, ERROR, retry_after_s=delay))

    @rule(place=st.integers(0, 50), again=st.booleans())
    def take_back(self, place: int, again: bool) -> None:
        if held := self.claim_of(place):
            claim = held[0]
            state = VideoState.COMMITTED
            legal = self.twin.fail(claim.video_id, claim.token, again=again, state=state)
            delay = 0.0 if again else None
            write = self.ledger.take_back
            assert legal == accepted(lambda: write(claim, ERROR, retry_after_s=delay))

    def kept(self) -> dict[str, str]:
        """Which host is kept for a video that waits for its trial."""
        found = {name: cast("str | None", self.client.get(KEYS.alone(name))) for name, _ in WORKERS}
        return {host: each.partition("/")[2] for host, each in found.items() if each}

    @rule(video=videos, what=st.sampled_from(["suspicions", "unproven"]))
    def is_suspected(self, video: str, what: str) -> None:
        """As after many ends; the next one puts it on trial."""
        twin = self.twin.videos.get(video)
        if twin is not None and twin.state is VideoState.RUNNING and not twin.alone:
            twin.ends[what] = (SUSPICIONS if what == "suspicions" else UNPROVEN) - 1
            self.client.hset(KEYS.video(BATCH, video), what, twin.ends[what])

    @rule(place=st.integers(0, 50), suspect=st.booleans())
    def child_dies(self, place: int, suspect: bool) -> None:
        if held := self.claim_of(place):
            claim, _, pid = held
            state = self.ledger.release_dead(
                Held(BATCH, claim.video_id, claim.token, pid), Death("a signal", suspect)
            )
            assert state == self.twin.die(claim.video_id, claim.token, suspect=suspect)

    @rule(place=st.integers(0, 50))
    def give_back(self, place: int) -> None:
        if held := self.claim_of(place):
            self.twin.give_back(held[0].video_id, held[0].token)
            self.ledger.give_back(held[0])

    @rule(what=st.sampled_from(STEERS), now=st.booleans())
    def steer(self, what: Steer, now: bool) -> None:
        self.twin.steer(what, now=now)
        steered = self.ledger.steer(BATCH, what, now=now)
        assert steered is not None
        running = {VideoState.RUNNING, VideoState.COMMITTED}
        assert steered.running == sum(v.state in running for v in self.twin.videos.values())
        assert steered.state == self.twin.state

    @rule(cause=st.sampled_from(CAUSES))
    def pause_for(self, cause: str) -> None:
        self.twin.pause_for(cause)
        steered = self.ledger.pause_for(BATCH, Pause(cause, "it is full"))
        assert steered is not None
        assert steered.state == self.twin.state

    @rule(cause=st.sampled_from(CAUSES), is_other=st.booleans())
    def lift(self, cause: str, is_other: bool) -> None:
        """One that was set anew since it was read stays."""
        if not is_other:
            self.twin.lift(cause)
        message = "another one" if is_other else "it is full"
        steered = self.ledger.lift(BATCH, Pause(cause, message))
        assert steered is not None
        assert steered.state == self.twin.state

    @rule(model=MODELS, successor=MODELS)
    def replace_model(self, model: str, successor: str) -> None:
        self.twin.replace_model(model, successor)
        assert self.ledger.replace_model(BATCH, GoneModel("speech", "openai", model), successor)
        assert not self.ledger.replace_model("none", GoneModel("speech", "openai", model), "x")
        for each in ("old-1", "old-2", "new"):
            assert self.ledger.successor(BATCH, "speech", each) == self.twin.successor(each)
            assert self.ledger.successor(BATCH, "writer", each) == each

    @rule(video=videos, what=st.sampled_from(STEERS), now=st.booleans())
    def steer_video(self, video: str, what: Steer, now: bool) -> None:
        steered = self.ledger.steer(BATCH, what, video_id=video, now=now)
        if video not in self.twin.videos:
            assert steered is None
            return
        assert steered is not None
        assert steered.state == self.twin.steer_video(video, what, now=now)

    @rule(video=videos, done_too=st.booleans())
    def retry(self, video: str, done_too: bool) -> None:
        state = self.ledger.retry(BATCH, video, done_too=done_too)
        known = video in self.twin.videos
        assert state == (self.twin.retry(video, done_too=done_too) if known else "")

    @rule(video=videos)
    def drop(self, video: str) -> None:
        known = video in self.twin.videos
        assert self.ledger.drop(BATCH, video) == (self.twin.drop(video) if known else "")

    @rule()
    def forget(self) -> None:
        forgotten = self.ledger.forget(BATCH)
        assert forgotten.what == self.twin.forget()
        if forgotten.what == "gone":
            left = [key for key in self.client.scan_iter(f"{KEYS.prefix}:*") if BATCH in key]
            assert left == []
            for claim, _, _ in self.claims:
                assert not accepted(lambda claim=claim: self.ledger.checkpoint(claim, "x", "y"))
            self.claims.clear()
            self.tokens.clear()
            self.open()
        self.twin.kept = self.kept()

    @rule(video=videos)
    def lease_ends(self, video: str) -> None:
        twin = self.twin.videos.get(video)
        if twin is not None and twin.is_held:
            self.client.zadd(KEYS.leases, {f"{BATCH}/{video}": 0})
            twin.lease_over = True

    @rule(place=st.integers(0, 50))
    def renew(self, place: int) -> None:
        if held := self.claim_of(place):
            claim, worker, pid = held
            one = Held(BATCH, claim.video_id, claim.token, pid)
            lost = self.ledger.renew(worker, [one])
            owns = self.twin.renew(claim.video_id, worker, claim.token)
            assert lost == ([] if owns else [f"{BATCH}/{claim.video_id}"])

    @rule()
    def sweep(self) -> None:
        # However long this example has taken: it is no absence, after which leases are prolonged.
        seconds, microseconds = self.client.time()
        self.client.set(KEYS.swept_ms, seconds * 1000 + microseconds // 1000)
        assert self.ledger.sweep().prolonged == 0
        self.twin.sweep()

    @invariant()
    def states_agree(self) -> None:
        seen = {v.video_id: v for v in self.views.all_videos(BATCH)}
        assert {v: x.state for v, x in seen.items()} == {
            v: x.state for v, x in self.twin.videos.items()
        }
        assert {v: (x.attempts, x.deaths) for v, x in seen.items()} == {
            v: (x.attempts, x.deaths) for v, x in self.twin.videos.items()
        }

    @invariant()
    def pauses_agree(self) -> None:
        batch = self.views.batch(BATCH)
        assert batch is not None
        assert {pause.cause for pause in batch.pauses} == self.twin.pauses
        assert batch.state == self.twin.state

    @invariant()
    def counts_add_up(self) -> None:
        batch = self.views.batch(BATCH)
        assert batch is not None
        states = [video.state for video in self.twin.videos.values()]
        assert batch.counts == {state: states.count(state) for state in VideoState}
        assert batch.total == len(states)
        assert read_counts(Store(self.client, "vb")).videos == batch.counts

    @invariant()
    def sets_follow_states(self) -> None:
        held = {v for v, x in self.twin.videos.items() if x.is_held}
        pending = {v for v, x in self.twin.videos.items() if x.state is VideoState.PENDING}
        waiting = {v for v, x in self.twin.videos.items() if x.state is VideoState.WAITING}
        dead = {v for v, x in self.twin.videos.items() if x.state is VideoState.DEAD}
        trials = {v for v in pending if self.twin.videos[v].on_trial}
        assert set(self.client.zrange(KEYS.trials_of(BATCH), 0, -1)) == trials
        has_trials = self.client.zscore(KEYS.trials, BATCH) is not None
        assert has_trials == (bool(trials) and self.twin.state == "open")
        assert sorted(self.waits_on_shelves()) == sorted(pending - trials)
        has_turn = self.client.zscore(KEYS.turns, BATCH) is not None
        assert has_turn == (bool(pending) and self.twin.state == "open")
        self.check_turns(has_turn)
        ready = len(pending) if self.twin.state == "open" else 0
        assert self.views.pending_count() == ready
        waits = self.client.smembers(KEYS.waiting_of(BATCH))
        assert waits == waiting
        paused = {v for v, x in self.twin.videos.items() if x.state is VideoState.PAUSED}
        assert self.client.smembers(KEYS.paused_of(BATCH)) == paused
        assert members(self.client.zrange(KEYS.leases, 0, -1)) == held
        assert members(self.client.zrange(KEYS.waiting, 0, -1)) == waiting
        assert members(self.client.zrange(KEYS.dead, 0, -1)) == dead
        by_workers = [h.video_id for w in ("w1", "w2") for h in self.ledger.held(w)]
        let_down = {v for v in held if self.twin.videos[v].let_down}
        lapsed = {v for v, x in self.twin.videos.items() if x.lapsed}
        assert sorted(by_workers) == sorted((held - let_down) | lapsed)
        for key in (KEYS.hosts, KEYS.owners):
            assert sum(map(int, self.client.hvals(key))) == len(held)
        is_over = all(x.state.is_final for x in self.twin.videos.values())
        lists = [
            s for s in ("open", "paused", "cancelled") if self.client.exists(KEYS.batches_in(s))
        ]
        assert lists == ([] if is_over else [self.twin.state])

    def waits_on_shelves(self) -> list[str]:
        """The pending videos; each stands on one shelf, which says whether a message is out."""
        hinted = members(self.client.zrange(KEYS.hints, 0, -1))
        found: list[str] = []
        for shelf in self.shelves():
            there = cast("list[str]", self.client.zrange(KEYS.shelf(shelf, BATCH), 0, -1))
            assert all((video in hinted) == shelf.endswith(":hinted") for video in there)
            found += there
        return found

    def shelves(self) -> list[str]:
        kinds = cast("set[str]", self.client.smembers(KEYS.kinds(BATCH)))
        return [f"{kind}:{sort}" for kind in kinds for sort in ("new", "hinted")]

    def check_turns(self, has_turn: bool) -> None:
        """The batch has the same turn on each shelf where it has something."""
        turn = self.client.zscore(KEYS.turns, BATCH)
        filled = {shelf for shelf in self.shelves() if self.client.exists(KEYS.shelf(shelf, BATCH))}
        assert self.client.smembers(KEYS.shelves) == (filled if has_turn else set())
        for shelf in filled:
            assert self.client.zscore(KEYS.turns_on(shelf), BATCH) == turn

    @invariant()
    def tokens_only_grow(self) -> None:
        for video_id in self.twin.videos:
            token = str(self.client.hget(KEYS.video(BATCH, video_id), "token") or "0")
            before = self.tokens.get(video_id, "0")
            assert token == before or token_order(token) > token_order(before)
            self.tokens[video_id] = token

    @invariant()
    def each_token_commits_once(self) -> None:
        assert all(x.commits <= x.claims for x in self.twin.videos.values())

    @invariant()
    def finished_lists_every_final_video_once(self) -> None:
        final = sorted(v for v, x in self.twin.videos.items() if x.state.is_final)
        assert sorted(v.video_id for v in self.views.finished(BATCH, 0)[0]) == final


def members(names: object) -> set[str]:
    assert isinstance(names, list)
    return {name.partition("/")[2] for name in names}


def accepted(write: object) -> bool:
    assert callable(write)
    try:
        write()
    except StaleTokenError:
        return False
    except HaltedError:
        return True
    return True


@pytest.mark.real
def test_any_interleaving_keeps_the_invariants(redis_server: RedisServer) -> None:
    LedgerMachine.url = redis_server.url
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
