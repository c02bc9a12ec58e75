"""The sound of a file as 16 kHz mono samples, piece by piece, each with its true time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from numpy.typing import NDArray

from videobatch.media.container.source import open_media
from videobatch.media.container.streams import (
    codec_name,
    declared_s,
    is_guessed,
    origin_s,
    placed,
)
from videobatch.media.sound.mixing import Mixer, frame_of, samples_of
from videobatch.records import SAMPLE_RATE_HZ, AudioTrack, Probe

# Decoded frames are gathered before they are resampled: one call for about this much sound
# instead of one for each 20 ms frame.
GATHERED_S = 1.0

# A jump of the time stamps below this is rounding; above it, sound is missing or repeated.
JUMP_S = 0.1
# Where the rate is not the one that the file began with (joined recordings), the demuxer reckons
# stamps between those of the file by the first rate: they are off by less than this.
JUMP_OF_ANOTHER_RATE_S = 0.5


@dataclass(frozen=True, slots=True)
class Pcm:
    """A piece of sound: when it starts (s from the video's start) and its samples, int16 (n,)."""

    start_s: float
    samples: NDArray[np.int16]


class PcmReader:
    """Iterates over the sound of one stream, once, with bounded memory.

    Afterwards `declared_s` (`is_guessed` if only from the size), `decoded_s` (sum of what came),
    `end_s` (time of its end), `sent_s` (that of the last packet, whether it gave sound or not) and
    `errors` (packets that did not decode) say how it went. Bad packets are passed over.
    """

    def __init__(self, path: Path, root: Path, probe: Probe, track: AudioTrack) -> None:
        self._path = path
        self._root = root
        self._probe = probe
        self._stream_index = track.index
        self.declared_s = 0.0
        self.is_guessed = False
        self.decoded_s = 0.0
        self.end_s = 0.0
        self.sent_s = 0.0
        self.errors = 0

    def __iter__(self) -> Iterator[Pcm]:
        with open_media(self._path, self._root) as container:
            stream = container.streams[self._stream_index]
            joined = bool(self._probe.joins)
            self.declared_s = self._probe.duration_s if joined else declared_s(container, stream)
            self.is_guessed = is_guessed(container)
            if codec_name(stream) is None:
                return
            for piece in self._pieces(container, stream):
                self.decoded_s += len(piece.samples) / SAMPLE_RATE_HZ
                self.end_s = max(self.end_s, piece.start_s + len(piece.samples) / SAMPLE_RATE_HZ)
                yield piece

    def _pieces(self, container: InputContainer, stream: Stream) -> Iterator[Pcm]:
        origin, tick_s = origin_s(container), float(stream.time_base or 0)
        context = stream.codec_context
        rate_hz = context.sample_rate if isinstance(context, AudioCodecContext) else 0
        run = _Run(0.0, rate_hz)
        for packet in placed(container, stream, self._probe.joins, self._probe.heirs):
            if packet.pts is not None and packet.size:
                self.sent_s = max(self.sent_s, packet.pts * tick_s - origin)
            for frame in self._decode(packet):
                at_s = run.next_s if frame.pts is None else frame.pts * tick_s - origin
                if not run.takes(frame, at_s):
                    yield from run.finish()
                    run = _Run(at_s, rate_hz)
                if run.add(frame):
                    yield from run.pieces()
        yield from run.finish()

    def _decode(self, packet: Packet[Stream]) -> list[AudioFrame]:
        try:
            frames = packet.decode()
        except av.FFmpegError:
            # A decoder that was flushed at a join has nothing more to give at the end.
            self.errors += bool(packet.size)
            return []
        return [f for f in frames if isinstance(f, AudioFrame) and f.samples]


class _Run:
    """Sound without a jump in time or a change of format: one resampler, one clock."""

    def __init__(self, start_s: float, rate_hz: int) -> None:
        self._start_s = start_s
        self._usual_rate_hz = rate_hz
        self._resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
        self._gathered = AudioFifo()
        self._mixer: Mixer | None = None
        self._format: tuple[str, str, int] | None = None
        self._samples_in = 0
        self._samples_out = 0

    @property
    def next_s(self) -> float:
        """The time at which the run goes on."""
        rate = self._format[2] if self._format else 1
        return self._start_s + self._samples_in / rate

    def takes(self, frame: AudioFrame, at_s: float) -> bool:
        """True if the frame goes on where the run stands, in the same format."""
        if self._format is None:
            # The first frame sets the clock.
            self._start_s = at_s
            return True
        is_usual = frame.sample_rate == self._usual_rate_hz
        jump_s = JUMP_S if is_usual else JUMP_OF_ANOTHER_RATE_S
        return abs(at_s - self.next_s) <= jump_s and self._format == _format_of(frame)

    def add(self, frame: AudioFrame) -> bool:
        """Takes the frame; True when enough is gathered for `pieces`."""
        if self._format is None:
            self._format = _format_of(frame)
            if frame.layout.nb_channels > 1:
                names = [channel.name for channel in frame.layout.channels]
                self._mixer = Mixer(names, frame.sample_rate)
        self._samples_in += frame.samples
        # The fifo compares time stamps to the sample; ours were compared in `takes`.
        frame.pts = None
        self._gathered.write(frame)
        return self._gathered.samples >= GATHERED_S * self._format[2]

    def pieces(self) -> Iterator[Pcm]:
        """Gives what is gathered, as one channel, resampled."""
        yield from self._mixed(self._gathered.read())

    def finish(self) -> Iterator[Pcm]:
        if self._format is None:
            return
        if self._gathered.samples:
            yield from self._mixed(self._gathered.read(partial=True))
        if self._mixer is not None:
            for samples in self._mixer.finish():
                yield from self._resample(frame_of(samples, self._format[2]))
        yield from self._resample(None)

    def _mixed(self, frame: AudioFrame | None) -> Iterator[Pcm]:
        if self._mixer is None or frame is None:
            yield from self._resample(frame)
            return
        for samples in self._mixer.feed(samples_of(frame)):
            yield from self._resample(frame_of(samples, frame.sample_rate))

    def _resample(self, frame: AudioFrame | None) -> Iterator[Pcm]:
        if frame is not None:
            frame.pts = None
        for resampled in self._resampler.resample(frame):
            samples = resampled.to_ndarray()[0].astype(np.int16, copy=False)
            start_s = self._start_s + self._samples_out / SAMPLE_RATE_HZ
            self._samples_out += len(samples)
            yield Pcm(start_s, samples)


def _format_of(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate
