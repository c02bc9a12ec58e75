"""The language that a text is written in, as far as its script tells."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
KANA = re.compile(r"[\u3040-\u30ff]")
HANGUL = re.compile(r"[\uac00-\ud7af]")
LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")
# Enough to tell: a text of two languages line by line is the one as well as the other.
LINES = 400
# Terms of another language stand in it.
LEAST_SHARE = 0.3
KANA_SHARE = 0.1


def language_of_script(texts: Iterable[str]) -> str | None:
    """`zh`, `ja` or `ko` where most is written so (a word of Latin letters counts as one
    character); None for others, and for nothing."""
    text = "\n".join(islice(texts, LINES))
    han, kana, hangul, latin = (len(each.findall(text)) for each in (HAN, KANA, HANGUL, LATIN))
    total = han + kana + hangul + latin
    if not total or han + kana + hangul < LEAST_SHARE * total:
        return None
    if hangul >= max(han, kana):
        return "ko"
    return "ja" if kana >= KANA_SHARE * (han + kana) else "zh"
