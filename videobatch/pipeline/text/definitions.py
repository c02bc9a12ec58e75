"""Terms that a talk defines itself, with the sentences that do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from videobatch.pipeline.text.chinese import HANGING as POINTING_IN_CHINESE
from videobatch.pipeline.text.chinese import IS as IS_IN_CHINESE
from videobatch.pipeline.text.chinese import NONE, Own, defined_in
from videobatch.pipeline.text.cutting import CJK
from videobatch.pipeline.text.lexicon import lexicon
from videobatch.pipeline.text.segmenter import simplified
from videobatch.pipeline.text.sentences import stop_words, subject_words
from videobatch.pipeline.text.summary import is_marked
from videobatch.pipeline.text.titles import verbs
from videobatch.pipeline.text.worth import CONNECTED, OPEN_IN_CJK, POINTING, is_asked, is_whole
from videobatch.records import Utterance

WORDS = r"[^\W\d_][\w'’-]+(?: [^\W\d_][\w'’-]+){0,2}"
# "A derivative is the rate of change."
IS = re.compile(
    rf"^(?:(?:an?|the) )?({WORDS}),? (?:is|are) (?:just |simply |basically |really |nothing but )?"
    r"(?:an?|the|any|one|what|anything)\b",
    re.IGNORECASE,
)
MEANS = re.compile(
    rf"^(?:(?:an?|the) )?({WORDS}) (?:means|refers to|stands for|is short for|is defined as)\b",
    re.IGNORECASE,
)
# "This is called a collision." "We call that the gradient."
CALLED = re.compile(
    r"(?:\b(?:is|are|was|be|it['’]s|that['’]s)(?: \w+ly)?"
    r" (?:called|known as)"
    r"|\bcall(?: (?:this|that|it|them|these|those|such \w+))?) (?:(?:an?|the) )?"
    rf"({WORDS})(?=[.,;:]|$)",
    re.IGNORECASE,
)
# "A hash is like that."
HANGING = re.compile(r"\b(?:that|this|it|them|these|those)[.!]$", re.IGNORECASE)
WORD = re.compile(r"\w+")
NEAR_S, MOST_CHARS = 3.0, 300
LEAST_TOLD = 3


@dataclass(frozen=True, slots=True)
class Definition:
    """A term, and one or two sentences that say what it is, from `at_s` on. `lines` are these
    sentences."""

    term: str
    text: str
    at_s: float
    lines: tuple[Utterance, ...] = field(default=(), compare=False)


def definitions(lines: Sequence[Utterance], count: int, own: Own = NONE) -> tuple[Definition, ...]:
    """At most `count` terms that the statements define, in order of time; the first definition of
    each, and none whose sentence explains one before it. A sentence that says only "this is
    called" comes with the one before it. `own` are words of Chinese that no dictionary knows."""
    marked = is_marked(lines)
    found: dict[str, Definition] = {}
    used: set[Utterance] = set()
    index = _Index(lines)
    for place in range(len(lines)):
        if len(found) >= count:
            break
        for definition in _of(index, place, own, marked):
            if definition.term.lower() not in found and not used & set(definition.lines):
                found[definition.term.lower()] = definition
                used |= set(definition.lines)
    return tuple(found.values())[: max(0, count)]


class _Index:
    """The statements, and where each word stands in them: it is asked of many terms whether they
    return."""

    def __init__(self, lines: Sequence[Utterance]) -> None:
        self.lines = lines
        self._places: dict[str, list[int]] = {}
        for place, line in enumerate(lines):
            for word in set(WORD.findall(line.text.lower())):
                self._places.setdefault(word, []).append(place)

    def returns(self, term: str) -> bool:
        """True where two statements hold the term."""
        pattern = re.compile(rf"\b{re.escape(term)}\b", re.IGNORECASE)
        places = [self._places.get(word, []) for word in WORD.findall(term.lower())]
        rarest = min(places, key=len, default=[])
        holding = (place for place in rarest if pattern.search(self.lines[place].text))
        return len(list(islice(holding, 2))) == 2


def _of(index: _Index, place: int, own: Own, marked: bool) -> Iterator[Definition]:
    lines = index.lines
    line = lines[place]
    text = line.text
    if is_asked(text) or not _is_told(text, marked) or len(text) > MOST_CHARS:
        return
    connected = CONNECTED.match(text)
    bare = text[connected.end() :] if connected else text
    match = IS.match(bare) or MEANS.match(bare)
    if match and _is_term(match[1]) and index.returns(match[1]) and not HANGING.search(text):
        yield Definition(match[1], text, line.start_s, (line,))
        return
    term = _called(text, own)
    if term is None:
        return
    if not (POINTING.match(bare) or _points_in_chinese(bare, term)):
        said = _telling(lines, place, term, marked)
        if said is not None:
            yield Definition(term, said.text, said.start_s, (said,))
        return
    before = lines[place - 1] if place else None
    if before is None or line.start_s - before.end_s > NEAR_S or is_asked(before.text):
        return
    if _is_told(before.text, marked) and len(before.text) + len(text) <= MOST_CHARS:
        glue = "" if CJK.search(text) else " "
        both = f"{before.text}{glue}{text}"
        yield Definition(term, both, before.start_s, (before, line))


def _is_told(text: str, marked: bool) -> bool:
    """True for a whole sentence; where sentences bear no marks (`marked` is False), in Chinese also
    for a line that does not go on in the next one."""
    if marked or not CJK.search(text):
        return is_whole(text)
    return is_whole(text) or OPEN_IN_CJK.search(simplified(text)) is None


def _points_in_chinese(text: str, term: str) -> bool:
    """True for a sentence that says only "this is called": one that says more stands alone."""
    if not POINTING_IN_CHINESE.match(simplified(text)):
        return False
    return len(subject_words(text.replace(term, "，"))) < LEAST_TOLD


def _telling(lines: Sequence[Utterance], place: int, term: str, marked: bool) -> Utterance | None:
    """The sentence that says what the term is: the one that names it, or where it says no more in
    Chinese, the next one if it begins with the term."""
    line = lines[place]
    if not CJK.search(term):
        return line if len(subject_words(line.text)) >= 2 else None
    least = 1 if any(mark in simplified(line.text) for mark in IS_IN_CHINESE) else 2
    if len(subject_words(line.text.replace(term, "，"))) >= least:
        return line
    following = lines[place + 1] if place + 1 < len(lines) else None
    if (
        following is None
        or not following.text.startswith(term)
        or not _is_told(following.text, marked)
    ):
        return None
    return following if following.start_s - line.end_s <= NEAR_S else None


def _called(text: str, own: Own) -> str | None:
    match = CALLED.search(text)
    if match:
        return match[1] if _is_term(match[1]) else None
    term = defined_in(text, own) if CJK.search(text) else None
    # As it is written: the words of a text are looked at in lower case.
    shape = re.search(re.escape(term), text, re.IGNORECASE) if term else None
    return shape[0] if shape else None


def _is_term(term: str) -> bool:
    words = term.lower().split()
    small = stop_words() | verbs()
    return words[-1] not in lexicon("general") and not any(word in small for word in words)
