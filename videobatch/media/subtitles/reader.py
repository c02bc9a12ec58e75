"""Subtitles that already exist: in a file beside the video, or as a text stream inside it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from av.container import InputContainer

from videobatch.errors import InputError
from videobatch.media.captions import Captions, UnsureError, captions_of, no_cue, read_captions
from videobatch.media.captions.cues import Cue, shown
from videobatch.media.captions.encodings import Decoded, decode
from videobatch.media.captions.substation import ScriptLine, embedded_event, spoken
from videobatch.media.container.probe import TEXT_SUBTITLES
from videobatch.media.container.source import open_media, open_regular
from videobatch.media.container.streams import origin_s, placed
from videobatch.paths import display
from videobatch.records import SubtitleTrack

MAX_SIDECAR_BYTES = 10 * 2**20
# A text subtitle that says nothing of its own length stays this long, or until the next one.
DEFAULT_SHOWN_S = 3.0


def read_sidecar(path: Path, root: Path, languages: Sequence[str] = ()) -> Captions:
    """Reads a subtitle file; `languages` are what it is likely to be in.

    Raises InputError with the codes of `check_file`, and `bad_subtitles` if it is larger than
    10 MB, holds no cue, or may be in more than one encoding.
    """
    name = display(path.name)
    with os.fdopen(open_regular(path, root), "rb") as file:
        raw = file.read(MAX_SIDECAR_BYTES + 1)
    if len(raw) > MAX_SIDECAR_BYTES:
        raise _bad_subtitles(f"{name} is larger than 10 MB, too large for subtitles")
    if raw.startswith(b"\x00\x00\x01\xba") or b"\x00\x00\x01\xba" in raw[:4096]:
        raise _bad_subtitles(f"{name} holds subtitles as pictures, not as text")
    try:
        found = read_captions(raw, path.suffix.lower(), languages)
    except InputError as error:
        raise type(error)(f"{name}: {error.message}", hint=error.hint, code=error.code) from error
    if not found.utterances:
        raise no_cue(name)
    return found


def _bad_subtitles(message: str) -> InputError:
    return InputError(
        message, hint="mend or remove it; without it the speech is recognised", code="bad_subtitles"
    )


@dataclass(frozen=True, slots=True)
class _Packet:
    start_s: float
    shown_s: float | None
    raw: bytes


def read_embedded(
    path: Path,
    root: Path,
    track: SubtitleTrack,
    joins: Sequence[float] = (),
    languages: Sequence[str] = (),
) -> Captions:
    """Reads a text subtitle stream; nothing for a stream of pictures.

    `joins` are those of the file's probe. Raises as `open_media`, and UnsureError.
    """
    if track.codec not in TEXT_SUBTITLES:
        return Captions(())
    with open_media(path, root) as container:
        packets = _ending(list(_packets(container, track, joins)))
    decoded = decode(b"\n".join(packet.raw for packet in packets), languages)
    texts = [_text(packet.raw, decoded) for packet in packets]
    broken = sum(text.count("\ufffd") for text in texts) if decoded.broken else 0
    cues, left_out = _cues(packets, texts, is_script=track.codec in {"ass", "ssa"})
    found = captions_of(cues, broken=broken, left_out=left_out, encoding=decoded.encoding)
    return replace(found, doubted=decoded.doubted)


def _packets(
    container: InputContainer, track: SubtitleTrack, joins: Sequence[float]
) -> Iterator[_Packet]:
    """The stream's packets as they stand in the file: FFmpeg's decoders drop whole cues where a
    character is broken, and the names of speakers."""
    stream, origin = container.streams[track.index], origin_s(container)
    for packet in placed(container, stream, joins):
        if packet.pts is None or not packet.size:
            continue
        raw = _payload(bytes(packet), track.codec)
        start_s = max(0.0, float(packet.pts * packet.time_base) - origin)
        shown_s = float(packet.duration * packet.time_base) if packet.duration else None
        if raw.strip(b"\0\r\n\t "):
            yield _Packet(start_s, shown_s, raw)


def _payload(raw: bytes, codec: str) -> bytes:
    """The text of a packet. 3GPP timed text has its length before it and styles behind it."""
    if codec != "mov_text":
        return raw
    text = raw[2 : 2 + int.from_bytes(raw[:2], "big")]
    for mark, encoding in ((b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le")):
        if text.startswith(mark):
            return text[2:].decode(encoding, "replace").encode("utf-8", "replace")
    return text


def _ending(packets: list[_Packet]) -> list[_Packet]:
    """The packets in order of time; one without a length ends by the next one."""
    ordered = sorted(packets, key=lambda packet: packet.start_s)
    ends = [packet.start_s for packet in ordered[1:]] + [float("inf")]
    return [
        packet
        if packet.shown_s is not None
        else replace(packet, shown_s=min(DEFAULT_SHOWN_S, max(0.0, end_s - packet.start_s)))
        for packet, end_s in zip(ordered, ends, strict=True)
    ]


def _text(raw: bytes, decoded: Decoded) -> str:
    text = raw.decode(decoded.encoding, "replace").replace("\0", "")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _cues(
    packets: Sequence[_Packet], texts: Sequence[str], *, is_script: bool
) -> tuple[list[Cue], int]:
    timed = [
        (packet.start_s, packet.start_s + (packet.shown_s or 0.0), text)
        for packet, text in zip(packets, texts, strict=True)
    ]
    if is_script:
        events = [embedded_event(*each) or ScriptLine(each[0], each[1], "", "", "", each[2])
                  for each in timed]  # fmt: skip
        return spoken(events)
    return [cue for each in timed for cue in shown(*each)], 0


__all__ = ["Captions", "UnsureError", "read_embedded", "read_sidecar"]
