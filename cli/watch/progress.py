"""Progress, speed and time left of videos and batches, worked out from views."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cli.watch.foresight import LEAST_WORKED, WorkedVideo, can_tell
from videobatch.records import Stage, VideoState
from videobatch.state.views import VideoView

# The part of a video's time that each stage takes, for one bar over all of them: measured
# shares of offline recognition. The bar only has to move evenly.
STAGE_SHARES = {
    Stage.PROBE: 0.01,
    Stage.FRAMES: 0.11,
    Stage.SLIDES: 0.04,
    Stage.TRANSCRIBE: 0.78,
    Stage.TRANSLATE: 0.02,
    Stage.COMPOSE: 0.02,
    Stage.WRITE: 0.02,
}
# Below this, a rate is made of start-up times and chance.
LEAST_SPENT_S = 1.0
# Below this part of a video, its pace is that of its first moments.
LEAST_DONE = 0.02
# A pace is judged by so many videos.
MOST_WORKED = 50
# A pace is of the last minutes, so that a pause or a change of concurrency is soon forgotten.
WINDOW_S = 300.0
# A pace over all of a batch is that of the videos that ended last.
RECENT = 50
MADE = {VideoState.DONE, VideoState.PARTIAL}
_TIMED = {Stage.TRANSCRIBE.value, Stage.FRAMES.value}


def fraction(video: VideoView) -> float:
    """The part of a video that is done, over all its stages: 0 to 1."""
    if video.state.is_final or video.state is VideoState.COMMITTED:
        return 1.0
    if video.state is not VideoState.RUNNING:
        return 0.0
    done = 0.0
    for stage, share in STAGE_SHARES.items():
        if stage.value == video.stage:
            return done + share * max(0.0, min(1.0, video.fraction))
        done += share
    return 0.0  # It has just begun, or its worker knows a stage that is new.


def _after_probe(video: VideoView) -> float:
    """The fraction without the probe, whose time says nothing of the rest."""
    probe = STAGE_SHARES[Stage.PROBE]
    return max(0.0, (fraction(video) - probe) / (1 - probe))


def speed(video: VideoView, now_s: float) -> float | None:
    """Seconds of media per second in the present stage, where the stage counts media time."""
    if video.stage not in _TIMED or video.stage_started_s is None or video.done <= 0:
        return None
    spent_s = now_s - video.stage_started_s
    return video.done / spent_s if spent_s > 0.2 else None


def time_left(video: VideoView, now_s: float) -> float | None:
    """Seconds until a running video is done, from its own pace; None while it is too early."""
    done = _after_probe(video)
    if video.started_s is None or not 0 < done < 1:
        return None
    spent_s = now_s - video.started_s
    if spent_s < LEAST_SPENT_S or done < LEAST_DONE:
        return None
    return spent_s * (1 - done) / done


def worked_video(video: VideoView, now_s: float) -> WorkedVideo | None:
    """The video as it tells how long others take; None for one that was hardly worked on."""
    done = _after_probe(video) if video.state is VideoState.RUNNING else float(video.state in MADE)
    if video.started_s is None or done < LEAST_WORKED:
        return None
    ended_s = now_s if video.finished_s is None else video.finished_s
    return WorkedVideo(video.cost_s, done * video.cost_s, max(0.0, ended_s - video.started_s))


class WatchedPace:
    """Work done per second since the watching began, from the cost that each video was given.

    `running` are the videos that were under way at the beginning: their earlier work is not of
    this time. Of a video that failed or was cancelled only the work seen counts, and nothing of
    one that was made before.
    """

    def __init__(self, started_s: float, running: Iterable[VideoView] = ()) -> None:
        self._started_s = started_s
        self._head_start = {video.video_id: _after_probe(video) for video in running}
        self._seen: dict[str, float] = {}
        self._worked: deque[WorkedVideo] = deque(maxlen=MOST_WORKED)
        self._cost_s = 0.0
        self._videos = 0.0
        self._marks = deque([(started_s, 0.0)])

    def add(self, finished: Iterable[VideoView]) -> None:
        """Counts videos that came to an end since the last call."""
        for video in finished:
            is_made = video.state in MADE and video.started_s is not None
            seen = self._seen.pop(video.video_id, 0.0)
            head_start = self._head_start.pop(video.video_id, 0.0)
            found = worked_video(video, self._started_s)
            if found is None and seen >= LEAST_WORKED:
                found = WorkedVideo(video.cost_s, seen * video.cost_s)
            if found is not None:
                self._worked.append(found)
            share = max(0.0, (1.0 if is_made else seen) - head_start)
            self._cost_s += share * video.cost_s
            self._videos += share if is_made else 0.0

    def videos_per_hour(self, now_s: float) -> float | None:
        """Documents an hour since the watching began; None until there is one."""
        spent_s = now_s - self._started_s
        return self._videos / spent_s * 3600 if self._videos and spent_s >= LEAST_SPENT_S else None

    def eta_s(
        self,
        now_s: float,
        open_cost_s: float,
        running: Sequence[VideoView],
        *,
        largest_s: float = 0.0,
    ) -> float | None:
        """Seconds until the open cost is worked off at the pace of the last minutes, and not
        before each running video is; None until enough was worked off to tell. `largest_s` is the
        cost of the largest video that nobody has begun."""
        self._seen.update((video.video_id, _after_probe(video)) for video in running)
        since_s, before = self._mark(now_s, self._cost_s + self._gained(running))
        spent_s, gained = now_s - since_s, self._marks[-1][1] - before
        if gained <= 0 or spent_s < LEAST_SPENT_S:
            return None
        left = open_cost_s - sum(video.cost_s * _after_probe(video) for video in running)
        worked = [*self._worked, *filter(None, (worked_video(video, now_s) for video in running))]
        begun_s = [v.cost_s for v in running if time_left(v, now_s) is None and _after_probe(v) < 1]
        if not can_tell(worked, left, max([largest_s, *begun_s])):
            return None
        slowest_s = max((time_left(video, now_s) or 0.0 for video in running), default=0.0)
        return max(0.0, left * spent_s / gained, slowest_s)

    def _gained(self, running: Iterable[VideoView]) -> float:
        """The cost that the running videos have worked off since the beginning."""
        return sum(
            video.cost_s * max(0.0, _after_probe(video) - self._head_start.get(video.video_id, 0.0))
            for video in running
        )

    def _mark(self, now_s: float, worked: float) -> tuple[float, float]:
        """Notes what is worked off by now; the note that the pace is measured from."""
        if len(self._marks) > 1 and now_s - self._marks[-2][0] < LEAST_SPENT_S:
            self._marks.pop()
        self._marks.append((now_s, worked))
        while len(self._marks) > 2 and now_s - self._marks[1][0] >= WINDOW_S:
            self._marks.popleft()
        return self._marks[0]


@dataclass(frozen=True, slots=True)
class RecentPace:
    """Seconds until nothing is open, and videos an hour; None where nothing ended yet."""

    eta_s: float | None = None
    videos_per_hour: float | None = None


def recent_pace(videos: Sequence[VideoView], now_s: float) -> RecentPace:
    """The pace of the 50 videos that were made last, over the time in which they were worked on."""
    spans = sorted(
        (video.finished_s, video.started_s, video.cost_s)
        for video in videos
        if video.state in MADE
        and video.started_s is not None
        and video.finished_s is not None
        and video.finished_s >= video.started_s
    )[-RECENT:]
    if not spans:
        return RecentPace()
    running = [video for video in videos if video.state is VideoState.RUNNING]
    begin_s = min(started_s for _, started_s, _ in spans)
    span_s = max(1e-3, (now_s if running else spans[-1][0]) - begin_s)
    worked_s = sum(cost_s for _, _, cost_s in spans)
    left_s = sum(v.cost_s * (1 - fraction(v)) for v in videos if not v.state.is_final)
    worked = [
        WorkedVideo(cost_s, cost_s, ended_s - started_s) for ended_s, started_s, cost_s in spans
    ]
    worked += filter(None, (worked_video(video, now_s) for video in running))
    unknown_s = [
        video.cost_s
        for video in videos
        if not video.state.is_final and fraction(video) < 1 and time_left(video, now_s) is None
    ]
    can_be_told = can_tell(worked, left_s, max(unknown_s, default=0.0))
    slowest_s = max((time_left(video, now_s) or 0.0 for video in running), default=0.0)
    return RecentPace(
        eta_s=max(left_s * span_s / worked_s, slowest_s) if worked_s and can_be_told else None,
        videos_per_hour=len(spans) / span_s * 3600,
    )
