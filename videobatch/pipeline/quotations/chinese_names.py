"""Names in Chinese: by a dictionary's parts of speech, and as foreign names are written."""

from __future__ import annotations

import re
from functools import cache

from videobatch.pipeline.quotations.folding import simplified
from videobatch.pipeline.quotations.word_lists import words_of
from videobatch.pipeline.text.segmenter import Token, tokens
from videobatch.pipeline.text.sentences import CJK

# jieba's parts of speech: persons, places, organisations.
NAMED = ("nr", "ns", "nt")
# "Little", "old", "two", "each": what follows is no name, or none that it would be told by.
NO_BEGINNING = "小老大两几各某本该"


def sounded_names(text: str) -> list[str]:
    """Foreign names, by the characters that they are written with."""
    return _sounded().findall(text)


def dictionary_names(text: str) -> list[str]:
    """The words that a dictionary has for names; some of them are none."""
    runs = CJK.findall(simplified(text))
    return [token.text for run in runs for token in tokens(run) if _is_named(token)]


def _is_named(token: Token) -> bool:
    name = token.text
    if len(name) < 2 or token.kind[:2] not in NAMED or name in words_of("common"):
        return False
    if name[0] in NO_BEGINNING:
        return False
    is_short_person = token.kind == "nr" and len(name) == 2
    return not is_short_person or any(name[0] in line for line in words_of("surnames"))


@cache
def _sounded() -> re.Pattern[str]:
    """Three of those characters together, or two with a dot before or behind them."""
    char = f"[{''.join(sorted(words_of('sounds')))}]"
    dot = "[·•・]"
    return re.compile(f"{char}{{3,8}}|{char}{{2,8}}(?={dot})|(?<={dot}){char}{{2,8}}")
