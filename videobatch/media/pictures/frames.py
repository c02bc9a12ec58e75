"""Stills of a video for its document: one for each scene, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from videobatch.media.container.completeness import pictures_end_s
from videobatch.media.container.source import open_media
from videobatch.media.container.streams import (
    clock,
    codec_name,
    declared_s,
    origin_s,
    placed,
    shortfall,
    stops_early,
)
from videobatch.media.pictures.album import Album
from videobatch.records import Coverage, Frame, Probe

# Keyframes further apart than this on average would miss slides: then all pictures are decoded
# and looked at in steps. A short video is cheap to decode, so it is looked at more closely.
SPARSE_S, SPARSE_SHORT_S, SHORT_S = 20.0, 5.0, 120.0
SAMPLES, LEAST_STEP_S = 400, 1.0

DECODER_THREADS = 3


@dataclass(frozen=True, slots=True)
class Pictures:
    """The stills, the times (s) at which a new scene begins, and how much could be read."""

    frames: tuple[Frame, ...]
    scene_changes: tuple[float, ...]
    coverage: Coverage


def pick_frames(
    path: Path,
    root: Path,
    probe: Probe,
    *,
    max_frames: int,
    min_gap_s: float,
    max_width: int = 960,
    on_time: Callable[[float], None] | None = None,
) -> Pictures:
    """One still of each scene, at most `max_frames`, at least `min_gap_s` apart.

    Only keyframes are decoded, unless they are too far apart. A still is taken late in its
    scene, when a slide is complete; its time is its own. A video that can be decoded has at
    least one. `on_time` is told the time reached. Raises as `open_media`.
    """
    if probe.video is None:
        return Pictures((), (), Coverage(0.0, 0.0))
    with open_media(path, root) as container:
        stream = container.streams[probe.video.index]
        declared = probe.duration_s if probe.joins else declared_s(container, stream)
        if not isinstance(stream, VideoStream) or codec_name(stream) is None:
            return Pictures((), (), _undecodable(probe.video.codec, declared))
        stream_position = container.streams.video.index(stream)
        gap_s = max(min_gap_s, declared / (2 * max(1, max_frames)))
        album = _look(container, stream, probe, Album(max_frames, gap_s, max_width), on_time, None)
        # The length of a joined file was measured, and its stamps are no place to seek to.
        end_s = declared if probe.joins else pictures_end_s(container, declared, album.last_s)
    if _is_sparse(album, end_s):
        # Opened anew, because the decoder and the demuxer were told to skip.
        with open_media(path, root) as container:
            stream = container.streams.video[stream_position]
            album = Album(max_frames, gap_s, max_width)
            _look(container, stream, probe, album, on_time, max(LEAST_STEP_S, end_s / SAMPLES))
    return Pictures(
        album.frames(), album.scene_changes, _coverage(album, probe.video.codec, declared, end_s)
    )


def _look(
    container: InputContainer,
    stream: VideoStream,
    probe: Probe,
    album: Album,
    on_time: Callable[[float], None] | None,
    step_s: float | None,
) -> Album:
    """Shows the album the keyframes, or with `step_s` a picture of each step."""
    origin = origin_s(container)
    next_s = float("-inf")
    only_keyframes = step_s is None
    for frame in _decoded(container, stream, probe, only_keyframes=only_keyframes, album=album):
        if frame.pts is None:
            continue
        at_s = round(max(0.0, frame.time - origin), 3)
        if at_s < next_s or (frame.is_corrupt and album.shown):
            continue
        next_s = at_s + (step_s or 0.0)
        album.show(at_s, frame, stream.sample_aspect_ratio)
        if on_time is not None:
            on_time(at_s)
    album.close()
    return album


def _decoded(
    container: InputContainer,
    stream: VideoStream,
    probe: Probe,
    *,
    only_keyframes: bool,
    album: Album,
) -> Iterator[VideoFrame]:
    # While one picture is looked at, the next ones are decoded; each thread holds a picture.
    for each in (stream, *_heirs(container, stream, probe)):
        each.thread_type = "FRAME"
        each.codec_context.thread_count = DECODER_THREADS
        each.codec_context.skip_frame = "NONKEY" if only_keyframes else "NONREF"
    origin = origin_s(container)
    for packet in placed(
        container, stream, probe.joins, probe.heirs, only_keyframes=only_keyframes
    ):
        # VP9 decodes what it is told to skip, and not every demuxer discards.
        if only_keyframes and packet.size and not packet.is_keyframe:
            continue
        if packet.pts is not None and packet.size and packet.time_base:
            album.sent_s = max(album.sent_s, float(packet.pts * packet.time_base) - origin)
        try:
            yield from (f for f in packet.decode() if isinstance(f, VideoFrame))
        except av.FFmpegError:
            # A decoder that was flushed at a join has nothing more to give at the end.
            album.errors += bool(packet.size)


def _heirs(container: InputContainer, stream: VideoStream, probe: Probe) -> Iterator[VideoStream]:
    """The streams that take its place in later parts of a joined file."""
    for chain in probe.heirs:
        if stream.index in chain:
            found = (container.streams[index] for index in chain if index != stream.index)
            yield from (s for s in found if isinstance(s, VideoStream) and codec_name(s))


def _is_sparse(album: Album, end_s: float) -> bool:
    limit_s = SPARSE_SHORT_S if end_s <= SHORT_S else SPARSE_S
    return end_s > limit_s * max(1, album.shown)


def _undecodable(codec: str, declared: float) -> Coverage:
    what = "a format that cannot" if codec == "unknown" else f"{codec}, which cannot"
    return Coverage(declared, 0.0, f"its pictures are in {what} be decoded here")


def _coverage(album: Album, codec: str, declared: float, end_s: float) -> Coverage:
    if not album.shown:
        if album.errors:
            return _undecodable(codec, declared)
        claim = f"claim to last {clock(declared)}, but none" if declared else "are damaged: none"
        return Coverage(declared, 0.0, f"its pictures {claim} can be read")
    if shortfall(album.sent_s, album.last_s):
        after = clock(album.last_s)
        return Coverage(declared, album.last_s, f"its pictures after {after} cannot be read")
    read = min(end_s, declared) if declared else album.last_s
    if shortfall(declared, read):
        return Coverage(declared, read, stops_early(declared, read))
    if album.errors > album.shown // 4:
        return Coverage(declared, read, "part of its pictures are damaged and left out")
    return Coverage(declared, read)
