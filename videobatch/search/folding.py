"""Texts as the index has them: words without case, accents and widths, in simplified characters.

Scripts that write no spaces (Chinese, Japanese, Thai and their neighbours) become single
characters, each a word of the index; what a person looks for there is a phrase of them. So any part
of a text is found, of one character and of many, whatever a dictionary would take for a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from videobatch.pipeline.text.segmenter import simplified

# Thai and Lao, Myanmar, Khmer, kana, Chinese with its extensions.
_ALONE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
TOKEN = re.compile(rf"[{_ALONE}]|[^\W_{_ALONE}]+")
ALONE = re.compile(f"[{_ALONE}]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_ACCENTS = re.compile("[\u0300-\u036f]+")
# A character with what stands above or behind it: accents, the voicing of kana.
_CHARACTER = re.compile(".[\u0300-\u036f\u3099\u309a\uff9e\uff9f]*", re.DOTALL)
_FIRST_HAN, _LAST_HAN = 0x3400, 0x9FFF
CACHED = 16_384


def indexed(text: str) -> str:
    """The text as it is handed to the index, whose own tokenizer (`ascii`) parts it into words."""
    # It parts and folds what is ASCII as `tokens` does, and much faster.
    return text if text.isascii() else " ".join(tokens(text))


def tokens(text: str) -> list[str]:
    """The words of the text, in order, as they stand in the index."""
    return TOKEN.findall(_plain(text))


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text)
    whole = unicodedata.normalize("NFC", _ACCENTS.sub("", apart)).casefold()
    return whole.translate(_simple()) if _HAN.search(whole) else whole


@cache
def _simple() -> Mapping[int, str]:
    """Simplified characters by the traditional ones. One by one: what is looked for has no
    neighbours that would tell which of two is meant."""
    every = [chr(code) for code in range(_FIRST_HAN, _LAST_HAN + 1)]
    pairs = zip(every, simplified("\n".join(every)).split("\n"), strict=True)
    return {ord(one): other for one, other in pairs if one != other}


@dataclass(frozen=True, slots=True)
class Placed:
    """A word of the index, and where it stands in a text, from and to."""

    token: str
    begin: int
    end: int


def placed(text: str) -> Iterator[Placed]:
    """The words of a text with their places in it, in characters."""
    folded: list[str] = []
    origins: list[tuple[int, int]] = []
    for match in _CHARACTER.finditer(text):
        plain = _plain_character(match[0])
        folded.append(plain)
        origins += [match.span()] * len(plain)
    for match in TOKEN.finditer("".join(folded)):
        yield Placed(match[0], origins[match.start()][0], origins[match.end() - 1][1])


@lru_cache(maxsize=CACHED)
def _plain_character(character: str) -> str:
    return _plain(character)
