"""Misheard terms, set right by the slide that is shown while they are said.

Careful before all else: a right word that is replaced is worse than a wrong one that stays. Only
English is looked at, only what the recogniser was not sure of, and no word that a dictionary or a
slide holds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from videobatch.languages import primary
from videobatch.pipeline.slides.terms import NEAR_S, rare_words, stretches_of, words_on
from videobatch.pipeline.text.markdown import stamp
from videobatch.pipeline.text.phrases import Phrases, remark
from videobatch.pipeline.text.sentences import WORD
from videobatch.pipeline.text.spelling import edit_distance, sound_key
from videobatch.records import Correction, Remark, RemarkCode, SlideText, Utterance, Word

LANGUAGE = "en"
# Right words of a recogniser seldom have less.
UNSURE = 0.75
# Shorter terms are near too many words.
LEAST_CHARS, LEAST_NEAR_CHARS = 5, 6
# What sounds alike may differ in so many of its letters, what does not, in one.
SOUNDING_SHARE = 0.45
SHOWN = 3
_PARTS = re.compile(r"^(\W*)(.*?)((?:['’]s)?\W*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Heard:
    """A word with its place in the text of its utterance, and its parts: what stands before it, the
    word in lower case, what stands behind it."""

    word: Word
    begin: int
    end: int
    before: str
    core: str
    behind: str

    @property
    def is_capital(self) -> bool:
        return self.word.text[len(self.before) :][:1].isupper()


def words_heard(utterances: Sequence[Utterance]) -> frozenset[str]:
    """The words that were heard one by one, in lower case."""
    return frozenset(
        core for said in utterances for word in said.words if (core := _parts(word.text)[1])
    )


def set_right(
    utterances: Sequence[Utterance],
    language: str | None,
    slides: Sequence[SlideText],
    known: Collection[str],
) -> tuple[Utterance, ...]:
    """The utterances, with each word or two that were heard nearly as the slide of that moment has
    them replaced, and told in `corrections`. `language` is that of utterances that tell none;
    `known` are the words of a dictionary among those of slides and utterances."""
    shown = [(slide, end_s, rare_words(slide, known)) for slide, end_s in stretches_of(slides)]
    familiar = frozenset(known) | words_on(slides)
    found: list[Utterance] = []
    for said in utterances:
        terms = {
            term.lower(): term
            for slide, end_s, rare in shown
            if slide.start_s < said.end_s + NEAR_S and said.start_s - NEAR_S < end_s
            for term in rare
            if len(term) >= LEAST_CHARS
        }
        is_english = primary(said.language or language) == LANGUAGE
        found.append(_corrected(said, terms, familiar) if terms and is_english else said)
    return tuple(found)


def correction_remarks(utterances: Sequence[Utterance]) -> tuple[Remark, ...]:
    """Tells a reader what was set right, and where."""
    every = [each for said in utterances for each in said.corrections]
    if not every:
        return ()
    return (remark(RemarkCode.CORRECTED, lambda say: _told(say, every)),)


def _told(say: Phrases, every: Sequence[Correction]) -> str:
    shown = [
        say.tell(
            "correction",
            heard=each.heard[:60],
            written=each.written[:60],
            at=stamp(each.start_s),
        )
        for each in every[:SHOWN]
    ]
    name = "corrected" if len(every) == 1 else "corrected_many"
    return say.tell(name, count=len(every), shown=say.enumerated(shown, len(every) - SHOWN))


def _corrected(said: Utterance, terms: dict[str, str], familiar: Collection[str]) -> Utterance:
    heard = list(_heard(said))
    if len(heard) != len(said.words):
        return said
    # Who says a term rightly means something else by what is like it.
    cores = {each.core for each in heard}
    left = {key: term for key, term in terms.items() if key not in cores}
    words: list[Word] = []
    changes: list[Correction] = []
    text, done = "", 0
    for run, term in _choices(heard, left, familiar):
        begin, end = run[0].begin, run[-1].end
        word = run[0].word if term is None else _written(run, term)
        if term is not None:
            lead, tail = len(run[0].before), len(run[-1].behind)
            bare = said.text[begin + lead : end - tail]
            own = word.text[lead : len(word.text) - tail]
            changes.append(Correction(word.start_s, bare, own))
        text += said.text[done:begin] + word.text
        words.append(word)
        done = end
    if not changes:
        return said
    text += said.text[done:]
    return replace(said, text=text, words=tuple(words), corrections=tuple(changes))


def _choices(
    heard: Sequence[_Heard], terms: dict[str, str], familiar: Collection[str]
) -> Iterator[tuple[Sequence[_Heard], str | None]]:
    """The words one by one, or two by two where both are one term; each with its term."""
    at = 0
    while at < len(heard):
        run, term = heard[at : at + 2], _term(heard[at : at + 2], terms, familiar)
        if term is None:
            run = heard[at : at + 1]
            term = _term(run, terms, familiar)
        yield run, term
        at += len(run)


def _heard(said: Utterance) -> Iterator[_Heard]:
    """The words at their places; fewer where they are not those of the text."""
    at = 0
    for word in said.words:
        begin = said.text.find(word.text, at)
        if begin < 0 or said.text[at:begin].strip() or not word.text:
            return
        at = begin + len(word.text)
        yield _Heard(word, begin, at, *_parts(word.text))


def _parts(text: str) -> tuple[str, str, str]:
    found = _PARTS.match(text)
    before, core, behind = found.groups() if found else ("", text, "")
    return before, core.lower().replace("’", "'"), behind


def _term(run: Sequence[_Heard], terms: dict[str, str], familiar: Collection[str]) -> str | None:
    """The term that the run is meant to be; None for none, or for more than one."""
    heard = "".join("".join(WORD.findall(each.core)) for each in run)
    if len(heard) < LEAST_CHARS - 1 or any(each.behind for each in run[:-1]):
        return None
    if heard in terms:
        # It was written in two words, or with a hyphen.
        return terms[heard]
    sure = [each.word.confidence for each in run]
    if any(_is_familiar(each.core, familiar) for each in run) or None in sure:
        return None
    if min(x for x in sure if x is not None) >= UNSURE:
        return None
    near = {key: d for key in terms if (d := _distance(heard, key)) is not None}
    best = [key for key, d in near.items() if d == min(near.values())]
    return terms[best[0]] if len(best) == 1 else None


def _is_familiar(core: str, familiar: Collection[str]) -> bool:
    return core in familiar or core.removesuffix("s") in familiar or len(core) < 3


def _distance(heard: str, term: str) -> int | None:
    """The letters that differ; None for what is another word, or another form of the term."""
    if heard.startswith(term) or term.startswith(heard):
        return None
    distance = edit_distance(heard, term)
    is_near = distance <= 1 and len(term) >= LEAST_NEAR_CHARS
    is_like = distance <= SOUNDING_SHARE * len(term) and sound_key(heard) == sound_key(term)
    return distance if is_near or is_like else None


def _written(run: Sequence[_Heard], term: str) -> Word:
    """The term with the run's times and marks; a plain word is as large as what was heard."""
    if term[1:].islower():
        term = (term[:1].upper() if run[0].is_capital else term[:1].lower()) + term[1:]
    sure = [each.word.confidence for each in run if each.word.confidence is not None]
    return Word(
        run[0].word.start_s,
        run[-1].word.end_s,
        run[0].before + term + run[-1].behind,
        min(sure, default=None),
    )
