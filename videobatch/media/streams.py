"""Reading a container: its streams, its zero, and what is left when packets go bad."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Disposition, Stream

# A run of bad packets as long as this means that nothing readable follows. FFmpeg's demuxers
# find the next packet after damage by themselves, so that few files come near it.
MAX_ERRORS_IN_A_ROW = 64

_DURATION_TAG = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")


def codec_name(stream: Stream) -> str | None:
    """FFmpeg's name of the codec, or None if there is no decoder for it here."""
    context = stream.codec_context
    # The stubs promise a context; PyAV gives None where FFmpeg has no decoder.
    return None if context is None else str(context.codec.canonical_name)


def is_picture_of(stream: Stream) -> bool:
    """True for cover art and thumbnails, which are stills and not the video."""
    stills = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
    return bool(stream.disposition & stills)


def origin_s(container: InputContainer) -> float:
    """The container's own time of its start, in seconds; players show it as 00:00."""
    start = container.start_time
    return 0.0 if start is None else start / av.time_base


# Containers without an index or a clock: FFmpeg guesses their duration from size and bit rate.
_GUESSED = frozenset({"aac", "mp3"})


def is_guessed(container: InputContainer) -> bool:
    """True if the declared duration is a guess that a file may well fall short of."""
    return container.format.name in _GUESSED


def declared_s(container: InputContainer, stream: Stream | None = None) -> float:
    """The declared duration in seconds: the stream's own, else the container's, else 0."""
    if stream is not None:
        if stream.duration and stream.time_base:
            return max(0.0, float(stream.duration * stream.time_base))
        if match := _DURATION_TAG.match(stream.metadata.get("DURATION", "")):
            hours, minutes, seconds = match.groups()
            return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    if container.duration and container.duration > 0:
        return container.duration / av.time_base
    ends = [s.duration * s.time_base for s in container.streams if s.duration and s.time_base]
    return float(max(ends, default=Fraction(0)))


def read_only(container: InputContainer, *streams: Stream) -> None:
    """Has the demuxer pass over all other streams, whose packets cost time to read and drop."""
    for other in container.streams:
        if other not in streams:
            other.discard = Discard.all


def packets(container: InputContainer, *streams: Stream) -> Iterator[Packet[Stream]]:
    """The packets of the streams until the end or the point where nothing more comes.

    Bad stretches are passed over. The empty packets that flush the decoders come last.
    """
    demuxer = container.demux(list(streams))
    errors = 0
    while errors < MAX_ERRORS_IN_A_ROW:
        try:
            packet = next(demuxer)
        except StopIteration:
            return
        except av.FFmpegError:
            # The generator is finished by its error; a new one goes on where the file stands.
            errors += 1
            demuxer = container.demux(list(streams))
            continue
        except IndexError:
            # At the end PyAV flushes all streams, also such as began after the file was opened;
            # those it does not know, and they come after ours.
            return
        errors = 0
        yield packet


def clock(seconds: float) -> str:
    """The time as `MM:SS`, or `HH:MM:SS` from an hour on."""
    whole = max(0, int(seconds))
    hours, minutes = divmod(whole // 60, 60)
    text = f"{minutes:02d}:{whole % 60:02d}"
    return f"{hours:02d}:{text}" if hours else text


def shortfall(declared: float, read: float) -> bool:
    """True if clearly less was read than declared: by more than 2 s and more than 2 %."""
    return declared - read > max(2.0, 0.02 * declared)


def stops_early(declared: float, read: float) -> str:
    """The shortfall in words for the document's reader."""
    if read <= 0:
        return f"the file claims to last {clock(declared)}, but nothing in it can be read"
    return f"the file stops after {clock(read)} of {clock(declared)}"
