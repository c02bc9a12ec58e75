"""The language that a video is spoken in, of those that were heard in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from videobatch.records import Utterance


def spoken_language(utterances: Iterable[Utterance]) -> str | None:
    """The language in which most is said, by time; None where none was heard."""
    lasts_s: dict[str, float] = defaultdict(float)
    for said in utterances:
        if said.language is not None:
            lasts_s[said.language] += said.end_s - said.start_s
    return max(sorted(lasts_s), key=lambda code: lasts_s[code], default=None)
