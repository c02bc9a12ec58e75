"""A file's account of itself, almost without decoding it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.subtitles.stream import SubtitleStream
from av.video.stream import VideoStream

from videobatch.media.container.joins import find_joins
from videobatch.media.container.source import check_file, content_hash, open_media
from videobatch.media.container.streams import (
    clean_text,
    codec_name,
    declared_s,
    is_picture_of,
    language_of,
    packets,
)
from videobatch.media.container.tracks import first_choice, sound_tracks
from videobatch.records import Probe, SubtitleTrack, VideoTrack

MAX_TITLE_CHARACTERS = 200
TEXT_SUBTITLES = frozenset({"subrip", "srt", "mov_text", "webvtt", "ass", "ssa", "text"})

# Rotation comes with the first decoded picture; more packets than this are not spent on it.
_PACKETS_FOR_ROTATION = 60


def probe(path: Path, root: Path, on_bytes: Callable[[int, int], None] | None = None) -> Probe:
    """Container, streams, duration (s), size (bytes) and content hash of the file.

    The video and the audio stream are the default ones, else the largest picture and the most
    channels; cover art is no video. A file may have neither. `on_bytes` follows the hashing.
    Raises as `open_media`.
    """
    size_bytes = check_file(path, root).st_size
    with open_media(path, root) as container:
        video, sounds = best_video(container), sound_tracks(container)
        container_name = container.format.name.partition(",")[0]
        duration_s = declared_s(container)
        title = clean_text(container.metadata.get("title", ""), MAX_TITLE_CHARACTERS)
        subtitles = tuple(_subtitle_tracks(container))
        video_track = None if video is None else _video_track(container, video)
    joined = find_joins(path, root, _stepping(on_bytes, size_bytes))
    followers = {index for chain in joined.heirs for index in chain[1:]}
    sounds = tuple(track for track in sounds if track.index not in followers)
    return Probe(
        container=container_name,
        duration_s=joined.duration_s if joined.joins else duration_s,
        size_bytes=size_bytes,
        content_hash=content_hash(path, on_bytes),
        video=video_track,
        audio=first_choice(sounds),
        subtitles=subtitles,
        title=title or None,
        joins=joined.joins,
        heirs=joined.heirs,
        sounds=sounds,
    )


def _stepping(
    on_bytes: Callable[[int, int], None] | None, size_bytes: int
) -> Callable[[], None] | None:
    """A second reading shows no progress of its own, but can be stopped as well."""
    return None if on_bytes is None else lambda: on_bytes(size_bytes, size_bytes)


def glance(path: Path, root: Path) -> Probe:
    """Tells what `probe` says of length, sound and subtitles, without reading the file: it has no
    content hash, no picture and no joins. Raises as `open_media`."""
    size_bytes = check_file(path, root).st_size
    with open_media(path, root) as container:
        sounds = sound_tracks(container)
        return Probe(
            container=container.format.name.partition(",")[0],
            duration_s=declared_s(container),
            size_bytes=size_bytes,
            content_hash="",
            video=None,
            audio=first_choice(sounds),
            subtitles=tuple(_subtitle_tracks(container)),
            sounds=sounds,
        )


def best_video(container: InputContainer) -> VideoStream | None:
    """The video to take pictures from: decodable, default, large; never cover art."""
    streams = [s for s in container.streams.video if not is_picture_of(s)]

    def rank(stream: VideoStream) -> tuple[bool, bool, int, int]:
        is_default = bool(stream.disposition & Disposition.default)
        return codec_name(stream) is not None, is_default, _area(stream), -stream.index

    return max(streams, key=rank, default=None)


def _area(stream: VideoStream) -> int:
    return 0 if codec_name(stream) is None else stream.width * stream.height


def _video_track(container: InputContainer, stream: VideoStream) -> VideoTrack:
    codec = codec_name(stream)
    rate = stream.average_rate or stream.guessed_rate if codec else None
    return VideoTrack(
        index=stream.index,
        codec=codec or "unknown",
        width=stream.width if codec else 0,
        height=stream.height if codec else 0,
        rotation_deg=_rotation_deg(container, stream) if codec else 0,
        fps=float(rate) if rate else None,
    )


def _rotation_deg(container: InputContainer, stream: VideoStream) -> int:
    """Degrees clockwise that a player turns the picture: 0, 90, 180 or 270."""
    stream.thread_type = "SLICE"
    for count, packet in enumerate(packets(container, stream)):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            frames = []
        for frame in frames:
            return clockwise_deg(getattr(frame, "rotation", 0))
        if count >= _PACKETS_FOR_ROTATION:
            break
    return 0


def clockwise_deg(counterclockwise_deg: float) -> int:
    """PyAV's rotation as a multiple of 90 degrees clockwise, 0 to 270."""
    return round(-counterclockwise_deg / 90) * 90 % 360


def _subtitle_tracks(container: InputContainer) -> Iterator[SubtitleTrack]:
    stream: SubtitleStream
    for stream in container.streams.subtitles:
        codec = codec_name(stream)
        if codec in TEXT_SUBTITLES:
            says = stream.disposition
            yield SubtitleTrack(
                index=stream.index,
                codec=codec,
                language=language_of(stream),
                title=clean_text(stream.metadata.get("title", ""), MAX_TITLE_CHARACTERS) or None,
                forced=bool(says & Disposition.forced),
                hearing_impaired=bool(says & Disposition.hearing_impaired),
                commentary=bool(says & Disposition.comment),
            )
