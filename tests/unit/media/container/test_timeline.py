"""One line of time from stamps that begin anew."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from videobatch.media.container.timeline import Stamp, Timeline

SOUND, PICTURES, SUBTITLES = 1, 0, 2


def stamps(
    stream: int, begin_s: float, end_s: float, step_s: float = 1.0, at_byte: int | None = None
) -> list[Stamp]:
    count = round((end_s - begin_s) / step_s)
    times = [begin_s + number * step_s for number in range(count)]
    sparse = stream == SUBTITLES
    return [Stamp(stream, t, t, step_s, at_byte, is_sparse=sparse) for t in times]


def side_by_side(*runs: Sequence[Stamp]) -> list[Stamp]:
    return sorted((each for run in runs for each in run), key=lambda each: each.decoded_s)


def read(found: Sequence[Stamp], *, may_jump: bool = True) -> tuple[list[float], Timeline]:
    line = Timeline(may_jump=may_jump)
    for stamp in found:
        line.offset_s(stamp)
    again = Timeline(may_jump=may_jump, joins=line.joins())
    return [round(each.shown_s + again.offset_s(each), 3) for each in found], line


TEN = side_by_side(stamps(SOUND, 5, 15), stamps(PICTURES, 5, 15))
DAY_S = 2**33 / 90_000


@pytest.mark.parametrize(
    ("name", "found", "may_jump", "joins", "end_s"),
    [
        ("one part", TEN, True, (), 15),
        ("appended to itself", [*TEN, *TEN], True, (10,), 25),
        ("three times", [*TEN, *TEN, *TEN], True, (10, 20), 35),
        ("in a format with one clock", [*TEN, *TEN], False, (10,), 25),
        ("the second begins later", [*TEN, *stamps(SOUND, 12, 15)], True, (3,), 18),
        ("a clock that runs over", [
            *stamps(SOUND, DAY_S - 3, DAY_S), *stamps(SOUND, 0, 3)], True, (DAY_S,), DAY_S + 3),
        ("far ahead", [*TEN, *stamps(SOUND, 9015, 9018)], True, (-9000,), 18),
        ("far ahead, with one clock", [*TEN, *stamps(SOUND, 9015, 9018)], False, (), 9018),
        ("a breath ahead", [*TEN, *stamps(SOUND, 20, 23)], True, (), 23),
        ("silence beside pictures", side_by_side(
            stamps(SOUND, 0, 5), stamps(SOUND, 65, 70), stamps(PICTURES, 0, 70)), True, (), 70),
        ("a picture a minute", side_by_side(
            stamps(SOUND, 0, 180), stamps(PICTURES, 0, 180, 60.0)), True, (), 180),
        ("two clocks", [
            each for pair in zip(stamps(SOUND, 0, 9), stamps(PICTURES, 500, 509), strict=True)
            for each in pair], True, (), 509),
        ("other numbers for the streams", [
            *TEN, *side_by_side(stamps(11, 5, 15), stamps(10, 5, 15))], True, (10,), 25),
        ("sound that begins late", [
            *stamps(PICTURES, 0, 60), *side_by_side(stamps(PICTURES, 60, 70), stamps(SOUND, 59, 70))
        ], True, (), 70),
        ("stamps that wriggle", [
            Stamp(PICTURES, t, t, 0.1) for t in (0, 0.2, 0.05, 0.3, 0.15, 0.4)], False, (), 0.5),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_the_joins_of_a_file(
    name: str, found: list[Stamp], may_jump: bool, joins: tuple[float, ...], end_s: float
) -> None:
    assert name
    _, line = read(found, may_jump=may_jump)
    assert line.joins() == pytest.approx(joins)
    assert line.end_s() == pytest.approx(end_s)


def test_sound_and_pictures_keep_their_places_beside_each_other() -> None:
    """The pictures of the second part begin a second after its sound, as those of the first."""
    part = side_by_side(stamps(SOUND, 2, 12), stamps(PICTURES, 3, 12))
    places, _ = read([*part, *part])
    assert places == [*(t.shown_s for t in part), *(t.shown_s + 10 for t in part)]


def test_packets_that_come_late_stay_in_their_part() -> None:
    """A last picture is complete only when the next one begins: it comes after sound of the
    second part."""
    late = stamps(PICTURES, 14, 15)
    found = [*(each for each in TEN if each not in late), *stamps(SOUND, 5, 7), *late]
    places, _ = read([*found, *stamps(PICTURES, 5, 7), *stamps(SOUND, 7, 9)])
    assert places[-7:] == [15, 16, 14, 15, 16, 17, 18]


def test_a_stream_that_ended_early_is_placed_by_where_it_stands_in_the_file() -> None:
    first = [*stamps(PICTURES, 0, 10, at_byte=10), *stamps(SOUND, 0, 2, at_byte=20)]
    second = [*stamps(PICTURES, 0, 3, at_byte=500), *stamps(SOUND, 3, 5, at_byte=600)]
    places, _ = read([*first, *second])
    assert places[-2:] == [13, 14]


def test_subtitles_go_with_the_part_in_which_they_stand() -> None:
    cue = Stamp(SUBTITLES, 6, 6, 1, is_sparse=True)
    places, line = read([TEN[0], cue, *TEN[1:], *TEN, cue])
    assert (places[1], places[-1]) == (6, 16)
    assert line.joins() == (10,)


def test_places_far_back_in_the_file_decide_nothing() -> None:
    """Of a file that is not read from front to back."""
    first = stamps(SOUND, 0, 5, at_byte=900)
    places, _ = read([*first, *stamps(SOUND, 0, 5, at_byte=100)])
    assert places == list(range(10))
