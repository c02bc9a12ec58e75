"""The order of a run in several processes."""

from __future__ import annotations

import pytest

from tests.support.lanes import SLOW, in_lanes

SLOW_ONES = [
    f"tests/{room}/test_{file}.py::test_{number}"
    for room in ("chaos", "contract", "e2e", "integration")
    for file in "abcd"
    for number in range(3)
]
QUICK_ONES = [f"tests/unit/test_{number}.py::test" for number in range(200)]
ALL = [*SLOW_ONES, *QUICK_ONES]


def ordered(tests: list[str], lanes: int) -> list[str]:
    return in_lanes(tests, lanes, lambda test: test)


@pytest.mark.parametrize("lanes", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("tests", [ALL, SLOW_ONES, QUICK_ONES, ALL[:50], []])
def test_no_test_is_lost_or_doubled(tests: list[str], lanes: int) -> None:
    assert sorted(ordered(tests, lanes)) == sorted(tests)


def test_each_stretch_begins_with_its_share_of_the_slow_files() -> None:
    found = ordered(ALL, 4)
    length = len(ALL) // 4
    for lane in range(4):
        stretch = found[lane * length : (lane + 1) * length]
        slow = [test.startswith(SLOW) for test in stretch]
        assert sum(slow) == len(SLOW_ONES) // 4
        assert slow == sorted(slow, reverse=True)


def test_the_tests_of_a_file_stay_together_in_their_order() -> None:
    found = ordered(ALL, 4)
    for first in SLOW_ONES[::3]:
        at = ALL.index(first)
        assert found[found.index(first) :][:3] == ALL[at : at + 3]


def test_a_room_is_gone_through_in_one_go() -> None:
    length = len(ALL) // 4
    rooms = [test.split("/")[1] for test in ordered(ALL, 4)[:length]]
    assert list(dict.fromkeys(rooms)) == ["chaos", "e2e", "integration", "contract", "unit"]
    assert rooms == sorted(rooms, key=list(dict.fromkeys(rooms)).index)
