"""Phantoms of a recogniser: words that it writes down where nobody speaks, because the videos that
it learned from end with them.

People say "Thank you" too. What tells a phantom is the phrase, and that the recogniser is not sure
of it or that it stands alone between long silences. What is left out is counted and told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import yaml

from videobatch.pipeline.text.markdown import stamp
from videobatch.pipeline.text.phrases import Phrases, remark
from videobatch.records import Remark, RemarkCode, Utterance

# Below this a recogniser is not sure; its own words for what it hears have 0.7 and more.
UNSURE = 0.5
# With so much silence on both sides, or the beginning or the end of the video, it stands alone: a
# credit, and what people say too.
ALONE_CREDIT_S, ALONE_S = 1.0, 8.0
# A credit may go on with a name.
MOST_MORE_CHARACTERS = 40
SHOWN = 3
_WORDS = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def leave_out_phantoms(
    utterances: Sequence[Utterance],
) -> tuple[tuple[Utterance, ...], tuple[Utterance, ...]]:
    """The utterances without the phantoms, and the phantoms; both in order of time."""
    ordered = sorted(utterances, key=lambda said: said.start_s)
    suspects = [_suspicion(said) for said in ordered]
    kept: list[Utterance] = []
    left_out: list[Utterance] = []
    for place, said in enumerate(ordered):
        alone_s = suspects[place]
        is_phantom = alone_s is not None and (
            _is_unsure(said) or _silence_s(ordered, suspects, place) >= alone_s
        )
        (left_out if is_phantom else kept).append(said)
    return tuple(kept), tuple(left_out)


def phantom_remarks(left_out: Sequence[Utterance], by: str) -> tuple[Remark, ...]:
    """Tells a reader what was left out, and where."""
    if not left_out:
        return ()
    return (remark(RemarkCode.PHANTOM, lambda say: _told(say, left_out, by)),)


def _told(say: Phrases, left_out: Sequence[Utterance], by: str) -> str:
    count = len(left_out)
    shown = say.enumerated(
        [say.tell("quoted", text=s.text[:60], at=stamp(s.start_s)) for s in left_out[:SHOWN]],
        count - SHOWN,
    )
    name = "phantom" if count == 1 else "phantoms"
    return say.tell(name, count=count, by=by, shown=shown)


def _suspicion(said: Utterance) -> float | None:
    """The silence around it with which it is a phantom, s; None for what is none in any case."""
    text = _plain(said.text)
    ends, courtesies = _phrases()
    if any(text.startswith(c) and len(text) - len(c) <= MOST_MORE_CHARACTERS for c in ends):
        return ALONE_CREDIT_S
    return ALONE_S if text in courtesies else None


def _is_unsure(said: Utterance) -> bool:
    return said.confidence is not None and said.confidence < UNSURE


def _silence_s(ordered: Sequence[Utterance], suspects: Sequence[float | None], place: int) -> float:
    """The shorter of the silences before and after it; other suspects are silence, too."""
    said = ordered[place]
    before = [o.end_s for o, s in zip(ordered[:place], suspects, strict=False) if s is None]
    after = [
        o.start_s
        for o, s in zip(ordered[place + 1 :], suspects[place + 1 :], strict=True)
        if s is None
    ]
    gaps_s = [said.start_s - max(before)] if before else []
    gaps_s += [after[0] - said.end_s] if after else []
    # Where nothing else was said at all, nothing speaks for it.
    return min(gaps_s, default=float("inf"))


def _plain(text: str) -> str:
    return " ".join(_WORDS.findall(text.casefold().replace("’", "'")))


@cache
def _phrases() -> tuple[tuple[str, ...], frozenset[str]]:
    """Credits and courtesies of all languages: a recogniser makes them up in any of them."""
    text = (Path(__file__).parent / "phantoms.yaml").read_text(encoding="utf-8")
    table = yaml.safe_load(text)
    ends, courtesies = (
        [_plain(phrase) for phrases in table[kind].values() for phrase in phrases]
        for kind in ("credits", "courtesies")
    )
    return tuple(ends), frozenset(courtesies)
