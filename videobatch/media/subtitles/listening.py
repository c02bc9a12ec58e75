"""Finds by samples whether somebody speaks in some stretches of a video's sound."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from av.stream import Stream
from numpy.typing import NDArray

from videobatch.errors import InputError
from videobatch.media.container.source import open_media
from videobatch.media.container.streams import codec_name, origin_s, packets, read_only
from videobatch.media.sound.pcm import PcmReader
from videobatch.media.sound.silence import ABOVE_FLOOR_DB, FLOOR_PERCENTILE, LOUDEST_DB, QUIETEST_DB
from videobatch.media.sound.tape import levels_db
from videobatch.media.subtitles.covering import Span
from videobatch.records import SAMPLE_RATE_HZ, AudioTrack, Probe

WINDOW_S, MOST_WINDOWS = 1.5, 24
# Speech rises and falls by more than this within a second; hum and hiss do not.
LEAST_SWING_DB = 6.0
# In packets: a seek that ends further away is given up.
MOST_PACKETS = 2000


def speech_share(path: Path, root: Path, probe: Probe, gaps: Sequence[Span]) -> float:
    """The part of the stretches (s) in which somebody seems to speak, 0 to 1: what is louder than
    the pauses around it, and no steady noise. Raises as `open_media`."""
    track = probe.audio
    if track is None or not gaps:
        return 0.0
    windows = _windows(gaps)
    found = [] if probe.joins else list(_sought(path, root, track, windows))
    if len(found) * 2 < len(windows):
        # No index to go by: the sound is read through.
        found = list(_read_through(path, root, probe, track, windows))
    if not found:
        return 0.0
    levels = [levels_db(samples) for samples in found]
    floor_db = float(np.percentile(np.concatenate(levels), FLOOR_PERCENTILE))
    threshold_db = min(max(floor_db + ABOVE_FLOOR_DB, QUIETEST_DB), LOUDEST_DB)
    return sum(_voiced(each, threshold_db) for each in levels) / len(levels)


def _windows(gaps: Sequence[Span]) -> list[Span]:
    """Evenly spread over the stretches, as if they were one."""
    total_s = sum(end - start for start, end in gaps)
    count = max(1, min(MOST_WINDOWS, math.floor(total_s / WINDOW_S)))
    found: list[Span] = []
    for number in range(count):
        left_s = total_s * (number + 0.5) / count
        for start, end in gaps:
            if left_s < end - start:
                middle = start + left_s
                found.append((max(start, middle - WINDOW_S / 2), min(end, middle + WINDOW_S / 2)))
                break
            left_s -= end - start
    return found


def _voiced(levels: NDArray[np.float32], threshold_db: float) -> float:
    """The part of a window that is voiced: none of it where the level hardly moves."""
    low, high = np.percentile(levels, [10, 90])
    return float(np.mean(levels > threshold_db)) if high - low >= LEAST_SWING_DB else 0.0


def _sought(
    path: Path, root: Path, track: AudioTrack, windows: Sequence[Span]
) -> Iterator[NDArray[np.int16]]:
    """The windows' sound by seeking; those that cannot be reached are left out."""
    try:
        with open_media(path, root) as container:
            stream = container.streams[track.index]
            if codec_name(stream) is None:
                return
            read_only(container, stream)
            for window in windows:
                samples = _window(container, stream, window)
                if len(samples) >= SAMPLE_RATE_HZ * 0.3:
                    yield samples
    except InputError:
        return


def _window(container: InputContainer, stream: Stream, window: Span) -> NDArray[np.int16]:
    origin = origin_s(container)
    tick_s = float(stream.time_base or 0)
    resampler = AudioResampler(format="s16p", rate=SAMPLE_RATE_HZ)
    pieces: list[NDArray[np.int16]] = []
    try:
        container.seek(round((window[0] + origin) / tick_s), stream=stream)
    except (av.FFmpegError, ZeroDivisionError):
        return np.empty(0, np.int16)
    for count, packet in enumerate(packets(container, stream)):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue
        for frame in frames:
            if not isinstance(frame, AudioFrame) or frame.pts is None:
                continue
            at_s = frame.pts * tick_s - origin
            if at_s >= window[1]:
                return _loudest(pieces)
            if at_s >= window[0] - 0.1:
                frame.pts = None
                pieces.extend(_samples(each) for each in resampler.resample(frame))
        if count >= MOST_PACKETS:
            break
    return _loudest(pieces)


def _samples(frame: AudioFrame) -> NDArray[np.int16]:
    """(channels, n)"""
    return frame.to_ndarray().astype(np.int16, copy=False)


def _loudest(pieces: Sequence[NDArray[np.int16]]) -> NDArray[np.int16]:
    """The channel with most in it: a mix of two that are out of phase would be silent."""
    if not pieces:
        return np.empty(0, np.int16)
    # The number of channels may change in the middle.
    same = [piece for piece in pieces if len(piece) == len(pieces[0])]
    channels = np.concatenate(same, axis=1)
    found: NDArray[np.int16] = channels[int(np.argmax(channels.astype(np.float32).std(axis=1)))]
    return found


def _read_through(
    path: Path, root: Path, probe: Probe, track: AudioTrack, windows: Sequence[Span]
) -> Iterator[NDArray[np.int16]]:
    rest = list(windows)
    held: list[NDArray[np.int16]] = []
    for piece in PcmReader(path, root, probe, track):
        end_s = piece.start_s + len(piece.samples) / SAMPLE_RATE_HZ
        while rest and rest[0][0] < end_s:
            start = max(0, round((rest[0][0] - piece.start_s) * SAMPLE_RATE_HZ))
            stop = max(0, round((rest[0][1] - piece.start_s) * SAMPLE_RATE_HZ))
            held.append(piece.samples[start:stop])
            if rest[0][1] > end_s:
                break
            yield np.concatenate(held)
            held.clear()
            rest.pop(0)
    if held and rest:
        yield np.concatenate(held)
