"""Numbers in texts, as digits or words, English and Chinese."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from videobatch.pipeline.quotations.chinese_numbers import chinese_numbers, percents
from videobatch.pipeline.quotations.english_numbers import english_numbers
from videobatch.pipeline.quotations.number import Number, alike

BARE = re.compile(r"(?<![A-Za-z\d.^_])\d+(?:,\d{3})*(?:\.\d+)?")
# Years are never rounded, and nothing by more than a twentieth.
EXACT_FROM, EXACT_TO = 1000, 2100
ROUNDED = 0.05
# Full-width letters, digits and points; a full-width comma parts two numbers.
HALF_WIDTH = {
    code: code - 0xFEE0
    for code in range(0xFF01, 0xFF5F)
    if chr(code).isalnum() or chr(code) == "．"
}


def numbers(text: str) -> list[Number]:
    """The numbers in a text, in their order, without those that no float holds."""
    text = text.translate(HALF_WIDTH)
    taken = sorted(percents(text), key=_start)
    for kind in (chinese_numbers(text), english_numbers(text), _bare(text)):
        taken = sorted([*taken, *_beside(taken, kind)], key=_start)
    return [each for each in taken if math.isfinite(each.value)]


def _start(number: Number) -> int:
    return number.start


def _beside(taken: Sequence[Number], kind: Iterable[Number]) -> Iterator[Number]:
    """Those of a kind that overlap none of the taken, which are in order and overlap nowhere: only
    the neighbours are looked at."""
    for each in kind:
        at = bisect_right(taken, each.start, key=_start)
        is_free = at == 0 or not each.start < taken[at - 1].end
        if is_free and (at == len(taken) or not taken[at].start < each.end):
            yield each


def in_digits(text: str) -> str:
    """The text with numbers of more than a sign in digits, percents as `30 percent`."""
    out, done = "", 0
    for each in numbers(text):
        length = each.end - each.start
        if length < 2 and not text[each.start].isdigit():
            continue
        out += text[done : each.start] + shown(each.value)
        out += " percent " if text.startswith("百分之", each.start) else ""
        done = each.end
    return out + text[done:]


def shown(value: float) -> str:
    """The number in digits."""
    return str(int(value)) if value == int(value) else f"{value:.12g}"


def values(text: str) -> frozenset[float]:
    """All that a text can be said to give as a number: where one is looked for."""
    found = {each.value for each in numbers(text)}
    for word in re.findall(r"[a-z]+|[半双倍]", text.lower()):
        found.update(alike().get(word, ()))
    return frozenset(found)


def figures(text: str) -> list[float]:
    """The numbers that a statement claims."""
    return [each.value for each in numbers(text) if each.is_figure]


def is_among(value: float, known: Iterable[float]) -> bool:
    """True where the number was given, or one that it rounds; years round to nothing."""
    return any(math.isclose(value, each) or _rounds(value, each) for each in known)


def _rounds(value: float, exact: float) -> bool:
    if value <= 0 or exact <= 0 or value >= 10**15 or exact >= 10**15:
        return False
    if exact == int(exact) and EXACT_FROM <= exact <= EXACT_TO:
        return False
    digits = len(f"{value:.12g}".replace(".", "").strip("0").partition("e")[0])
    if digits >= len(f"{exact:.12g}".replace(".", "").strip("0").partition("e")[0]):
        return False
    place = digits - 1 - math.floor(math.log10(exact))
    is_near = abs(value - exact) <= ROUNDED * exact
    return exact >= 10 and is_near and math.isclose(round(exact, place), value)


def _bare(text: str) -> Iterator[Number]:
    """Digits that letters follow: 30km, 1960s, 5th."""
    for found in BARE.finditer(text):
        value = float(found[0].replace(",", ""))
        yield Number(found.start(), found.end(), value, is_figure=value not in (0, 1))
