"""The English words that a dictionary holds: CMU's, which comes with pocketsphinx."""

from __future__ import annotations

import logging
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path

log = logging.getLogger(__name__)

_FILE = Path("model", "en-us", "cmudict-en-us.dict")


def known_words(asked: Collection[str]) -> frozenset[str]:
    """Those of the words, in lower case, that stand in it; all of them where there is none.

    Read line by line, because it has 134,000, and a child would keep 12 MB for a few questions.
    """
    path = _path()
    if path is None:
        log.warning("there is no dictionary: no word is taken for a name")
        return frozenset(asked)
    wanted = frozenset(asked)
    with path.open(encoding="utf-8") as lines:
        return frozenset(word for line in lines if (word := line.split(" ", 1)[0]) in wanted)


def _path() -> Path | None:
    spec = find_spec("pocketsphinx")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / _FILE
    return path if path.is_file() else None
