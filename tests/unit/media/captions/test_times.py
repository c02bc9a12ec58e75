"""Lines of times as people and programs write them."""

from __future__ import annotations

import pytest

from videobatch.media.captions.times import CueTimes, looks_like_times, read_times


@pytest.mark.parametrize(
    ("line", "times"),
    [
        ("00:01:02,500 --> 00:01:05.000", CueTimes(62.5, 65.0)),
        ("00:01:02,500 --> 00:01:05,000 align:start position:10%", CueTimes(62.5, 65.0)),
        ("01:02.5 -> 01:05", CueTimes(62.5, 65.0)),
        ("0:01:02:500 --> 0:01:05:000", CueTimes(62.5, 65.0)),
        ("００：０１：０２，５００ → ００：０１：０５，０００", CueTimes(62.5, 65.0)),
        ("7 00:00:01,000 --> 00:00:02,000", CueTimes(1.0, 2.0, number=7)),
        ("00:00:01,000 --> 00:00:02,000 Hello", CueTimes(1.0, 2.0, "Hello")),
        ("1200:00:01,000 --> 00:00:02,000", CueTimes(1.0, 2.0)),
        ("00:00:01,000 - 00:00:02,000", CueTimes(1.0, 2.0)),
    ],
)
def test_times_are_read(line: str, times: CueTimes) -> None:
    assert read_times(line) == times


@pytest.mark.parametrize(
    "line", ["", "Hello", "--> 12", "00:61:00 --> 00:62:00", "from 1 to 2", "3 - 4"]
)
def test_what_is_not_certain_is_not_read(line: str) -> None:
    assert read_times(line) is None


@pytest.mark.parametrize(
    ("line", "is_meant"), [("00:0x --> 00:00:02", True), ("--> 00:00:02", True), ("a > b", False)]
)
def test_what_was_meant_as_times_is_told(line: str, is_meant: bool) -> None:
    assert looks_like_times(line) is is_meant
