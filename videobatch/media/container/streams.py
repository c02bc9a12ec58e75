"""Reading a container: its streams, its zero, and what is left when packets go bad."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
from av.container import InputContainer
from av.format import Flags
from av.packet import Packet
from av.stream import Discard, Disposition, Stream

from videobatch.media.container.formats import UNTIMED
from videobatch.media.container.timeline import Stamp, Timeline

# A run of bad packets as long as this means that nothing readable follows. FFmpeg's demuxers
# find the next packet after damage by themselves, so that few files come near it.
MAX_ERRORS_IN_A_ROW = 64

# What a player takes for the rate of pictures that do not tell theirs.
USUAL_RATE = 25

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


def language_of(stream: Stream) -> str | None:
    """The stream's language as the file spells it, or None where it says nothing."""
    language = clean_text(stream.language or "", 35).lower()
    return None if language in {"", "und", "unk", "mis", "zxx"} else language


def clean_text(text: str, limit: int) -> str:
    """The text on one line, without control characters and bidi overrides, cut to `limit`."""
    unsafe = {"Cc", "Cf", "Cs", "Co", "Cn"}
    kept = (c for c in text if c.isspace() or unicodedata.category(c) not in unsafe)
    return " ".join("".join(kept).replace("\ufffd", "").split())[:limit].strip()


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


def placed(
    container: InputContainer,
    stream: Stream,
    joins: Sequence[float] = (),
    heirs: Sequence[Sequence[int]] = (),
    *,
    only_keyframes: bool = False,
) -> Iterator[Packet[Stream]]:
    """The packets of one stream, with stamps on the file's one line of time; `joins` are those of
    its probe, and `heirs` too, whose packets take the place of the stream's. The other streams are
    passed over, or read for their stamps where there are joins. `only_keyframes` spares the demuxer
    what else there is; not every one heeds it.
    """
    if not joins:
        read_only(container, stream)
        is_untimed = container.format.name in UNTIMED
        if only_keyframes and not is_untimed:
            stream.discard = Discard.nonkey
        found = packets(container, stream)
        yield from _counted(found) if is_untimed else found
        return
    line = Timeline(may_jump=may_jump(container), joins=joins)
    wanted = next((chain for chain in heirs if stream.index in chain), (stream.index,))
    before: Stream | None = None
    for packet, offset_s in on_line(container, line, stream):
        if packet.stream.index not in wanted:
            continue
        if packet.size:
            if before is not None and packet.stream.index != before.index:
                yield _flush(before)
            before = packet.stream
        if packet.time_base:
            ticks = round(offset_s / packet.time_base)
            packet.pts = None if packet.pts is None else packet.pts + ticks
            packet.dts = None if packet.dts is None else packet.dts + ticks
        yield packet


def _flush(stream: Stream) -> Packet[Stream]:
    """An empty packet, for which a decoder gives what it still holds."""
    packet: Packet[Stream] = Packet()
    packet.stream = stream
    if stream.time_base is not None:
        packet.time_base = stream.time_base
    return packet


def _counted(found: Iterator[Packet[Stream]]) -> Iterator[Packet[Stream]]:
    """Packets that bear no time, with the time that their number gives them."""
    for number, packet in enumerate(found):
        rate = getattr(packet.stream, "guessed_rate", None) or USUAL_RATE
        if packet.size and packet.pts is None and packet.time_base:
            packet.pts = packet.dts = int(number / (rate * packet.time_base))
        yield packet


def on_line(
    container: InputContainer, line: Timeline, *more: Stream
) -> Iterator[tuple[Packet[Stream], float]]:
    """The packets of all sound and pictures, and of `more`, each with what the line adds."""
    timed = [s for s in container.streams if s.type in {"audio", "video"} and not is_picture_of(s)]
    streams = [*timed, *(stream for stream in more if stream not in timed)]
    read_only(container, *streams)
    for packet in packets(container, *streams):
        stamp = _stamp(packet)
        yield packet, 0.0 if stamp is None else line.offset_s(stamp)


def _stamp(packet: Packet[Stream]) -> Stamp | None:
    """None for what bears no time, as the empty packets at the end do."""
    decoded = packet.pts if packet.dts is None else packet.dts
    if decoded is None or not packet.size or not packet.time_base:
        return None
    shown, tick_s = decoded if packet.pts is None else packet.pts, float(packet.time_base)
    return Stamp(
        stream=packet.stream.index,
        decoded_s=decoded * tick_s,
        shown_s=shown * tick_s,
        length_s=(packet.duration or 0) * tick_s,
        at_byte=packet.pos if packet.pos is not None and packet.pos >= 0 else None,
        is_sparse=packet.stream.type not in {"audio", "video"},
    )


def may_jump(container: InputContainer) -> bool:
    """True for formats whose stamps may begin anew by their nature, as those of MPEG streams."""
    return bool(Flags(container.format.flags) & Flags.ts_discont)


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
