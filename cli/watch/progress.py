"""A batch as the command line shows it: progress, speed and time left, worked out from views."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from cli.shared import outside
from cli.shared.schema import BatchOut, ErrorOut, PauseOut, RemarkOut, VideoOut
from cli.watch.foresight import LEAST_WORKED, Sample, can_tell
from videobatch.paths import display, from_uri
from videobatch.records import Pause, Stage, VideoState
from videobatch.state.views import BatchView, VideoView

# How much of a video's time each stage takes, for one bar over all of them. Measured shares of
# offline recognition; the bar only has to move evenly.
STAGE_SHARES = {
    Stage.PROBE: 0.01,
    Stage.TRANSCRIBE: 0.82,
    Stage.FRAMES: 0.11,
    Stage.COMPOSE: 0.03,
    Stage.WRITE: 0.03,
}
# Below this, a rate is made of start-up times and chance.
LEAST_SPENT_S = 1.0
# Below this part of a video, its pace is that of its first moments.
LEAST_DONE = 0.02
# How many videos a pace is judged by.
MOST_SAMPLES = 50
# A pace is of the last minutes, so that a pause or a change of concurrency is soon forgotten.
WINDOW_S = 300.0
MADE = {VideoState.DONE, VideoState.PARTIAL}
_TIMED = {Stage.TRANSCRIBE.value, Stage.FRAMES.value}


def fraction(video: VideoView) -> float:
    """How far a video is over all its stages, 0 to 1."""
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


def _worked(video: VideoView) -> float:
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
    done = _worked(video)
    if video.started_s is None or not 0 < done < 1:
        return None
    spent_s = now_s - video.started_s
    if spent_s < LEAST_SPENT_S or done < LEAST_DONE:
        return None
    return spent_s * (1 - done) / done


def sample(video: VideoView, now_s: float) -> Sample | None:
    """What the video tells of how long others take; None for one that was hardly worked on."""
    done = _worked(video) if video.state is VideoState.RUNNING else float(video.state in MADE)
    if video.started_s is None or done < LEAST_WORKED:
        return None
    ended_s = now_s if video.finished_s is None else video.finished_s
    return Sample(video.cost_s, done * video.cost_s, max(0.0, ended_s - video.started_s))


def video_out(video: VideoView, now_s: float) -> VideoOut:
    """The video in the schema of `--json`."""
    running = video.state is VideoState.RUNNING
    made = video.state in MADE
    folder = from_uri(video.job.out_uri)
    pace = speed(video, now_s) if running else None
    left = time_left(video, now_s) if running else None
    return VideoOut(
        id=video.video_id,
        path=video.name,
        template=video.job.template,
        state=video.state.value,
        stage=video.stage if running else None,
        progress=round(fraction(video), 3),
        speed=round(pace, 1) if pace else None,
        eta_s=round(left, 1) if left is not None else None,
        attempts=video.attempts,
        worker=video.worker if running else None,
        duration_s=video.result.duration_s if video.result else None,
        elapsed_s=video.result.elapsed_s if video.result else None,
        note=video.result.note if video.result else None,
        remarks=tuple(
            RemarkOut(code=remark.code.value, message=remark.message)
            for remark in (video.result.remarks if video.result else ())
        ),
        document=display(folder / f"{video.job.template}.md") if made else None,
        cost_usd=round(video.paid_usd, 6),
        error=_error_out(video),
    )


def _error_out(video: VideoView) -> ErrorOut | None:
    error = video.error
    if error is None or video.state in MADE or video.state is VideoState.CANCELLED:
        return None
    return ErrorOut(kind=error.kind.value, code=error.code, message=error.message, hint=error.hint)


class Pace:
    """Work done per second since the watching began, from the cost that each video was given.

    `running` are the videos that were under way at the beginning: their earlier work is not of
    this time. Of a video that failed or was cancelled only the work seen counts, and nothing of
    one that was made before.
    """

    def __init__(self, started_s: float, running: Iterable[VideoView] = ()) -> None:
        self._started_s = started_s
        self._head_start = {video.video_id: _worked(video) for video in running}
        self._seen: dict[str, float] = {}
        self._samples: deque[Sample] = deque(maxlen=MOST_SAMPLES)
        self._cost_s = 0.0
        self._videos = 0.0
        self._marks = deque([(started_s, 0.0)])

    def add(self, finished: Iterable[VideoView]) -> None:
        """Counts videos that came to an end since the last call."""
        for video in finished:
            is_made = video.state in MADE and video.started_s is not None
            seen = self._seen.pop(video.video_id, 0.0)
            head_start = self._head_start.pop(video.video_id, 0.0)
            found = sample(video, self._started_s)
            if found is None and seen >= LEAST_WORKED:
                found = Sample(video.cost_s, seen * video.cost_s)
            if found is not None:
                self._samples.append(found)
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
        self._seen.update((video.video_id, _worked(video)) for video in running)
        since_s, before = self._mark(now_s, self._cost_s + self._gained(running))
        spent_s, gained = now_s - since_s, self._marks[-1][1] - before
        if gained <= 0 or spent_s < LEAST_SPENT_S:
            return None
        left = open_cost_s - sum(video.cost_s * _worked(video) for video in running)
        samples = [*self._samples, *filter(None, (sample(video, now_s) for video in running))]
        begun_s = [v.cost_s for v in running if time_left(v, now_s) is None and _worked(v) < 1]
        if not can_tell(samples, left, max([largest_s, *begun_s])):
            return None
        slowest_s = max((time_left(video, now_s) or 0.0 for video in running), default=0.0)
        return max(0.0, left * spent_s / gained, slowest_s)

    def _gained(self, running: Iterable[VideoView]) -> float:
        """The cost that the running videos have worked off since the beginning."""
        return sum(
            video.cost_s * max(0.0, _worked(video) - self._head_start.get(video.video_id, 0.0))
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


def _pause(pause: Pause) -> PauseOut:
    return PauseOut(
        cause=display(pause.cause), message=display(pause.message), resume_s=pause.resume_s
    )


def unwritten(counts: Mapping[str, int]) -> str | None:
    """How many documents were made without their language model, and why; None where all have
    it."""
    if not counts:
        return None
    reasons = ", ".join(f"{count} {reason}" for reason, count in counts.items())
    return f"{sum(counts.values())} made without the language model ({reasons})"


def batch_out(
    batch: BatchView,
    videos: Sequence[VideoView],
    now_s: float,
    *,
    eta_s: float | None,
    videos_per_hour: float | None,
) -> BatchOut:
    """The batch in the schema of `--json`, with the videos given."""
    is_over = batch.total > 0 and batch.open_videos == 0 and batch.state != "cancelled"
    return BatchOut(
        batch=batch.batch_id,
        name=batch.name,
        state="finished" if is_over else batch.state,
        reason=display(batch.reason) if batch.reason and not is_over else None,
        pauses=() if is_over else tuple(_pause(pause) for pause in batch.pauses),
        out=outside.shown(from_uri(batch.out_uri)),
        total=batch.total,
        counts={state.value: n for state, n in batch.counts.items() if n},
        open=batch.open_videos,
        eta_s=round(eta_s, 1) if eta_s is not None else None,
        videos_per_hour=round(videos_per_hour, 1) if videos_per_hour is not None else None,
        cost_usd=round(batch.paid_usd, 6),
        unwritten=dict(batch.unwritten),
        videos=tuple(video_out(video, now_s) for video in videos),
    )
