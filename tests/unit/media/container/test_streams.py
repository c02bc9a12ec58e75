"""Packets keep coming past damage, and stop where nothing more comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import av
import pytest
from av.container import InputContainer

from videobatch.media.container.streams import (
    MAX_ERRORS_IN_A_ROW,
    clock,
    packets,
    shortfall,
    stops_early,
)


class Damaged:
    """A container whose reading follows a script: names of packets, and errors between them."""

    def __init__(self, script: list[str | Exception]) -> None:
        self._script = iter(script)

    def demux(self, _: object) -> Iterator[str]:
        for step in self._script:
            if isinstance(step, Exception):
                raise step
            yield step


def read(script: list[str | Exception]) -> list[Any]:
    return list(packets(cast(InputContainer, Damaged(script))))


def bad() -> Exception:
    return av.InvalidDataError(1094995529, "Invalid data found when processing input")


def test_damage_is_passed_over() -> None:
    assert read(["a", bad(), bad(), "b", bad(), "c"]) == ["a", "b", "c"]


def test_a_file_that_is_bad_to_its_end_does_not_hold_us_for_ever() -> None:
    script: list[str | Exception] = ["a", *(bad() for _ in range(MAX_ERRORS_IN_A_ROW)), "b"]
    assert read(script) == ["a"]


def test_streams_that_began_in_the_middle_are_not_flushed() -> None:
    assert read(["a", "flush", IndexError("list index out of range")]) == ["a", "flush"]


@pytest.mark.parametrize(
    ("declared", "read_s", "expected"),
    [(10, 8.5, False), (10, 7.9, True), (1000, 985, False), (1000, 975, True), (0, 0, False)],
)
def test_shortfall(declared: float, read_s: float, expected: bool) -> None:
    assert shortfall(declared, read_s) is expected


def test_words_for_a_reader() -> None:
    assert clock(3725.9) == "01:02:05"
    assert stops_early(33, 12.4) == "the file stops after 00:12 of 00:33"
    assert stops_early(231, 0) == "the file claims to last 03:51, but nothing in it can be read"
