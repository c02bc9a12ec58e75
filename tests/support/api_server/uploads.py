"""A multipart form read as a stream: fields kept, the file hashed and forgotten."""

from __future__ import annotations

import hashlib
import re
import struct

FIELD_BYTES = 64 * 1024
HEADER_BYTES = 16 * 1024
KEPT_BYTES = 4096
# A WAV that was written to a pipe says 0 or this for its length.
UNKNOWN_LENGTHS = (0, 0xFFFFFFFF)


class FormError(Exception):
    """The body is not a form that ends as its boundary says."""


class Upload:
    """One file: its hash and size, and its first bytes, which tell how long a sound is."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self._hash = hashlib.sha256()
        self._start = b""

    def add(self, piece: bytes) -> None:
        self.size_bytes += len(piece)
        self._hash.update(piece)
        if len(self._start) < KEPT_BYTES:
            self._start += piece[: KEPT_BYTES - len(self._start)]

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def duration_s(self) -> float | None:
        """As the header of a WAV or FLAC file says, None for others."""
        start = self._start
        if start[:4] == b"RIFF" and start[8:12] == b"WAVE":
            return _wav_duration_s(start, self.size_bytes)
        if start[:4] == b"fLaC" and len(start) >= 26:
            return _flac_duration_s(start)
        return None


def _wav_duration_s(start: bytes, size_bytes: int) -> float | None:
    bytes_per_s, at = 0, 12
    while at + 8 <= len(start):
        name, length = struct.unpack_from("<4sI", start, at)
        if name == b"fmt " and at + 20 <= len(start):
            bytes_per_s = struct.unpack_from("<I", start, at + 16)[0]
        if name == b"data":
            there = size_bytes - at - 8
            known = min(length, there) if length not in UNKNOWN_LENGTHS else there
            return known / bytes_per_s if bytes_per_s else None
        at += 8 + length + length % 2
    return None


def _flac_duration_s(start: bytes) -> float | None:
    """STREAMINFO comes first: 20 bits of rate, 3 of channels, 5 of depth, 36 of samples."""
    packed = int.from_bytes(start[18:26], "big")
    rate_hz, samples = packed >> 44, packed & ((1 << 36) - 1)
    return samples / rate_hz if rate_hz and samples else None


class Form:
    """Feed it a multipart body piece by piece, then ask for `fields` and `file`."""

    def __init__(self, content_type: str) -> None:
        """Raises FormError where the type names no boundary."""
        found = re.search(r'boundary="?([^";,]+)"?', content_type)
        if not content_type.lower().startswith("multipart/form-data") or found is None:
            raise FormError("multipart/form-data with a boundary is wanted")
        self._delimiter = b"\r\n--" + found[1].strip().encode("latin-1")
        # The first delimiter may come without a line before it.
        self._waiting = b"\r\n"
        self._inside = False
        self._part: Upload | bytearray | None = None
        self._fields: list[tuple[str, bytearray]] = []
        self.file: Upload | None = None
        self.ended = False

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Names and values in their order, without the file."""
        return [(name, bytes(value).decode(errors="replace")) for name, value in self._fields]

    def feed(self, piece: bytes) -> None:
        """Raises FormError. What follows the last delimiter is ignored."""
        self._waiting += piece
        while not self.ended and self._step():
            pass

    def _step(self) -> bool:
        """Takes one part's head, or what there is up to a delimiter. False: more is needed."""
        if self._inside:
            return self._head()
        at = self._waiting.find(self._delimiter)
        if at < 0:
            keep = len(self._delimiter) - 1
            self._give(self._waiting[:-keep])
            self._waiting = self._waiting[-keep:]
            return False
        after = self._waiting[at + len(self._delimiter) :]
        if len(after) < 2:
            return False
        self._give(self._waiting[:at])
        self._part = None
        self._waiting = after
        self.ended = after.startswith(b"--")
        self._inside = not self.ended
        return True

    def _head(self) -> bool:
        raw, end, rest = self._waiting.partition(b"\r\n\r\n")
        if not end:
            if len(self._waiting) > HEADER_BYTES:
                raise FormError("a part's head is too long")
            return False
        name = re.search(rb'[; ]name="([^"]*)"', raw)
        if name is None:
            raise FormError("a part has no name")
        if name[1] == b"file":
            self._part = self.file = Upload()
        else:
            self._part = bytearray()
            self._fields.append((name[1].decode(errors="replace"), self._part))
        self._waiting, self._inside = rest, False
        return True

    def _give(self, piece: bytes) -> None:
        if isinstance(self._part, Upload):
            self._part.add(piece)
        elif self._part is not None:
            self._part += piece
            if len(self._part) > FIELD_BYTES:
                raise FormError("a field is too long")
