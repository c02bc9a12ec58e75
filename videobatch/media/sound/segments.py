"""The sound of a video as segments for a recogniser, streamed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from videobatch.media.sound.coverage import sound_coverage
from videobatch.media.sound.pcm import PcmReader
from videobatch.media.sound.silence import Segmenter
from videobatch.records import AudioSegment, AudioTrack, Coverage, Probe


class AudioReader:
    """Iterates over the segments of a video's sound, once, with one segment in memory: of `track`,
    or of the one that a player would start with.

    A segment is at most `max_segment_s` long and cut at silences; `min_segment_s` (a third of
    that by default) is the length from which a silence of 2 s ends it. Silence between segments
    is not given, and times are the container's. The same file and limits give the same segments
    on the same kind of machine, so their hashes are keys of stored results.

    After the last segment, `coverage` says how much could be read and `pauses` where nobody
    speaks for 0.7 s or longer (start and end, s). `clock_s` is the time read up to so far, and
    `sounding_s` how much of it was given in segments: 0 for silence.
    """

    def __init__(
        self,
        path: Path,
        root: Path,
        probe: Probe,
        *,
        max_segment_s: float,
        min_segment_s: float | None = None,
        track: AudioTrack | None = None,
    ) -> None:
        if max_segment_s < 1:
            raise ValueError("a segment lasts at least a second")
        self._path, self._root, self._probe = path, root, probe
        self._track = track or probe.audio
        shortest_s = max_segment_s / 3 if min_segment_s is None else min_segment_s
        self._segmenter = Segmenter(max_segment_s, shortest_s)
        self._coverage: Coverage | None = None
        self.clock_s = 0.0
        self.sounding_s = 0.0

    def __iter__(self) -> Iterator[AudioSegment]:
        """Raises as `open_media`. A video without sound has no segments."""
        track = self._track
        if track is None:
            self._coverage = Coverage(0.0, 0.0)
            return
        pcm = PcmReader(self._path, self._root, self._probe, track)
        for piece in pcm:
            self.clock_s = pcm.end_s
            yield from self._counted(self._segmenter.feed(piece))
        yield from self._counted(self._segmenter.finish())
        self._coverage = sound_coverage(self._path, self._root, self._probe, track, pcm)

    def _counted(self, segments: Iterator[AudioSegment]) -> Iterator[AudioSegment]:
        for segment in segments:
            self.sounding_s += segment.duration_s
            yield segment

    @property
    def coverage(self) -> Coverage:
        """The part of the sound that could be read. Raises RuntimeError before the last segment."""
        if self._coverage is None:
            raise RuntimeError("the segments have not been read to their end")
        return self._coverage

    @property
    def pauses(self) -> tuple[tuple[float, float], ...]:
        return tuple(self._segmenter.pauses)
