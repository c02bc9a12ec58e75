"""The ledger as a few dictionaries: what each operation may do, without Redis.

Time is not modelled: a test ends leases and delays by its own hand. Where the ledger is free to
choose (which pending video is the best one), the twin says which choices are legal and follows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from videobatch.records import FINAL_STATES, VideoState, token_order

SUSPICIONS, UNPROVEN, TRIALS = 3, 10, 3
WAITS = frozenset({VideoState.PENDING, VideoState.WAITING, VideoState.PAUSED})


@dataclass
class TwinVideo:
    state: VideoState
    token: str = ""
    claims: int = 0
    wish: str = ""
    mtime_ns: int = 0
    attempts: int = 0
    deaths: int = 0
    losses: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    counted: str = ""
    on_trial: bool = False
    alone: bool = False
    worker: str | None = None
    pid: int = 0
    lease_over: bool = False
    lapsed: bool = False
    let_down: bool = False
    halt: str | None = None
    checkpoints: dict[str, str] = field(default_factory=dict)
    commits: int = 0

    @property
    def attempt(self) -> int:
        """The try that counts for retries: those that ended with their worker do not."""
        return self.attempts - self.deaths - self.losses

    @property
    def is_held(self) -> bool:
        return self.state in {VideoState.RUNNING, VideoState.COMMITTED}

    def acquit(self) -> None:
        """Nothing that its ends said counts any more."""
        self.ends.clear()
        self.on_trial = False

    def condemns(self, *, suspect: bool) -> bool:
        """Counts an end that was not by itself; True where the video is given up."""
        self.counted = "trials" if self.alone else "suspicions" if suspect else "unproven"
        self.ends[self.counted] += 1
        n = self.ends[self.counted]
        if self.alone:
            return suspect or n >= TRIALS
        self.on_trial |= n >= (SUSPICIONS if suspect else UNPROVEN)
        return False


class LedgerTwin:
    """One batch of videos, by id. A worker's name is that of its host; `kept` says which host is
    kept for which video on trial."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.videos: dict[str, TwinVideo] = {}
        self.is_cancelled = False
        self.pauses: set[str] = set()
        self.halted = False
        self.instead: dict[str, str] = {}

    @property
    def state(self) -> str:
        if self.is_cancelled:
            return "cancelled"
        return "paused" if self.pauses else "open"

    def _reopen(self) -> None:
        """A model that is gone waits for its successor."""
        self.is_cancelled = self.halted = False
        self.pauses = {cause for cause in self.pauses if cause.startswith("model:")}

    def is_halted(self, video: TwinVideo) -> bool:
        return self.halted or video.halt is not None

    def rest(self, video: TwinVideo) -> None:
        """Nobody works on it any more: it waits, or becomes what a person asked for."""
        halt, video.halt = video.halt, None
        if self.is_cancelled or halt == "cancel":
            video.state = VideoState.CANCELLED
        else:
            video.state = VideoState.PAUSED if halt == "pause" else VideoState.PENDING

    def steer(self, what: str, *, now: bool) -> None:
        if self.is_cancelled and what != "cancel":
            return
        if what == "pause":
            self.pauses.add("person")
        else:
            self.pauses.clear()
        self.is_cancelled = what == "cancel"
        self.halted = (now and what == "pause") or what == "cancel"
        for video in self.videos.values():
            if what == "resume" and video.state is VideoState.PAUSED:
                self._turn(video, VideoState.PENDING)
            elif what == "cancel" and video.state in WAITS:
                self._turn(video, VideoState.CANCELLED)

    def pause_for(self, cause: str) -> None:
        """The engine's: no running video stops, and no other reason goes."""
        if not self.is_cancelled:
            self.pauses.add(cause)

    def lift(self, cause: str) -> None:
        self.pauses.discard(cause)

    def replace_model(self, model: str, successor: str) -> None:
        self.instead.pop(successor, None)
        self.instead[model] = successor

    def successor(self, model: str) -> str:
        """The end of the chain; one that comes back to where it was ends there."""
        seen = {model}
        while model in self.instead and self.instead[model] not in seen:
            model = self.instead[model]
            seen.add(model)
        return model

    def steer_video(self, video_id: str, what: str, *, now: bool) -> str:
        video = self.videos[video_id]
        if video.state is VideoState.RUNNING:
            if what == "resume":
                video.halt = None
            elif now or what == "cancel":
                video.halt = what
        elif what == "resume" and video.state is VideoState.PAUSED:
            self._turn(video, VideoState.PENDING)
        elif what == "pause" and video.state in {VideoState.PENDING, VideoState.WAITING}:
            self._turn(video, VideoState.PAUSED)
        elif what == "cancel" and video.state in WAITS:
            self._turn(video, VideoState.CANCELLED)
        return video.state.value

    def _turn(self, video: TwinVideo, to: VideoState) -> None:
        video.state, video.halt, video.lapsed = to, None, False

    def retry(self, video_id: str, *, done_too: bool) -> str:
        video = self.videos[video_id]
        made = video.state in {VideoState.DONE, VideoState.PARTIAL}
        if video.state in FINAL_STATES and (done_too or not made):
            self._turn(video, VideoState.PENDING)
            self._begin_wish(video)
            self._reopen()
        return video.state.value

    def drop(self, video_id: str) -> str:
        video = self.videos[video_id]
        if video.state is VideoState.DEAD:
            video.state = VideoState.FAILED
        return video.state.value

    def forget(self) -> str:
        """As the ledger's, and the batch is opened again, with nothing in it."""
        states = {video.state for video in self.videos.values()}
        if VideoState.COMMITTED in states:
            return "running"
        if VideoState.RUNNING in states and not self.is_cancelled:
            return "running"
        self.videos.clear()
        self.instead.clear()
        self.pauses.clear()
        self._reopen()
        return "gone"

    def add(self, video_id: str, wish: str, mtime_ns: int) -> str:
        self._reopen()
        video = self.videos.get(video_id)
        if video is None:
            self.videos[video_id] = TwinVideo(VideoState.PENDING, wish=wish, mtime_ns=mtime_ns)
            return "added"
        is_other = (video.wish, video.mtime_ns) != (wish, mtime_ns)
        if video.is_held:
            if not is_other and video.halt == "cancel":
                video.halt = None
            return "busy" if is_other else "open"
        if is_other:
            video.checkpoints = video.checkpoints if video.wish == wish else {}
            video.wish, video.mtime_ns = wish, mtime_ns
        if video.state not in FINAL_STATES:
            if is_other:
                self._begin_wish(video)
            return "open"
        video.state, video.halt = VideoState.PENDING, None
        self._begin_wish(video)
        return "again"

    def _begin_wish(self, video: TwinVideo) -> None:
        """No token that was given is good for anything any more."""
        video.token, video.lapsed = "", False
        video.attempts = video.deaths = video.losses = 0
        video.acquit()

    def legal_claims(self, video_id: str, worker: str, pid: int) -> set[str]:
        """The videos that a claim may answer with; empty where it must answer with none."""
        named = self.videos.get(video_id)
        if named is not None:
            mine = named.is_held and (named.worker, named.pid) == (worker, pid)
            left_behind = named.state is VideoState.COMMITTED and named.lease_over
            if mine or left_behind:
                return {video_id}
        running = [v for v in self.videos.values() if v.is_held and v.worker == worker]
        if any(v.alone and v.state is VideoState.RUNNING for v in running):
            return set()
        waits = self.waiting()
        if trials := self._trials_for(worker):
            return set() if running else trials
        ordinary = {v for v in waits if not self.videos[v].on_trial}
        return {video_id} if video_id in ordinary else ordinary

    def waiting(self) -> set[str]:
        """What may be claimed, alone or not."""
        if self.state != "open":
            return set()
        return {v for v, video in self.videos.items() if video.state is VideoState.PENDING}

    def _trials_for(self, host: str) -> set[str]:
        """Those on trial that no other host is kept for."""
        mine, others = self.kept.get(host), {v for h, v in self.kept.items() if h != host}
        trials = {v for v in self.waiting() if self.videos[v].on_trial}
        return {mine} if mine in trials and mine is not None else trials - others

    def claimed(self, video_id: str, worker: str, pid: int, token: str) -> None:
        """Raises AssertionError for a token that is not to be given now."""
        video = self.videos[video_id]
        if video.state is VideoState.PENDING:
            assert token_order(token) > token_order(video.token or "0")
            video.token = token
            video.claims += 1
            video.attempts += 1
            video.state = VideoState.RUNNING
            video.alone = video.on_trial
            video.lease_over = video.lapsed = video.let_down = False
        elif (video.worker, video.pid) != (worker, pid):
            video.lease_over = video.let_down = False
        assert token == video.token
        video.worker, video.pid = worker, pid

    def regain(self, video_id: str, token: str) -> bool:
        """True where a lapsed video that nobody took goes back to its own token."""
        video = self.videos[video_id]
        if video.token != token or video.state is not VideoState.PENDING or not video.lapsed:
            return False
        video.state, video.lapsed, video.lease_over = VideoState.RUNNING, False, False
        video.losses -= 1
        video.ends[video.counted] -= 1
        return True

    def guarded(self, video_id: str, token: str, *states: VideoState) -> bool:
        video = self.videos[video_id]
        return video.token == token and video.state in states

    def checkpoint(self, video_id: str, token: str, name: str, text: str) -> bool:
        self.regain(video_id, token)
        if not self.guarded(video_id, token, VideoState.RUNNING):
            return False
        self.videos[video_id].checkpoints[name] = text
        return True

    def commit(self, video_id: str, token: str) -> bool:
        self.regain(video_id, token)
        if self.guarded(video_id, token, VideoState.COMMITTED):
            return True
        if not self.guarded(video_id, token, VideoState.RUNNING):
            return False
        self.videos[video_id].state = VideoState.COMMITTED
        self.videos[video_id].acquit()
        self.videos[video_id].commits += 1
        return True

    def published(self, video_id: str, token: str) -> bool:
        if self.guarded(video_id, token, VideoState.DONE, VideoState.PARTIAL):
            return True
        if not self.guarded(video_id, token, VideoState.COMMITTED):
            return False
        video = self.videos[video_id]
        video.state, video.checkpoints = VideoState.DONE, {}
        return True

    def fail(
        self,
        video_id: str,
        token: str,
        *,
        again: bool,
        state: VideoState = VideoState.RUNNING,
    ) -> bool:
        self.regain(video_id, token)
        if self.guarded(video_id, token, VideoState.FAILED, VideoState.WAITING):
            return True
        if again and self.guarded(video_id, token, VideoState.PENDING):
            return True
        if not self.guarded(video_id, token, state):
            return False
        video = self.videos[video_id]
        video.acquit()
        if again and self.is_halted(video):
            self.rest(video)
            if video.state is not VideoState.PENDING:
                return True
        video.state = VideoState.WAITING if again else VideoState.FAILED
        if not again:
            video.halt = None
        return True

    def die(self, video_id: str, token: str, *, suspect: bool) -> str:
        self.regain(video_id, token)
        video = self.videos[video_id]
        if self.guarded(video_id, token, VideoState.COMMITTED):
            video.lease_over = video.let_down = True
            return "committed"
        if not self.guarded(video_id, token, VideoState.RUNNING):
            return ""
        video.deaths += 1
        if video.condemns(suspect=suspect):
            video.state = VideoState.DEAD
        else:
            self.rest(video)
        return video.state.value

    def give_back(self, video_id: str, token: str) -> None:
        self.regain(video_id, token)
        video = self.videos[video_id]
        if self.guarded(video_id, token, VideoState.COMMITTED):
            video.lease_over = video.let_down = True
        elif self.guarded(video_id, token, VideoState.RUNNING):
            video.attempts -= 1
            self.rest(video)

    def sweep(self) -> None:
        for video in self.videos.values():
            if video.state is VideoState.WAITING:
                self.rest(video)
            elif video.state is VideoState.RUNNING and video.lease_over:
                video.losses += 1
                video.lease_over = False
                is_given_up = video.condemns(suspect=False)
                if is_given_up:
                    video.state = VideoState.DEAD
                elif self.is_halted(video):
                    self.rest(video)
                else:
                    video.state, video.lapsed = VideoState.PENDING, True

    def renew(self, video_id: str, worker: str, token: str) -> bool:
        """True where the worker owns the video (again)."""
        video = self.videos[video_id]
        if self.guarded(video_id, token, VideoState.RUNNING, VideoState.COMMITTED):
            video.lease_over = False
            return True
        return video.worker == worker and self.regain(video_id, token)
