"""Frames: stills of the video, written into the attempt's folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from videobatch.media.files.atomic import KEYFRAMES, as_our_errors
from videobatch.media.files.folders import Folder
from videobatch.media.pictures.frames import pick_frames
from videobatch.pipeline.outputs.place import video_folder
from videobatch.pipeline.outputs.publication import attempt_dir, earlier_attempts, write_files
from videobatch.pipeline.work import Work
from videobatch.records import Coverage, Frame, FrameRef, Phase, Probe, Remark, Stage

# Of the content's SHA-256 in a still's name.
NAMED_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Still:
    """A keyframe that was written: its time, file name, size and SHA-256."""

    at_s: float
    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Stills:
    """The stills, where scenes change (s), and how much of the pictures could be read."""

    stills: tuple[Still, ...]
    scene_changes_s: tuple[float, ...]
    coverage: Coverage | None
    remarks: tuple[Remark, ...] = ()

    @property
    def refs(self) -> tuple[FrameRef, ...]:
        return tuple(FrameRef(still.at_s, still.name) for still in self.stills)


def frames_stage(work: Work, probe: Probe) -> Stills:
    """The video's stills.

    MUST leave them below `keyframes/` in the attempt's folder, on the disk. A video without
    pictures has none.
    """
    if probe.video is None:
        return Stills((), (), None)

    def on_time(at_s: float) -> None:
        work.progress.report(Stage.FRAMES, at_s, max(at_s, probe.duration_s))

    options = work.options
    with work.tools.phases.mark(Phase.CPU):
        pictures = pick_frames(
            work.path,
            work.root,
            probe,
            max_frames=options.max_frames,
            min_gap_s=options.min_gap_s,
            max_width=options.max_width,
            on_time=on_time,
        )
    named = [(_name(frame), frame) for frame in pictures.frames]
    with work.tools.phases.mark(Phase.IO):
        write_files(work.claim, _contents(named))
    stills = tuple(_still(name, frame) for name, frame in named)
    return Stills(stills, pictures.scene_changes, pictures.coverage)


def are_kept(work: Work, seen: Stills) -> bool:
    """True if this attempt's folder holds the stills; those of an earlier attempt are taken over.

    Safe to repeat. False means that the stage has to run again. Raises TransientError.
    """
    if not seen.stills:
        return True
    own = attempt_dir(work.claim)
    with as_our_errors(own):
        try:
            folder = video_folder(work.claim.job)
        except FileNotFoundError:
            return False
        with folder:
            if _hold(folder, own.name, seen):
                return True
            for earlier in earlier_attempts(work.claim, folder):
                if _hold(folder, earlier, seen):
                    _take_over(folder, earlier, own.name)
                    return True
    return False


def _take_over(folder: Folder, earlier: str, own: str) -> None:
    with folder.inside(earlier) as source, folder.inside(own, make=True) as target:
        target.remove_tree(KEYFRAMES)
        source.rename(KEYFRAMES, KEYFRAMES, target)
        target.sync()


def _hold(folder: Folder, attempt: str, seen: Stills) -> bool:
    try:
        with folder.inside(attempt) as inner, inner.inside(KEYFRAMES) as keyframes:
            return all(_is_whole(keyframes, still) for still in seen.stills)
    except OSError:
        return False


def _is_whole(keyframes: Folder, still: Still) -> bool:
    try:
        content = keyframes.read(still.name, still.size_bytes)
    except (OSError, ValueError):
        return False
    return hashlib.sha256(content).hexdigest() == still.sha256


def _contents(named: list[tuple[str, Frame]]) -> Iterator[tuple[str, bytes]]:
    for name, frame in named:
        yield f"{KEYFRAMES}/{name}", frame.jpeg


def _still(name: str, frame: Frame) -> Still:
    digest = hashlib.sha256(frame.jpeg).hexdigest()
    return Still(frame.at_s, name, len(frame.jpeg), digest)


def _name(frame: Frame) -> str:
    """The time in the name, so that a folder of stills sorts by it, and the content: documents of
    several templates share the folder, and may have other stills of the same moment
    (`00h01m05s250-1f0c9a3b.jpg`)."""
    total_ms = max(0, round(frame.at_s * 1000))
    seconds, ms = divmod(total_ms, 1000)
    time = f"{seconds // 3600:02d}h{seconds // 60 % 60:02d}m{seconds % 60:02d}s{ms:03d}"
    return f"{time}-{hashlib.sha256(frame.jpeg).hexdigest()[:NAMED_DIGITS]}.jpg"
