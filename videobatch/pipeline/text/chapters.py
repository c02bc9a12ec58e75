"""Chapters: where a talk turns to something else, told by pauses, pictures and words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from videobatch.pipeline.text.sentences import subject_words
from videobatch.pipeline.text.summary import key_terms, term_counts
from videobatch.records import Chapter, Utterance

NEAR_S = 3.0
WINDOW = 8


@dataclass(frozen=True, slots=True)
class ChapterOptions:
    """About one chapter in `typical_s`, none shorter than `least_s` (in short videos: than a
    quarter of it all), at most `most` of them."""

    typical_s: float = 180.0
    least_s: float = 45.0
    most: int = 20
    part: str = "Part {number}"


def find_chapters(
    lines: Sequence[Utterance],
    scene_changes_s: Sequence[float],
    duration_s: float,
    options: ChapterOptions | None = None,
) -> tuple[Chapter, ...]:
    """Chapters from 0 to `duration_s` without gaps, at least one; () where there is no time.

    A chapter begins at a statement after a pause, better where the picture changes too and where
    the words after it differ from those before (M. Hearst, "TextTiling", 1997); without speech,
    at scene changes.
    """
    options = options or ChapterOptions()
    end_s = max(duration_s, lines[-1].end_s if lines else 0.0)
    if end_s <= 0:
        return ()
    wanted = min(options.most, max(1, round(end_s / options.typical_s)))
    if wanted == 1 and end_s >= 4 * options.least_s / 3:
        wanted = 2
    scenes = [(1.0, at) for at in scene_changes_s]
    candidates = _turns(lines, scene_changes_s, 0.3) if lines else scenes
    if lines and 4 * len(candidates) < wanted - 1:
        # Subtitles may follow each other without a pause.
        candidates = _turns(lines, scene_changes_s, 0.0)
    # In long videos chapters are further apart, or many equal places would crowd at the beginning.
    least_s = min(max(options.least_s, end_s / (3 * wanted)), end_s / 4)
    starts = _choose(candidates, wanted - 1, least_s, end_s)
    return _titled(lines, [0.0, *starts], end_s, options)


def _turns(
    lines: Sequence[Utterance], scene_changes_s: Sequence[float], least_pause_s: float
) -> list[tuple[float, float]]:
    """(score, time) for each statement that could begin a chapter: after a pause of
    `least_pause_s` at least, or where the picture changes."""
    bags = [Counter(subject_words(line.text)) for line in lines]
    found: list[tuple[float, float]] = []
    for i in range(1, len(lines)):
        pause_s = lines[i].start_s - lines[i - 1].end_s
        scene = any(
            lines[i - 1].end_s - NEAR_S <= at <= lines[i].start_s + NEAR_S for at in scene_changes_s
        )
        if pause_s < least_pause_s and not scene:
            continue
        before = sum(bags[max(0, i - WINDOW) : i], Counter[str]())
        after = sum(bags[i : i + WINDOW], Counter[str]())
        score = min(pause_s, 3.0) / 3.0 + 0.7 * scene + (1.0 - _cosine(before, after))
        found.append((score, lines[i].start_s))
    return found


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    dot = sum(count * other[word] for word, count in one.items())
    norm = sum(c * c for c in one.values()) * sum(c * c for c in other.values())
    return float(dot / norm**0.5) if norm else 0.0


def _choose(
    candidates: Sequence[tuple[float, float]], count: int, least_s: float, end_s: float
) -> list[float]:
    chosen: list[float] = []
    for _, at in sorted(candidates, key=lambda c: (-c[0], c[1])):
        if len(chosen) >= count:
            break
        if 0.0 < at < end_s and all(abs(at - other) >= least_s for other in (0.0, end_s, *chosen)):
            chosen.append(at)
    return sorted(chosen)


def _titled(
    lines: Sequence[Utterance], starts: Sequence[float], end_s: float, options: ChapterOptions
) -> tuple[Chapter, ...]:
    chapters: list[Chapter] = []
    everywhere = term_counts(lines)
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], end_s], strict=True), 1):
        own = within(lines, start, end)
        terms = [term.text for term in key_terms(own, 3, background=everywhere)]
        title = ", ".join(terms) or options.part.format(number=number)
        chapters.append(Chapter(start, end, title[:1].upper() + title[1:]))
    return tuple(chapters)


def within(lines: Sequence[Utterance], start_s: float, end_s: float) -> list[Utterance]:
    """The statements that begin in [start_s, end_s)."""
    return [line for line in lines if start_s <= line.start_s < end_s]
