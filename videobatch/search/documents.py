"""The passages of a document: its lines without their marks, each at its second of the video."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from videobatch.search.passages import clean
from videobatch.search.records import Kind, Mark, Passage

# A longer line is read in parts: what its marks may take grows with the square of its length.
MOST_CHARS = 4_000
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_CLOCK = r"(?:\d{1,3}:)?\d{1,2}:\d{2}"
_HEADING = re.compile(r"(#{1,6})\s")
# A still, alone or as a link; a picture says nothing that is looked for.
_PICTURE = re.compile(r"\[!\[[^\]]*\]\([^)\s]*\)\]\([^)\s]*\)|!\[[^\]]*\]\([^)\s]*\)")
# A time with what marks it as one: a link of Markdown or of Obsidian's, or in bold or brackets.
_TIME = re.compile(
    r"\s?[(（]?\**(?:"
    rf"\[{_CLOCK}\]\([^)\s]*#t=(\d+)\)|\[\[[^\[\]|]*#t=(\d+)(?:\\?\|[^\]]*)?\]\])\**[)）]?"
    rf"|\*\*({_CLOCK})\*\*|\s?[(（]({_CLOCK})[)）]|(?<=^#)#*\s({_CLOCK})(?=\s)"
)
# From one time to another, at the head of a line: the first one counts.
_ANY_TIME = rf"\[{_CLOCK}\]\([^)\s]*#t=\d+\)|\[\[[^\[\]|]*#t=\d+(?:\\?\|[^\]]*)?\]\]|{_CLOCK}"
_RANGE = re.compile(
    rf"^((?:\d{{1,9}}[.)]|[-+*])\s+)({_ANY_TIME})\s*(?:to|至|[-–—])\s*(?:{_ANY_TIME})[:：]?\s*"
)
_TARGET = re.compile(r"\]\(([^()\s]+)#t=\d+\)")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^)\s]*\)|\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]")
_LEAD = re.compile(r"^(?:>\s?|[-+*](?:\s|$)(?:\[[ xX]\]\s)?|(?:\d{1,9}[.)]|#{1,6})(?:\s|$)|\|)+")
_BLOCK_ID = re.compile(r"\s\^[\w-]+$")
_RULE = re.compile(r"[-=*_|:\s]*")
_MARKS = re.compile(r"(?<!\\)(?:\*+|`+|==|~~|\$|<!--.*?-->|<[^<>]*>)")
_BAR = re.compile(r"(?<!\\)\|")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_STOPS = ".,;:!?。，；：！？"
_FENCE = re.compile(r"\s*(?:```|~~~)")


def target(markdown: str) -> str:
    """The video's address from the document, percent-encoded, as its links have it; "" where there
    is none."""
    found = _TARGET.search(markdown)
    return found[1] if found else ""


@dataclass(slots=True)
class _Place:
    """The second that the reading has come to, and the rank of the heading that told it (0: none
    did)."""

    at_s: float | None = None
    depth: int = 0
    is_code: bool = False

    def pass_heading(self, line: str, *, is_told: bool) -> None:
        """Forgets the second at a heading of the same rank or a higher one that tells none."""
        heading = _HEADING.match(line)
        if heading is None:
            return
        depth = len(heading[1])
        if is_told:
            self.depth = depth
        elif depth <= self.depth or not self.depth:
            self.at_s, self.depth = None, 0


def written(markdown: str, source: str) -> Iterator[Passage]:
    """The passages of a document, a line each. One that tells no time has that of the line before
    it in its section."""
    place = _Place()
    for raw in _lines(_FRONT_MATTER.sub("", markdown)):
        if _FENCE.match(raw):
            place.is_code = not place.is_code
            continue
        line = raw.strip() if place.is_code else _BLOCK_ID.sub("", _PICTURE.sub("", raw).strip())
        if not line or _RULE.fullmatch(line):
            continue
        line = line if place.is_code else _RANGE.sub(r"\1**\2** ", line)
        times = [] if place.is_code else list(_TIME.finditer(line))
        place.pass_heading("" if place.is_code else line, is_told=bool(times))
        passage = _passage(line, times, source, place)
        if passage is not None:
            yield passage


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield from (line[at : at + MOST_CHARS] for at in range(0, len(line), MOST_CHARS))


def _passage(line: str, times: list[re.Match[str]], source: str, place: _Place) -> Passage | None:
    text, marks = "", list[Mark]()
    for part, at_s in _parts(line, times, place.at_s):
        plain = clean(part) if place.is_code else _plain(part, is_first=not text)
        # What ends a sentence may stand behind its time.
        stop = plain[: len(plain) - len(plain.lstrip(_STOPS))] if text else ""
        text, plain = text + stop, plain[len(stop) :].lstrip()
        if re.search(r"\w", plain):
            text += " " * bool(text)
            marks.append(Mark(len(text), at_s))
            text += plain
    if times:
        place.at_s = _seconds(times[-1])
    return Passage(Kind.DOCUMENT, source, text, tuple(marks)) if marks else None


def _parts(
    line: str, times: list[re.Match[str]], before_s: float | None
) -> Iterator[tuple[str, float | None]]:
    """The texts between the times, each with its own: what stands before a time has that time,
    unless the line begins with one, which is then that of the text behind it."""
    if not times:
        yield line, before_s
        return
    is_leading = not re.search(r"\w", _LEAD.sub("", line[: times[0].start()]))
    begin = 0
    for time in times:
        at_s = before_s if is_leading else _seconds(time)
        yield line[begin : time.start()], at_s
        before_s, begin = _seconds(time), time.end()
    yield line[begin:], before_s


def _seconds(time: re.Match[str]) -> float:
    linked, wiki, *clocks = time.groups()
    if linked or wiki:
        return float(linked or wiki)
    total = 0
    for part in next(clock for clock in clocks if clock).split(":"):
        total = total * 60 + int(part)
    return float(total)


def _plain(markdown: str, *, is_first: bool) -> str:
    text = _LEAD.sub("", markdown.lstrip()) if is_first else markdown
    text = _LINK.sub(lambda found: found[1] or found[2] or "", text)
    return clean(_ESCAPED.sub(r"\1", _MARKS.sub("", _BAR.sub(" ", text))))
