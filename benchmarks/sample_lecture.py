"""A lecture to measure with: 1080p H.264 with slides, AAC with pauses or speech, 1.3 Mbit/s."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from cli.demo.scripts import load_talks
from cli.demo.speech import RATE_HZ as SPOKEN_HZ
from cli.demo.speech import synthesise

WIDTH, HEIGHT, FPS, GOP = 1920, 1080, 30, 144
RATE_HZ = 48_000
VIDEO_BITS_PER_S, AUDIO_BITS_PER_S = 1_150_000, 128_000
UNIT_S = 48  # Ten groups of pictures; the unit is encoded once and then repeated.
SLIDE_S = 24

# Samples from -1 to 1 at RATE_HZ, shape (2, n).
Sound: TypeAlias = NDArray[np.float32]


def lecture(folder: Path, minutes: int = 30, *, spoken: bool = False) -> Path:
    """The file in `folder`, made there if it is not yet. Takes about a minute to make.

    Its sound is noise in the rhythm of speech, or `spoken` by espeak-ng, which is a development
    dependency. Raises SettingsError if that is missing.
    """
    kind = "-spoken" if spoken else ""
    path = folder / f"lecture-{minutes}min{kind}.mp4"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    unit, part = folder / f"unit{kind}.mp4", path.with_suffix(".part")
    _encode_unit(unit, _speech() if spoken else _noise())
    _repeat(unit, part, times=-(-minutes * 60 // UNIT_S))
    unit.unlink()
    part.rename(path)
    return path


def _encode_unit(path: Path, sound: Sound) -> None:
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=FPS)
        audio = container.add_stream("aac", rate=RATE_HZ, layout="stereo")
        assert isinstance(video, VideoStream)
        assert isinstance(audio, AudioStream)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.bit_rate, audio.bit_rate = VIDEO_BITS_PER_S, AUDIO_BITS_PER_S
        video.codec_context.gop_size = GOP
        video.codec_context.options = {"preset": "superfast", "sc_threshold": "0"}
        for packet in _in_step(_video_packets(video), _audio_packets(audio, sound)):
            container.mux(packet)


def _in_step(*sources: Iterator[Packet[Stream]]) -> Iterator[Packet[Stream]]:
    """The packets of all sources in the order of their times, as a muxer wants them."""
    heads = {index: packet for index, s in enumerate(sources) if (packet := next(s, None))}
    while heads:
        index = min(heads, key=lambda i: (heads[i].dts or 0) * heads[i].time_base)
        yield heads.pop(index)
        following = next(sources[index], None)
        if following is not None:
            heads[index] = following


def _video_packets(stream: VideoStream) -> Iterator[Packet[Stream]]:
    grain = np.random.default_rng(0).integers(-1, 2, (HEIGHT, WIDTH, 3), dtype=np.int16)
    for number in range(UNIT_S * FPS):
        if number % (SLIDE_S * FPS) == 0:
            slide = _slide(number // (SLIDE_S * FPS))
        moving = slide + np.roll(grain, number * 7, axis=1)
        # The speaker's window: a field that moves all the time.
        at = 1500 + round(60 * np.sin(number / 9))
        moving[760:1040, at : at + 280] = 90 + grain[:280, :280] * 30
        frame = VideoFrame.from_ndarray(np.clip(moving, 0, 255).astype(np.uint8), format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _slide(number: int) -> NDArray[np.int16]:
    """A light page with dark lines, as far as an encoder can tell."""
    rng = np.random.default_rng(number)
    page = np.full((HEIGHT, WIDTH, 3), 235, dtype=np.int16)
    for line in range(12):
        top, left = 100 + line * 70, 120
        for width in rng.integers(30, 160, 9):
            page[top : top + 34, left : left + int(width)] = 40
            left += int(width) + 25
    return page


def _noise() -> Sound:
    """Four syllables a second, and a second of silence in each eight."""
    times = np.arange(UNIT_S * RATE_HZ) / RATE_HZ
    shape = (0.6 + 0.4 * np.cos(2 * np.pi * 4 * times)) * (times % 8 < 7) * 0.1 + 0.0003
    noise = np.random.default_rng(1).standard_normal((2, len(times))) * shape
    return np.clip(noise, -1, 1).astype(np.float32)


def _speech() -> Sound:
    """The talks of the demonstration, from the first sentence on, half a second between two."""
    pause = np.zeros(SPOKEN_HZ // 2, np.int16)
    pieces: list[NDArray[np.int16]] = []
    wanted = UNIT_S * SPOKEN_HZ
    for text in (text for talk in load_talks() for slide in talk.slides for text in slide.speech):
        pieces += [synthesise(text), pause]
        if sum(map(len, pieces)) >= wanted:
            break
    whole = np.concatenate(pieces)[:wanted] / 2**15
    # An espeak-ng voice has nothing above 11 kHz, so that straight lines between its samples do.
    times = np.arange(UNIT_S * RATE_HZ) / RATE_HZ
    mono = np.interp(times, np.arange(len(whole)) / SPOKEN_HZ, whole).astype(np.float32)
    return np.stack([mono, mono])


def _audio_packets(stream: AudioStream, sound: Sound) -> Iterator[Packet[Stream]]:
    for begin in range(0, sound.shape[1], 1024):
        piece = np.ascontiguousarray(sound[:, begin : begin + 1024])
        frame = AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = RATE_HZ, begin
        frame.time_base = Fraction(1, RATE_HZ)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _repeat(unit: Path, path: Path, times: int) -> None:
    """The unit `times` over, without encoding it again."""
    with av.open(str(path), "w", format="mp4") as target, av.open(str(unit)) as first:
        streams = {s.index: target.add_stream_from_template(s) for s in first.streams}
        last = dict.fromkeys(streams, -(2**62))
        for number in range(times):
            with av.open(str(unit)) as source:
                for packet in source.demux():
                    if packet.dts is None or packet.pts is None:
                        continue
                    shift = round(number * UNIT_S / packet.time_base)
                    if packet.dts + shift <= last[packet.stream_index]:
                        continue  # An encoder's first packet of sound lies before its zero.
                    packet.dts, packet.pts = packet.dts + shift, packet.pts + shift
                    last[packet.stream_index] = packet.dts
                    packet.stream = streams[packet.stream_index]
                    target.mux(packet)
