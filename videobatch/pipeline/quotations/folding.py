"""Texts as they are compared: without case, marks and widths, in simplified characters, numbers in
digits."""

from __future__ import annotations

import importlib
import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

from videobatch.pipeline.quotations.numerals import in_digits
from videobatch.pipeline.text.sentences import CJK

# Each line and quotation is folded by several steps.
CACHED = 16_384
MARK = re.compile(r"[^\w\s]|_")
SPACES = re.compile(r"\s+")
_WIDE = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# Spaces beside a Chinese or Japanese character say nothing.
BESIDE_CJK = re.compile(rf"(?<=[{_WIDE}]) | (?=[{_WIDE}])")
PIECE = re.compile(rf"[{_WIDE}]|[^\s{_WIDE}]+")


@lru_cache(maxsize=CACHED)
def folded(text: str) -> str:
    """The text in lower case, with single spaces and nothing but letters and digits."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("'", "")
    plain = simplified(plain).replace("per cent", "percent").replace("%", " percent ")
    plain = SPACES.sub(" ", MARK.sub(" ", in_digits(plain)))
    return BESIDE_CJK.sub("", plain).strip()


def simplified(text: str) -> str:
    """The text in simplified characters, as far as OpenCC is here."""
    if not CJK.search(text):
        return text
    converter = _converter()
    return converter.convert(text) if converter is not None else text


@cache
def _converter() -> Any:
    try:
        return importlib.import_module("opencc").OpenCC("t2s")
    except ImportError:
        return None


def pieces(text: str) -> list[str]:
    """The words of a folded text; each Chinese or Japanese character is one."""
    return PIECE.findall(text)


def weight(text: str) -> int:
    """The amount that a folded text says, in letters: a Chinese character as much as four."""
    wide = sum(len(run) for run in CJK.findall(text))
    return len(text) + 3 * wide
