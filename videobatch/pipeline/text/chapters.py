"""Chapters: where a talk turns to something else, told by pauses, pictures and words."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

from videobatch.pipeline.text.chinese import NONE, Own
from videobatch.pipeline.text.sentences import CJK, subject_words
from videobatch.pipeline.text.summary import as_written, key_terms, term_counts
from videobatch.pipeline.text.titles import phrase_counts, title_of
from videobatch.records import Chapter, Utterance

NEAR_S = 3.0
WINDOW = 8
# Slides stand for so long at least, in the mean; each may be a chapter, up to so many.
SLIDE_S, SLIDES = 8.0, 6
# The first two of so many terms that make a title.
MOST_TERMS = 6


@dataclass(frozen=True, slots=True)
class ChapterOptions:
    """About one chapter in `typical_s`, none shorter than `least_s` (in short videos: than a
    quarter of it all), at most `most` of them. `own` are words of Chinese that no dictionary
    knows."""

    typical_s: float = 180.0
    least_s: float = 45.0
    most: int = 20
    part: str = "Part {number}"
    own: Own = NONE


@dataclass(frozen=True, slots=True)
class Turn:
    """A place where a chapter could begin, and how much speaks for it."""

    score: float
    at_s: float
    is_slide: bool


def find_chapters(
    lines: Sequence[Utterance],
    scene_changes_s: Sequence[float],
    duration_s: float,
    options: ChapterOptions | None = None,
    text_changes_s: Sequence[float] = (),
) -> tuple[Chapter, ...]:
    """Chapters from 0 to `duration_s` without gaps, at least one; () where there is no time.

    A chapter begins at a statement after a pause, better where the picture changes too and where
    the words after it differ from those before (M. Hearst, "TextTiling", 1997); without speech,
    at scene changes. `text_changes_s` is since when slides with another heading are shown: these
    count as slides, however often the picture changes beside them.
    """
    options = options or ChapterOptions()
    end_s = max(duration_s, lines[-1].end_s if lines else 0.0)
    if end_s <= 0:
        return ()
    wanted = min(options.most, max(1, round(end_s / options.typical_s)))
    if wanted == 1 and end_s >= 4 * options.least_s / 3:
        wanted = 2
    changes_s = sorted({*scene_changes_s, *text_changes_s})
    turns = _turns(lines, changes_s, 0.3, text_changes_s)
    candidates = turns if lines else [Turn(1.0, at, is_slide=False) for at in changes_s]
    if lines and 4 * len(candidates) < wanted - 1:
        # Subtitles may follow each other without a pause.
        candidates = _turns(lines, changes_s, 0.0, text_changes_s)
    # In long videos chapters are further apart, or many equal places would crowd at the beginning.
    least_s = min(max(options.least_s, end_s / (3 * wanted)), end_s / 4)
    starts = _choose(candidates, wanted - 1, least_s, end_s)
    shown_s = [
        at for each in (scene_changes_s, text_changes_s) if _are_slides(each, end_s) for at in each
    ]
    if shown_s:
        slides = _turns(lines, shown_s, float("inf"), text_changes_s)
        starts = _choose(slides, min(options.most, SLIDES) - 1, end_s / 8, end_s, starts)
    return _titled(lines, [0.0, *starts], end_s, options)


def _are_slides(scene_changes_s: Sequence[float], end_s: float) -> bool:
    """True where the pictures change as seldom as slides do."""
    return 0 < len(scene_changes_s) <= end_s / SLIDE_S


def _turns(
    lines: Sequence[Utterance],
    scene_changes_s: Sequence[float],
    least_pause_s: float,
    text_changes_s: Sequence[float],
) -> list[Turn]:
    """The statements that could begin a chapter: after a pause of `least_pause_s` at least, or
    where the picture changes; better where its heading does."""
    bags = [Counter(subject_words(line.text)) for line in lines]
    slides, headings = _nearest(lines, scene_changes_s), _nearest(lines, text_changes_s)
    found: list[Turn] = []
    for i in range(1, len(lines)):
        pause_s = lines[i].start_s - lines[i - 1].end_s
        if pause_s < least_pause_s and i not in slides:
            continue
        before = sum(bags[max(0, i - WINDOW) : i], Counter[str]())
        after = sum(bags[i : i + WINDOW], Counter[str]())
        seen = 0.7 * ((i in slides) + (i in headings))
        score = min(pause_s, 3.0) / 3.0 + seen + (1.0 - _cosine(before, after))
        found.append(Turn(score, lines[i].start_s, i in slides))
    return found


def _nearest(lines: Sequence[Utterance], scene_changes_s: Sequence[float]) -> set[int]:
    """For each change of the picture the statement that begins nearest to it, if it is near."""
    starts_s = [line.start_s for line in lines]
    found: set[int] = set()
    for at in scene_changes_s if lines else ():
        right = bisect(starts_s, at)
        near = min(
            (i for i in (right - 1, right) if 0 <= i < len(lines)),
            key=lambda i: abs(starts_s[i] - at),
        )
        if abs(starts_s[near] - at) <= NEAR_S:
            found.add(near)
    return found


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    dot = sum(count * other[word] for word, count in one.items())
    norm = sum(c * c for c in one.values()) * sum(c * c for c in other.values())
    return float(dot / norm**0.5) if norm else 0.0


def _choose(
    candidates: Sequence[Turn],
    count: int,
    least_s: float,
    end_s: float,
    chosen: Sequence[float] = (),
) -> list[float]:
    """The best places beside those that are chosen, up to `count` of them, none nearer than
    `least_s` to another one."""
    found = list(chosen)
    for turn in sorted(candidates, key=lambda turn: (-turn.score, turn.at_s)):
        if len(found) >= count:
            break
        edges = (0.0, end_s, *found)
        if 0.0 < turn.at_s < end_s and all(abs(turn.at_s - at) >= least_s for at in edges):
            found.append(turn.at_s)
    return sorted(found)


def _titled(
    lines: Sequence[Utterance], starts: Sequence[float], end_s: float, options: ChapterOptions
) -> tuple[Chapter, ...]:
    chapters: list[Chapter] = []
    everywhere, phrases = term_counts(lines, options.own), phrase_counts(lines)
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], end_s], strict=True), 1):
        own = within(lines, start, end)
        title = title_of(own, phrases, [chapter.title for chapter in chapters])
        if title is None:
            title = _of_terms(own, everywhere, options, [chapter.title for chapter in chapters])
        chapters.append(Chapter(start, end, title or options.part.format(number=number)))
    return tuple(chapters)


def _of_terms(
    own: Sequence[Utterance],
    everywhere: Counter[str],
    options: ChapterOptions,
    taken: Collection[str],
) -> str:
    """A title of what is said most: a word of English, two of Chinese, since a phrase there needs
    a grammar and one word alone says too little. Chinese speech has no title in Latin letters
    alone where it has terms of its own."""
    is_chinese = any(CJK.search(line.text) for line in own)
    found = key_terms(own, MOST_TERMS if is_chinese else 2, everywhere, options.own)
    terms = [as_written(term.text, own) for term in found]
    if not is_chinese:
        title = next((term for term in terms if term not in taken), "".join(terms[:1]))
        return title[:1].upper() + title[1:]
    titles = ["、".join(pair) for pair in combinations(terms, 2)] + [*terms[1:], *terms[:1]]
    spoken = [title for title in titles if CJK.search(title)] or titles
    return next((title for title in spoken if title not in taken), "".join(spoken[:1]))


def within(lines: Sequence[Utterance], start_s: float, end_s: float) -> list[Utterance]:
    """The statements that begin in [start_s, end_s)."""
    return [line for line in lines if start_s <= line.start_s < end_s]
