"""The length of a document that somebody wishes for, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from videobatch.pipeline.text.sentences import count_words
from videobatch.records import Utterance

MAX_LENGTH = "max_length"
# The kinds of sections whose words count: those that sum up. The rest is the video itself.
COUNTED = frozenset(
    {"overview", "key_points", "key_terms", "chapters", "objectives", "glossary", "questions"}
    | {"cards", "written"}
)
# Of what the template has in each section, so much is tried, until it fits. At the least one entry
# is left of each.
SHARES = (1.0, 0.75, 0.5, 0.35, 0.25, 0.15, 0.1, 0.05, 0.0)
# The target of a link, and what stands on slides and pictures.
TARGET = re.compile(r"\]\([^)\n]*\)|\[\[[^|\n]*\|")
SHOWN = (">", "!", "[!")


def most_words(params: Mapping[str, Any]) -> int | None:
    """The most words that the reader wishes for; None for no such wish."""
    found = params.get(MAX_LENGTH)
    return found if isinstance(found, int) and found > 0 else None


def words_in(markdown: str) -> int:
    """The words of a section, without what stands on slides; each Chinese character is one."""
    lines = [line for line in markdown.splitlines() if not line.lstrip().startswith(SHOWN)]
    text = TARGET.sub(" ", "\n".join(lines))
    return count_words([Utterance(0.0, 0.0, text)])


def shares(most: int | None) -> Iterator[float]:
    """The shares to try, one where nothing is wished."""
    yield from SHARES if most is not None else SHARES[:1]
