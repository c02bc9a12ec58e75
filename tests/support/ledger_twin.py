"""The ledger as a few dictionaries: what each operation may do, without Redis.

Time is not modelled: a test ends leases and delays by its own hand. Where the ledger is free to
choose (which pending video is the best one), the twin says which choices are legal and follows.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from videobatch.records import FINAL_STATES, VideoState

DEATHS_ALLOWED = 3


@dataclass
class TwinVideo:
    state: VideoState
    token: int = 0
    attempts: int = 0
    deaths: int = 0
    losses: int = 0
    worker: str | None = None
    pid: int = 0
    lease_over: bool = False
    lapsed: bool = False
    let_down: bool = False
    checkpoints: dict[str, str] = field(default_factory=dict)
    commits: int = 0

    @property
    def attempt(self) -> int:
        """The try that counts for retries: those that ended with their worker do not."""
        return self.attempts - self.deaths - self.losses

    @property
    def is_held(self) -> bool:
        return self.state in {VideoState.RUNNING, VideoState.COMMITTED}


class LedgerTwin:
    """One batch of videos, by id."""

    def __init__(self) -> None:
        self.videos: dict[str, TwinVideo] = {}

    def add(self, video_id: str) -> str:
        video = self.videos.get(video_id)
        if video is None:
            self.videos[video_id] = TwinVideo(VideoState.PENDING)
            return "added"
        if video.state not in FINAL_STATES:
            return "open"
        video.state, video.attempts = VideoState.PENDING, 0
        video.deaths = video.losses = 0
        return "again"

    def legal_claims(self, video_id: str, worker: str, pid: int) -> set[str]:
        """The videos that a claim may answer with; empty where it must answer with none."""
        named = self.videos.get(video_id)
        if named is not None:
            mine = named.is_held and (named.worker, named.pid) == (worker, pid)
            left_behind = named.state is VideoState.COMMITTED and named.lease_over
            if mine or left_behind or named.state is VideoState.PENDING:
                return {video_id}
        return {v for v, video in self.videos.items() if video.state is VideoState.PENDING}

    def claimed(self, video_id: str, worker: str, pid: int) -> None:
        video = self.videos[video_id]
        if video.state is VideoState.PENDING:
            video.token += 1
            video.attempts += 1
            video.state = VideoState.RUNNING
            video.lease_over = video.lapsed = video.let_down = False
        elif (video.worker, video.pid) != (worker, pid):
            video.lease_over = video.let_down = False
        video.worker, video.pid = worker, pid

    def regain(self, video_id: str, token: int) -> bool:
        """True where a lapsed video that nobody took goes back to its own token."""
        video = self.videos[video_id]
        if video.token != token or video.state is not VideoState.PENDING or not video.lapsed:
            return False
        video.state, video.lapsed, video.lease_over = VideoState.RUNNING, False, False
        video.losses -= 1
        return True

    def guarded(self, video_id: str, token: int, *states: VideoState) -> bool:
        video = self.videos[video_id]
        return video.token == token and video.state in states

    def checkpoint(self, video_id: str, token: int, name: str, text: str) -> bool:
        self.regain(video_id, token)
        if not self.guarded(video_id, token, VideoState.RUNNING):
            return False
        self.videos[video_id].checkpoints[name] = text
        return True

    def commit(self, video_id: str, token: int) -> bool:
        self.regain(video_id, token)
        if self.guarded(video_id, token, VideoState.COMMITTED):
            return True
        if not self.guarded(video_id, token, VideoState.RUNNING):
            return False
        self.videos[video_id].state = VideoState.COMMITTED
        self.videos[video_id].commits += 1
        return True

    def published(self, video_id: str, token: int) -> bool:
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
        token: int,
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
        video.state = VideoState.WAITING if again else VideoState.FAILED
        if not again:
            video.checkpoints = {}
        return True

    def die(self, video_id: str, token: int) -> str:
        self.regain(video_id, token)
        video = self.videos[video_id]
        if self.guarded(video_id, token, VideoState.COMMITTED):
            video.lease_over = video.let_down = True
            return "committed"
        if not self.guarded(video_id, token, VideoState.RUNNING):
            return ""
        video.deaths += 1
        dead = video.deaths >= DEATHS_ALLOWED
        video.state = VideoState.DEAD if dead else VideoState.PENDING
        return video.state.value

    def give_back(self, video_id: str, token: int) -> None:
        self.regain(video_id, token)
        video = self.videos[video_id]
        if self.guarded(video_id, token, VideoState.COMMITTED):
            video.lease_over = video.let_down = True
        elif self.guarded(video_id, token, VideoState.RUNNING):
            video.attempts -= 1
            video.state = VideoState.PENDING

    def sweep(self) -> None:
        for video in self.videos.values():
            if video.state is VideoState.WAITING:
                video.state = VideoState.PENDING
            elif video.state is VideoState.RUNNING and video.lease_over:
                video.state, video.lease_over, video.lapsed = VideoState.PENDING, False, True
                video.losses += 1

    def renew(self, video_id: str, worker: str, token: int) -> bool:
        """True where the worker owns the video (again)."""
        video = self.videos[video_id]
        if self.guarded(video_id, token, VideoState.RUNNING, VideoState.COMMITTED):
            video.lease_over = False
            return True
        return video.worker == worker and self.regain(video_id, token)
