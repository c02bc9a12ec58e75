"""A row of lines with their times, in which quotations are looked for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rapidfuzz import fuzz

from videobatch.pipeline.quotations.folding import folded, pieces, weight
from videobatch.pipeline.text.sentences import CJK, stop_words

# The likeness (0 to 100) from which on a quotation is what was said, by how much it says: what is
# short is near to too much.
LEAST_LIKE = ((24, 92.0), (48, 85.0), (96, 82.0), (10**9, 78.0))
# Of the words of a quotation so many may be others than those that were said, in a row and in all.
FOREIGN_RUN, FOREIGN_SHARE = 2, 0.2
# So like are a word and what it was heard as.
HEARD_AS = 50.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A quotation where it was found: the lines from `first` to `last`, the time of the first."""

    first: int
    last: int
    at_s: float


class Track:
    """All that was said, or shown, as one text."""

    def __init__(self, lines: Sequence[tuple[float, str]]) -> None:
        self.lines = sorted(lines, key=lambda line: line[0])
        self._times = [at_s for at_s, _ in self.lines]
        self._starts: list[int] = []
        parts: list[str] = []
        length = 0
        for _, line in self.lines:
            text = folded(line)
            glue = " " if parts and not (_is_wide(parts[-1][-1:]) or _is_wide(text[:1])) else ""
            parts.append(glue + text)
            self._starts.append(length + len(glue))
            length += len(glue) + len(text)
        self._text = "".join(parts)

    def find(self, quote: str, from_s: float, to_s: float, at_s: float) -> Hit | None:
        """The place of a folded quotation between two times, the one nearest to `at_s`."""
        first = max(0, bisect_right(self._times, from_s) - 1)
        last = bisect_right(self._times, to_s)
        if not quote or first >= last:
            return None
        begin = self._starts[first]
        end = self._starts[last] if last < len(self._starts) else len(self._text)
        return self._same(quote, begin, end, at_s) or self._like(quote, begin, end)

    def texts(self, from_s: float, to_s: float) -> list[str]:
        """The lines that begin between two times, and the one before them, as they were given."""
        first = max(0, bisect_right(self._times, from_s) - 1)
        return [text for _, text in self.lines[first : bisect_right(self._times, to_s)]]

    def quoted(self, hit: Hit) -> list[str]:
        """The lines of a hit, as they were given."""
        return [text for _, text in self.lines[hit.first : hit.last + 1]]

    def _same(self, quote: str, begin: int, end: int, at_s: float) -> Hit | None:
        found: list[Hit] = []
        place = self._text.find(quote, begin, end)
        while place >= 0:
            found.append(self._hit(place, place + len(quote)))
            place = self._text.find(quote, place + 1, end)
        return min(found, key=lambda hit: abs(hit.at_s - at_s), default=None)

    def _like(self, quote: str, begin: int, end: int) -> Hit | None:
        region = self._text[begin:end]
        least = next(like for most, like in LEAST_LIKE if weight(quote) <= most)
        if len(region) <= len(quote):
            if fuzz.ratio(quote, region) < least:
                return None
            start, stop = 0, len(region)
        else:
            found = fuzz.partial_ratio_alignment(quote, region, score_cutoff=least)
            if found is None or found.score < least:
                return None
            start, stop = found.dest_start, found.dest_end
        room = len(quote) // 6
        around = region[max(0, start - room) : stop + room]
        if not is_heard(quote, around):
            return None
        return self._hit(begin + start, begin + stop)

    def _hit(self, start: int, stop: int) -> Hit:
        first = max(0, bisect_right(self._starts, start) - 1)
        last = max(first, bisect_left(self._starts, stop) - 1)
        return Hit(first, last, self._times[first])


def is_heard(quote: str, said: str) -> bool:
    """True where the words of a folded quotation are those that were said, but for a few that may
    have been misheard, or mended."""
    mine, theirs = pieces(quote), pieces(said)
    foreign, row = 0, 0
    for tag, a, b, c, d in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if tag in ("equal", "insert"):
            row = 0 if tag == "equal" else row
            continue
        own = [word for word in mine[a:b] if not (tag == "delete" and word in stop_words())]
        # At the edges the other text goes on.
        if tag == "replace" and _sounds_like(mine[a:b], theirs[c:d]):
            own = own[:1]
        foreign += len(own)
        row = max(row, len(own))
        if row > FOREIGN_RUN:
            return False
    return foreign <= max(1, int(FOREIGN_SHARE * len(mine)))


def _sounds_like(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    one, other = "".join(mine), "".join(theirs)
    if CJK.search(one):
        return False
    return (
        fuzz.partial_ratio(one, other) >= HEARD_AS
        if len(other) > len(one)
        else (fuzz.ratio(one, other) >= HEARD_AS)
    )


def _is_wide(char: str) -> bool:
    return CJK.match(char) is not None
