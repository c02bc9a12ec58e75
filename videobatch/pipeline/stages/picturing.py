"""Frames: stills of the video, written into the attempt's folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from videobatch.media import files
from videobatch.media.files import KEYFRAMES
from videobatch.media.frames import pick_frames
from videobatch.pipeline.publication import attempt_dir, earlier_attempts
from videobatch.pipeline.work import Work
from videobatch.records import Coverage, Frame, FrameRef, Phase, Probe, Remark, Stage


@dataclass(frozen=True, slots=True)
class Still:
    """A keyframe that was written: its time, file name, size and SHA-256."""

    at_s: float
    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The stills, where scenes change (s), and how much of the pictures could be read."""

    stills: tuple[Still, ...]
    scene_changes_s: tuple[float, ...]
    coverage: Coverage | None
    remarks: tuple[Remark, ...] = ()

    @property
    def refs(self) -> tuple[FrameRef, ...]:
        return tuple(FrameRef(still.at_s, still.name) for still in self.stills)


def frames_stage(work: Work, probe: Probe) -> Seen:
    """The video's stills.

    MUST leave them below `keyframes/` in the attempt's folder, on the disk. A video without
    pictures has none.
    """
    if probe.video is None:
        return Seen((), (), None)

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
    named = [(_name(frame.at_s), frame) for frame in pictures.frames]
    with work.tools.phases.mark(Phase.IO):
        files.write_group(attempt_dir(work.claim), _contents(named))
    stills = tuple(_still(name, frame) for name, frame in named)
    return Seen(stills, pictures.scene_changes, pictures.coverage)


def are_kept(work: Work, seen: Seen) -> bool:
    """True if this attempt's folder holds the stills; those of an earlier attempt are taken over.

    Safe to repeat. False means that the stage has to run again.
    """
    here = attempt_dir(work.claim) / KEYFRAMES
    if not seen.stills or _hold(here, seen):
        return True
    for folder in earlier_attempts(work.claim):
        if _hold(folder / KEYFRAMES, seen):
            files.take_over(folder, attempt_dir(work.claim), KEYFRAMES)
            return True
    return False


def _hold(folder: Path, seen: Seen) -> bool:
    return all(_is_whole(folder / still.name, still) for still in seen.stills)


def _is_whole(path: Path, still: Still) -> bool:
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return hashlib.sha256(content).hexdigest() == still.sha256


def _contents(named: list[tuple[str, Frame]]) -> Iterator[tuple[str, bytes]]:
    for name, frame in named:
        yield f"{KEYFRAMES}/{name}", frame.jpeg


def _still(name: str, frame: Frame) -> Still:
    digest = hashlib.sha256(frame.jpeg).hexdigest()
    return Still(frame.at_s, name, len(frame.jpeg), digest)


def _name(at_s: float) -> str:
    """The time in the name, so that a folder of stills sorts by it: `00h01m05s250.jpg`."""
    total_ms = max(0, round(at_s * 1000))
    seconds, ms = divmod(total_ms, 1000)
    return f"{seconds // 3600:02d}h{seconds // 60 % 60:02d}m{seconds % 60:02d}s{ms:03d}.jpg"
