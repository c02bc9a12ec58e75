"""Statements, words and paragraphs of a transcript."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path

import yaml

from videobatch.pipeline.text import cutting
from videobatch.pipeline.text.markdown import plain
from videobatch.pipeline.text.segmenter import Token, tokens
from videobatch.records import Utterance

CJK, SENTENCE_END = cutting.CJK, cutting.ENDED
ENDING = re.compile(r"[.!?…](?:['\"”’)\]]|\s|$)|[。！？]")
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
JOIN_PAUSE_S = 0.8
LONGEST_S = 20.0
MOST_CHARS = 400
LEAST_WORDS = 4
# Nouns, verbs, adjectives, what tells kinds apart, idioms, phrases, short forms, stems, places, and
# what the dictionary calls unknown; of jieba's parts of speech.
SUBJECTS = frozenset("nvabiljgszx")
# Each statement is looked at by many sections; a long talk has some thousand of them.
CACHED = 8192


@cache
def stop_words() -> frozenset[str]:
    """Words that say nothing of a subject, English, Chinese and Japanese."""
    text = (Path(__file__).parent / "stop_words.yaml").read_text(encoding="utf-8")
    return frozenset(word for words in yaml.safe_load(text).values() for word in words.split())


@lru_cache(maxsize=CACHED)
def tokens_of(text: str, own: frozenset[str] = frozenset()) -> tuple[Token, ...]:
    """The words in lower case, those of Chinese with their part of speech; "" as that of others.
    `own` are words of Chinese that no dictionary knows."""
    found: list[Token] = []
    for word in WORD.findall(text.lower().replace("’", "'")):
        position = 0
        for run in CJK.finditer(word):
            found.extend(_letters(word[position : run.start()]))
            found.extend(tokens(run.group(), own))
            position = run.end()
        found.extend(_letters(word[position:]))
    return tuple(found)


def _letters(text: str) -> list[Token]:
    return [Token(text, "", text)] if text else []


@lru_cache(maxsize=CACHED)
def words(text: str) -> tuple[str, ...]:
    """The words in lower case."""
    return tuple(token.text for token in tokens_of(text))


@lru_cache(maxsize=CACHED)
def subject_words(text: str) -> tuple[str, ...]:
    """The words that may tell what a text is about."""
    return tuple(token.text for token in tokens_of(text) if is_subject(token))


def is_subject(token: Token) -> bool:
    """True for a word that may tell what a text is about: of Chinese, one of two characters or
    more that is neither a pronoun, a number, an adverb nor smaller."""
    word = token.base
    if word in stop_words() or word.isdigit() or len(word) < 2:
        return False
    return token.kind[:1] in SUBJECTS if token.kind else len(word) > 2


def count_words(utterances: Iterable[Utterance]) -> int:
    """The number of words that were said; each Chinese or Japanese character counts as one."""
    total = 0
    for utterance in utterances:
        for word in WORD.findall(utterance.text):
            characters = sum(len(run) for run in CJK.findall(word))
            total += characters + (len(CJK.sub("", word)) > 0)
    return total


def statements(utterances: Sequence[Utterance]) -> tuple[Utterance, ...]:
    """The sentences of the utterances, in order of time; empty ones and repeated lines left out.

    What was heard and subtitles begin and end anywhere: words with punctuation are joined and cut
    into whole sentences. Without it, only what is too short to stand alone is joined to what
    follows closely.
    """
    lines: list[Utterance] = []
    for u in sorted(utterances, key=lambda u: (u.start_s, u.end_s)):
        line = replace(u, text=plain(u.text))
        if lines and line.text and _is_again(lines[-1], line):
            lines[-1] = replace(lines[-1], end_s=max(lines[-1].end_s, line.end_s))
        elif line.text:
            lines.append(line)
    is_cut = is_punctuated(lines)
    return tuple(_named(cutting.sentences(lines) if is_cut else _joined(lines)))


def is_punctuated(lines: Sequence[Utterance]) -> bool:
    """True where sentences are marked in one line of five, at least."""
    ended = sum(1 for line in lines if ENDING.search(line.text))
    return 0 < len(lines) <= 5 * ended


def _joined(lines: Iterable[Utterance]) -> list[Utterance]:
    joined: list[Utterance] = []
    for line in lines:
        bare = replace(line, words=(), language=None)
        if joined and _belongs(joined[-1], line):
            joined[-1] = _join(joined[-1], line)
        else:
            joined.append(bare)
    return joined


def _named(lines: Iterable[Utterance]) -> Iterator[Utterance]:
    """The lines, with the name of a speaker where another one begins to speak."""
    before: str | None = None
    for line in lines:
        name = plain(line.speaker, 80) if line.speaker and line.speaker != before else ""
        before = line.speaker
        yield replace(line, text=f"{name}: {line.text}") if name else line


def _is_again(last: Utterance, line: Utterance) -> bool:
    same = last.text == line.text and last.speaker == line.speaker
    return same and line.start_s - last.end_s < 2.0


def _belongs(last: Utterance, line: Utterance) -> bool:
    if line.speaker != last.speaker or count_words([last]) >= LEAST_WORDS:
        return False
    is_near = line.start_s - last.end_s <= JOIN_PAUSE_S and line.end_s - last.start_s <= LONGEST_S
    return is_near and len(last.text) + len(line.text) < MOST_CHARS


def _join(last: Utterance, line: Utterance) -> Utterance:
    glue = " " if cutting.are_apart(last.text, line.text) else ""
    known = [c for c in (last.confidence, line.confidence) if c is not None]
    confidence = sum(known) / len(known) if known else None
    return Utterance(
        last.start_s, line.end_s, last.text + glue + line.text, confidence, last.speaker
    )


def paragraphs(
    lines: Sequence[Utterance], breaks_s: Sequence[float] = (), most_s: float = 60.0
) -> list[list[Utterance]]:
    """Statements in paragraphs: a new one at each of `breaks_s` (chapters), at a pause of 2 s,
    and at the first statement `most_s` after the paragraph's begin."""
    out: list[list[Utterance]] = []
    for line in lines:
        if out:
            first, last = out[-1][0], out[-1][-1]
            crossed = any(last.start_s < at <= line.start_s for at in breaks_s)
            paused = line.start_s - last.end_s >= 2.0
            if not crossed and not paused and line.end_s - first.start_s <= most_s:
                out[-1].append(line)
                continue
        out.append([line])
    return out


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of the words that both have (Jaccard's index), 0 to 1."""
    both = len(one & other)
    return both / len(one | other) if both else 0.0
