"""The text of a subtitle file, whatever it was saved in; refused where that is not sure.

A byte order mark, the pattern of zero bytes and valid UTF-8 decide by themselves. Older encodings
are weighed: each is tried for the languages that were written in it, and the reading that looks
most like one of them is taken, if no other comes near (`plausible`). charset-normalizer has a voice
in it; alone it is wrong about files of a few lines.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from videobatch.errors import InputError
from videobatch.media.captions.plausible import (
    MOST_BROKEN,
    TextGuess,
    bearable,
    is_latin,
    readings,
)

# What is weighed of a large file; all of it is read by the winner.
SAMPLE_BYTES = 24_000
# A reading below this is like no language; one must lead the next by the margin.
# The fewer characters there are to go by, the more.
LEAST_SCORE, MARGIN, FEW = 0.3, 0.12, 4
# What cannot be told may touch so many words of a text in Latin letters: the rest is the same in
# every reading, and too good to be passed over.
MOST_DOUBTED = 0.04
# Text that was read by a wrong table and saved is taken back where it is as sure as this.
SURE = 0.6
# Of the lines beyond ASCII that are UTF-8 in a file which is not, so many are no chance.
LEAST_MIXED = 0.2

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_ESCAPED = ((re.compile(rb"\x1b\$[@B]"), "iso2022_jp_2"), (re.compile(rb"\x1b\$\)C"), "iso2022_kr"),
            (re.compile(rb"~\{[!-~]{2,200}~\}"), "hz"))  # fmt: skip
_VALID_UTF8 = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_SPACES = re.compile(r"[ \t\n]+")
_LONG_UTF8 = re.compile(rb"[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_DOUBLE = re.compile(r"[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u0192\u02c6-\u02dc\u2013-\u2122]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text, the encoding that it was taken for, how many characters were broken, and in
    how many words it is not sure which characters are meant."""

    text: str
    encoding: str
    broken: int = 0
    doubted: int = 0


class UnsureError(InputError):
    """The encoding cannot be told: any choice could put wrong words into a document."""


def decode(raw: bytes, languages: Sequence[str] = ()) -> Decoded:
    """The text. `languages` are what it is likely to be in (BCP 47), likely ones first.

    Raises UnsureError (`bad_subtitles`), whose message goes on from "the file".
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            found = _marked(raw[len(mark) :], encoding, languages)
            if found is not None:
                return found
    encoding = wide_encoding(raw) or ""
    if encoding:
        return _replaced(raw, encoding)
    for pattern, escaped in _ESCAPED:
        if pattern.search(raw) and (text := _strict(raw, escaped)) is not None:
            return Decoded(text, escaped)
    text = _strict(raw, "utf-8")
    if text is not None:
        return Decoded(_mended(text), "utf-8")
    return _nearly_utf8(raw) or _mixed(raw, languages) or _weighed(raw, languages)


def _mixed(raw: bytes, languages: Sequence[str]) -> Decoded | None:
    """The text of two files in one, the one of which is UTF-8; None where it is not so."""
    lines = raw.splitlines(keepends=True)
    own = [_strict(line, "utf-8") for line in lines]
    wide = sum(len(_LONG_UTF8.findall(line)) for line, text in zip(lines, own, strict=True) if text)
    valid = sum(1 for text in own if text and not text.isascii())
    rest = [line for line, text in zip(lines, own, strict=True) if text is None]
    if wide < 3 or valid < LEAST_MIXED * (valid + len(rest)):
        return None
    decoded = _weighed(b"".join(rest), languages)
    broken = 0
    for place, text in enumerate(own):
        if text is None:
            own[place] = lines[place].decode(decoded.encoding, "replace")
            broken += str(own[place]).count("\ufffd")
    return Decoded("".join(map(str, own)), decoded.encoding, broken, decoded.doubted)


def _marked(rest: bytes, encoding: str, languages: Sequence[str]) -> Decoded | None:
    """The text behind a byte order mark; a mark that was glued before other bytes says nothing."""
    if encoding == "utf-8" and _strict(rest, encoding) is None:
        return _nearly_utf8(rest) or decode(rest, languages)
    if encoding.startswith(("utf-16", "utf-32")) and wide_encoding(rest) is None and b"-->" in rest:
        return decode(rest, languages)
    found = _replaced(rest, encoding)
    if encoding == "utf-32-le" and found.broken:
        return None  # UTF-16 whose first character is NUL.
    return Decoded(found.text.lstrip("\ufeff"), encoding, found.broken)


def wide_encoding(raw: bytes) -> str | None:
    """The UTF-16 or UTF-32 that the places of the zero bytes tell, or None.

    Line ends, digits and arrows are ASCII in every subtitle file, so that wide characters leave
    zeros on one side; other text files have next to none.
    """
    sample = raw[: SAMPLE_BYTES - SAMPLE_BYTES % 4]
    if len(sample) < 8:
        return None
    zeros = [sample[place::4].count(0) / (len(sample) / 4) for place in range(4)]
    if min(zeros[1], zeros[2], zeros[3]) > 0.3 > zeros[0] or zeros[2:] == [1.0, 1.0]:
        return "utf-32-le"
    if min(zeros[0], zeros[1], zeros[2]) > 0.3 > zeros[3] or zeros[:2] == [1.0, 1.0]:
        return "utf-32-be"
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    if odd > 0.2 and odd > 4 * even:
        return "utf-16-le"
    if even > 0.2 and even > 4 * odd:
        return "utf-16-be"
    return None


def _strict(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _replaced(raw: bytes, encoding: str) -> Decoded:
    text = raw.decode(encoding, "replace")
    own = raw.count("\ufffd".encode(encoding)) if encoding.startswith("utf") else 0
    return Decoded(text, encoding, max(0, text.count("\ufffd") - own))


def _nearly_utf8(raw: bytes) -> Decoded | None:
    """UTF-8 with a few broken characters: no other encoding has so many valid ones by chance."""
    whole = len(_VALID_UTF8.findall(raw))
    found = _replaced(raw, "utf-8")
    return found if 0 < found.broken <= max(1, whole * MOST_BROKEN * 2) and whole >= 8 else None


def _mended(text: str) -> str:
    """The text, unless it is UTF-8 or an Asian encoding that somebody read as Windows-1252 and
    saved again: then what was there before."""
    beyond = [c for c in text if c > "\x7f"]
    if len(beyond) < 6 or any(c > "\u2122" for c in beyond):
        return text
    before = _as_bytes(text)
    if before is None:
        return text
    if len(_DOUBLE.findall(text)) >= 3 and (whole := _strict(before, "utf-8")) is not None:
        return whole
    best = max(readings(_sample(before), ()), key=lambda reading: reading.score, default=None)
    if best is None or not best.is_dense or best.score < SURE or is_latin(text):
        return text
    return _strict(before, best.encoding) or text


def _as_bytes(text: str) -> bytes | None:
    """The bytes that Windows-1252 shows so; what it leaves free stands for itself."""
    found = bytearray()
    for character in text:
        try:
            found += character.encode("cp1252")
        except UnicodeEncodeError:
            if character > "\xff":
                return None
            found.append(ord(character))
    return bytes(found)


def _weighed(raw: bytes, languages: Sequence[str]) -> Decoded:
    sample = _sample(raw)
    found = sorted(readings(sample, languages), key=lambda reading: -reading.score)
    if not found or found[0].score < LEAST_SCORE:
        raise _unsure("is in no encoding that makes readable text of it")
    best = found[0]
    rivals = [other for other in found[1:] if not _same(best, other)]
    told = sum(1 for c in best.text if c > "\x7f")
    margin = MARGIN * (1 + FEW / max(1, told))
    near = [other for other in rivals if best.score - other.score < margin]
    doubted = max((_differing(best, other) for other in near), default=0)
    if doubted > MOST_DOUBTED * len(_words(best.text)) or (near and not is_latin(best.text)):
        raise _unsure(f"may be in {_name(best.encoding)} or in {_name(near[0].encoding)}")
    decoded = replace(_replaced(raw, best.encoding), doubted=doubted)
    if decoded.broken > bearable(decoded.text):
        raise _unsure(f"is not wholly in {_name(best.encoding)}, and in nothing else that is clear")
    return decoded


def _same(one: TextGuess, other: TextGuess) -> bool:
    """True for readings that put the same words on the page."""
    return one.text == other.text


def _words(text: str) -> list[str]:
    return _SPACES.split(text)


def _differing(one: TextGuess, other: TextGuess) -> int:
    """In how many words the two readings differ."""
    pairs = zip_longest(_words(one.text), _words(other.text))
    return sum(1 for first, second in pairs if first != second)


def _sample(raw: bytes) -> bytes:
    """Lines that hold more than ASCII, each once, up to some length."""
    return b"\n".join(_lines(raw))


def _lines(raw: bytes) -> Iterator[bytes]:
    left = SAMPLE_BYTES
    for line in re.split(rb"[\r\n]+", raw):
        if left <= 0:
            return
        if line and (max(line) > 0x7F or (b"-->" not in line and not line.strip().isdigit())):
            yield line[:left]
            left -= len(line)


def _unsure(why: str) -> UnsureError:
    return UnsureError(f"it {why}", hint="save it as UTF-8", code="bad_subtitles")


def _name(encoding: str) -> str:
    return {"gb18030": "GBK", "big5hkscs": "Big5", "cp932": "Shift-JIS", "cp949": "EUC-KR"}.get(
        encoding, encoding.replace("cp125", "Windows-125").replace("_", "-").upper()
        if not encoding.startswith("cp125") else encoding.replace("cp125", "Windows-125")
    )  # fmt: skip
