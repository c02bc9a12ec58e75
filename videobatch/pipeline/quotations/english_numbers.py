"""English numbers in words and digits."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from videobatch.pipeline.quotations.number import Number, number_words

UNITS = dict(zip(number_words("from_zero"), range(20), strict=True))
TENS = dict(zip(number_words("tens_from_twenty"), range(20, 100, 10), strict=True))
SCALES = {word: 1000**power for power, word in enumerate(number_words("scales_from_thousand"), 1)}
# The sixties are a number behind a nineteen.
TENS |= {f"{word[:-1]}ies": value for word, value in TENS.items()}
ORDINALS = {word: value for value, word in enumerate(number_words("ordinals_from_fourth"), 4)}
ORDINALS |= {"first": 1, "third": 3}
WORD = "|".join([*UNITS, *TENS, *SCALES, *ORDINALS, "hundred"])
# Case is ASCII's alone: "ſix" and "fıve" are no words of the lists.
STEPS = rf"(?a:{WORD})\b"
LITERAL = r"(?<![\w.^])\d+(?:,\d{3})+(?:\.\d+)?(?!\d)|(?<![\w.^])\d+(?:\.\d+)?"
ENGLISH = re.compile(
    rf"(?:{LITERAL}|\b{STEPS})(?:[\s-]+(?:(?a:and|point)[\s-]+)?(?:{LITERAL}|{STEPS}))*",
    re.IGNORECASE,
)
STEP = re.compile(rf"{LITERAL}|(?a:[a-z]+)", re.IGNORECASE)
COUNTED = re.compile(rf"\W+(?:\w+\W+)?(?:{'|'.join(number_words('counted'))})s?\b", re.IGNORECASE)


def english_numbers(text: str) -> Iterator[Number]:
    """The numbers of English, in their order."""
    for run in ENGLISH.finditer(text):
        steps = [(step[0].lower(), run.start() + step.start(), run.start() + step.end())
                 for step in STEP.finditer(run[0])]  # fmt: skip
        for value, start, end, is_ordinal in _Reader().read(steps):
            has_digits = text[start].isdigit()
            is_counted = not has_digits and value <= 10 and COUNTED.match(text, end)
            trivial = value in (0, 1) or is_ordinal or bool(is_counted)
            yield Number(start, end, value, is_figure=not trivial)


class _Reader:
    """Reads a run of number words: "nineteen sixty two" is a year, "one two three" are three."""

    def __init__(self) -> None:
        self._out: list[tuple[float, int, int, bool]] = []
        self._begin()

    def _begin(self) -> None:
        self._total = 0.0
        self._part: float | None = None
        self._last = self._fraction = ""
        self._start = self._end = -1

    def read(self, steps: Iterable[tuple[str, int, int]]) -> list[tuple[float, int, int, bool]]:
        """Gives value, start, end, and whether it is an ordinal."""
        for word, start, end in steps:
            if word == "and":
                if self._last not in ("hundred", "scale"):
                    self._flush()
                continue
            if word == "point":
                if self._part is None:
                    self._flush()
                else:
                    self._fraction = "."
                continue
            self._take(word, start, end)
        self._flush()
        return self._out

    def _take(self, word: str, start: int, end: int) -> None:
        if self._last == "ordinal":
            self._flush()
        if self._fraction and word in UNITS | TENS:
            # "Point twenty five", "point eleven".
            is_unit = word in UNITS and UNITS[word] < 10 and self._last == "tens"
            before = self._fraction[:-1] if is_unit else self._fraction
            self._fraction = before + str((UNITS | TENS)[word])
            self._last, self._end = _small(word)[1], end
            return
        if word == "hundred":
            self._note(start, end)
            self._part = (1.0 if self._part is None else self._whole()) * 100
            self._last, self._fraction = "hundred", ""
        elif word in SCALES:
            self._note(start, end)
            if self._part is not None or self._last != "scale":
                self._total += (1.0 if self._part is None else self._whole()) * SCALES[word]
            else:
                self._total *= SCALES[word]
            self._part, self._last, self._fraction = None, "scale", ""
        else:
            self._add(word, start, end)

    def _add(self, word: str, start: int, end: int) -> None:
        value, kind = _small(word)
        fits = (
            self._part is None
            or (self._last == "tens" and 0 < value < 10 and kind in ("unit", "ordinal"))
            or (self._last == "hundred" and value < 100 and kind != "literal")
        )
        if self._fraction:
            fits = False
        if self._last == "scale" and kind == "literal" and value >= 1000:
            fits = False
        if fits:
            self._note(start, end)
            self._part = (self._part or 0) + value
        elif self._is_year(value, kind):
            self._note(start, end)
            self._part = (self._part or 0) * 100 + value
        else:
            self._flush()
            self._note(start, end)
            self._part = value
        self._last = kind

    def _is_year(self, value: float, kind: str) -> bool:
        return (
            self._last in ("teen", "tens", "unit")
            and not self._total
            and self._part is not None
            and 10 <= self._part < 100
            and 10 <= value < 100
            and kind in ("teen", "tens")
        )

    def _whole(self) -> float:
        part = self._part or 0.0
        if len(self._fraction) > 1 and math.isfinite(part):
            return float(f"{int(part)}{self._fraction}")
        return part

    def _note(self, start: int, end: int) -> None:
        self._start = start if self._start < 0 else self._start
        self._end = end

    def _flush(self) -> None:
        if self._start >= 0:
            value = self._total + (self._whole() if self._part is not None else 0)
            self._out.append((value, self._start, self._end, self._last == "ordinal"))
        self._begin()


def _small(word: str) -> tuple[float, str]:
    """The value, as a float: whole numbers of "hundred" after "hundred" have no end."""
    if word in UNITS:
        return float(UNITS[word]), "unit" if UNITS[word] < 10 else "teen"
    if word in TENS:
        return float(TENS[word]), "tens"
    if word in ORDINALS:
        return float(ORDINALS[word]), "ordinal"
    return float(word.replace(",", "")), "literal"
