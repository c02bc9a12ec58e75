"""Names in Chinese, as foreign names are written."""

from __future__ import annotations

import re
from functools import cache

from videobatch.pipeline.quotations.word_lists import words_of


def sounded_names(text: str) -> list[str]:
    """Foreign names, by the characters that they are written with."""
    return _sounded().findall(text)


@cache
def _sounded() -> re.Pattern[str]:
    """Three of those characters together, or two with a dot before or behind them."""
    char = f"[{''.join(sorted(words_of('sounds')))}]"
    dot = "[·•・]"
    return re.compile(f"{char}{{3,8}}|{char}{{2,8}}(?={dot})|(?<={dot}){char}{{2,8}}")
