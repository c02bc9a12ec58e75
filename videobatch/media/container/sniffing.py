"""The reason why a file is not a video, from its first bytes and its boxes, in words for its
owner."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from videobatch.errors import InputError
from videobatch.media.container.formats import looks_like_media

HEAD_BYTES = 4096

# Formats that only name other files. Each pattern is matched at the start of the text.
_PLAYLISTS = (
    ("an HLS or M3U playlist", re.compile(r"#EXT(M3U|INF|-X-)", re.IGNORECASE)),
    ("a DASH playlist", re.compile(r"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<MPD\b", re.DOTALL)),
    ("a concat list of FFmpeg", re.compile(r"ffconcat version|file\s+('[^'\n]*'|\S+)\s*(\n|$)")),
    ("a PLS playlist", re.compile(r"\[playlist\]", re.IGNORECASE)),
    (
        "a streaming playlist",
        re.compile(
            r"(<\?(xml|wpl)[^>]*>\s*)*<(asx|smil|SmoothStreamingMedia|playlist)\b", re.IGNORECASE
        ),
    ),
    ("a description of a stream (SDP)", re.compile(r"v=0\r?\no=")),
)

_WEB_PAGE = re.compile(r"\s*<(!doctype )?html", re.IGNORECASE)
_EBML_HEAD, _SEGMENT = b"\x1aE\xdf\xa3", b"\x18S\x80g"


def refuse_playlist(descriptor: int, name: str) -> None:
    """Raises InputError (`playlist`) if the file is a list of other files under any name."""
    text = _text(os.pread(descriptor, HEAD_BYTES, 0))
    if text is None:
        return
    for kind, pattern in _PLAYLISTS:
        if pattern.match(text.lstrip("\ufeff \t\r\n")):
            raise InputError(
                f"{name} is {kind}, not a video",
                hint="submit the video itself; a playlist only names other files",
                code="playlist",
            )


def reason(descriptor: int, name: str, detail: str) -> InputError:
    """The error that fits a file which FFmpeg would not open or read on.

    Codes: `not_media` (text, a web page, arbitrary bytes), `no_index` (an MP4 or MOV without
    its index), `damaged`. `detail` is FFmpeg's own word on it.
    """
    head = os.pread(descriptor, HEAD_BYTES, 0)
    text = _text(head)
    if text is not None:
        what = "a web page" if _WEB_PAGE.match(text) else "a text file"
        return InputError(
            f"{name} is {what}, not a video",
            hint="open it in an editor to see what it is; a download may have failed",
            code="not_media",
        )
    if not looks_like_media(head):
        return InputError(
            f"{name} is not a video or audio file that we know",
            hint="check that it plays in a video player, or convert it to MP4",
            code="not_media",
        )
    if _is_mp4(head) and not any(kind in {b"moov", b"moof"} for kind in _boxes(descriptor)):
        return InputError(
            f"{name} was cut off before its index was written (no moov box), so it cannot be read",
            hint="copy or record it again, or mend it with a tool such as untrunc",
            code="no_index",
        )
    return InputError(
        f"{name} is damaged: {detail}",
        hint="copy or download it again; if it plays in a player, convert it to MP4",
        code="damaged",
    )


def is_media(descriptor: int) -> bool:
    """True if the file's first bytes are those of video or sound, whatever its name says."""
    head = os.pread(descriptor, HEAD_BYTES, 0)
    return looks_like_media(head) and (head.startswith(b"YUV4MPEG2 ") or _text(head) is None)


def _text(head: bytes) -> str | None:
    """The head as text, or None if it is binary."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            decoded = head[2:].decode(encoding, "replace")
            return decoded if _is_printable(decoded) else None
    if b"\0" in head:
        return None
    # The last character may be cut in two, so a few bytes at the end do not count.
    decoded = head.decode("utf-8", "replace")
    return decoded if _is_printable(decoded) else None


def _is_printable(text: str) -> bool:
    odd = sum(1 for c in text if c == "\ufffd" or (c < " " and c not in "\t\r\n\f\x1b"))
    return odd <= max(1, len(text) // 50)


def _is_mp4(head: bytes) -> bool:
    return head[4:8] in {b"ftyp", b"mdat", b"free", b"skip", b"wide", b"styp"}


def is_fragmented(descriptor: int) -> bool:
    """True for an MP4 whose index comes in pieces, each with its own part of the media."""
    return any(kind == b"moof" for kind in _boxes(descriptor))


def segment_end(descriptor: int) -> int | None:
    """The place (byte) behind a Matroska file's first segment; None where it does not say so
    (RFC 8794: an identifier, then a size of as many bytes as its first one has leading zeros)."""
    position = 0
    for kind in (_EBML_HEAD, _SEGMENT):
        head = os.pread(descriptor, 12, position)
        if not head.startswith(kind) or len(head) < 12 or not head[4]:
            return None
        length = 9 - head[4].bit_length()
        size = int.from_bytes(head[4 : 4 + length], "big") & ((1 << 7 * length) - 1)
        if size == (1 << 7 * length) - 1:
            return None
        position += 4 + length + size
    return position


def _boxes(descriptor: int) -> Iterator[bytes]:
    """The kinds of the top-level boxes of an MP4 (ISO/IEC 14496-12), by their headers alone."""
    size_bytes, position = os.fstat(descriptor).st_size, 0
    for _ in range(10_000):
        header = os.pread(descriptor, 16, position)
        if len(header) < 8:
            return
        yield header[4:8]
        length = int.from_bytes(header[:4], "big")
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        if length < 8 or position + length > size_bytes:
            return
        position += length
