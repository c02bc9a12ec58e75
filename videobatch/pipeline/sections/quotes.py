"""The statements that sections quote; each takes what no section before it has shown, and nothing
where a language model wrote the section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from videobatch.pipeline.sections.material import Findings
from videobatch.pipeline.text.chapters import within
from videobatch.pipeline.text.definitions import definitions
from videobatch.pipeline.text.summary import distinct, is_marked, key_points
from videobatch.pipeline.text.worth import GOOD, announcements, worth
from videobatch.records import Chapter, Utterance

Scalar = bool | int | float | str
Options = Mapping[str, Scalar]
Lines = Sequence[Utterance]
# The share of what was said that a section may quote: in short videos the sections would be the
# transcript again.
OVERVIEW_SHARE, POINTS_SHARE, CHAPTER_SHARE = 5, 3, 3


def none(findings: Findings, options: Options, shown: Lines) -> Lines:
    """Nothing: the section quotes no statements, or only what another says whole."""
    return ()


def overview(findings: Findings, options: Options, shown: Lines) -> Lines:
    """Takes what the speaker announces, and what carries most of the rest, in order of time."""
    lines = findings.lines
    if findings.written and findings.written.overview:
        return ()
    count = min(int(options["count"]), max(1, len(lines) // OVERVIEW_SHARE))
    opening = distinct(announcements(lines), shown)[: int(count > 1)]
    rest = key_points(lines, count - len(opening), [*shown, *opening])
    return sorted([*opening, *rest], key=lambda line: line.start_s)


def points(findings: Findings, options: Options, shown: Lines) -> Lines:
    """The statements that carry most; none where one alone would be left."""
    if findings.written and findings.written.key_points:
        return ()
    count = min(int(options["count"]), len(findings.lines) // POINTS_SHARE)
    found = key_points(findings.lines, count, shown)
    return found if len(found) > 1 or not shown else ()


def objectives(findings: Findings, options: Options, shown: Lines) -> Lines:
    """Takes what the speaker announces."""
    if findings.written and findings.written.objectives:
        return ()
    return distinct(announcements(findings.lines), shown)[: int(options["count"])]


def glossary(findings: Findings, options: Options, shown: Lines) -> Lines:
    """The sentences that define terms, of those that no other section has shown."""
    if findings.written and findings.written.terms:
        return ()
    found = definitions(findings.lines, int(options["count"]), findings.own_words)
    return [x for each in found if not set(each.lines) & set(shown) for x in each.lines]


def chapters(findings: Findings, options: Options, shown: Lines) -> Lines:
    """The statements that carry most of each chapter; where some of it was shown, or enough of the
    whole stands alone, only what does."""
    found: list[Utterance] = []
    written = findings.written.chapters if findings.written else ()
    is_good = _has_good(findings.lines)
    told = {chapter.start_s for chapter in written if chapter.points}
    for chapter in findings.chapters:
        if chapter.start_s in told:
            continue
        own = within(findings.lines, chapter.start_s, end_of(findings, chapter))
        count = min(int(options["count"]), -(-len(own) // CHAPTER_SHARE))
        rest = [line for line in own if line not in shown]
        if is_good or len(rest) < len(own):
            rest = [line for line in rest if worth(line.text, punctuated=is_marked(own)) >= GOOD]
        found += key_points(rest, count, [*shown, *found])
    return found


def _has_good(lines: Lines) -> bool:
    """True where a third of the statements stand alone."""
    punctuated = is_marked(lines)
    good = sum(worth(line.text, punctuated=punctuated) >= GOOD for line in lines)
    return 3 * good >= max(1, len(lines))


def end_of(findings: Findings, chapter: Chapter) -> float:
    """The end of the chapter; the last one takes what lies at or after its end."""
    return float("inf") if chapter is findings.chapters[-1] else chapter.end_s
