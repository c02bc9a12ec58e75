"""A file and the parts of it: its tracks, its sound, its stills."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Most of what reads records never touches a sample, and numpy takes 0.1 s to load.
    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000


@dataclass(frozen=True, slots=True)
class VideoTrack:
    index: int
    codec: str
    width: int
    height: int
    rotation_deg: int
    fps: float | None


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """A sound track; `flags` are FFmpeg's names of its dispositions (`default`, `comment`, ...),
    and `is_wordless` that it says of itself that nobody speaks in it."""

    index: int
    codec: str
    sample_rate_hz: int
    channels: int
    language: str | None
    title: str | None = None
    flags: tuple[str, ...] = ()
    is_wordless: bool = False


@dataclass(frozen=True, slots=True)
class SubtitleTrack:
    """A text stream. `title` and the flags are what the file says of it; `forced` is meant for
    foreign words alone."""

    index: int
    codec: str
    language: str | None
    title: str | None = None
    forced: bool = False
    hearing_impaired: bool = False
    commentary: bool = False


@dataclass(frozen=True, slots=True)
class Probe:
    """A file's own account of itself; `duration_s` is declared, not measured (0 if unknown).

    Where the stamps begin anew in the middle, `joins` are what is to be added to those of each
    part but the first (s), and the duration is measured. `sounds` are all sound tracks, `audio`
    the one that a player would start with. `heirs` are streams that take each other's place from
    part to part, where the joined recordings number them differently.
    """

    container: str
    duration_s: float
    size_bytes: int
    content_hash: str
    video: VideoTrack | None
    audio: AudioTrack | None
    subtitles: tuple[SubtitleTrack, ...] = ()
    title: str | None = None
    joins: tuple[float, ...] = ()
    heirs: tuple[tuple[int, ...], ...] = ()
    sounds: tuple[AudioTrack, ...] = ()


@dataclass(frozen=True, slots=True)
class AudioSegment:
    """A stretch of sound between two cuts: 16 kHz mono samples, shape (n,), int16. `terms` are
    words and names that may be said in it, for a recogniser that can be told."""

    index: int
    start_s: float
    samples: NDArray[np.int16]
    terms: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE_HZ

    @property
    def end_s(self) -> float:
        return self.start_s + self.duration_s

    @property
    def content_hash(self) -> str:
        """SHA-256 of the samples (little endian), so that equal sound is known again."""
        return hashlib.sha256(self.samples.astype("<i2", copy=False).tobytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class Frame:
    """A still of the video: its time and its JPEG bytes."""

    at_s: float
    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A still as a language model is shown it: its time and its JPEG bytes."""

    at_s: float
    jpeg: bytes
