"""The order of a run in several processes: what takes long first, and at each process its share.

`--dist worksteal` gives each process one stretch of the tests, and who is done takes over from the
end of another's. In the order of their names all tests with servers would be one stretch, and the
longest would be left for the end, when the others have nothing more to do. So each stretch begins
with whole files of the slow rooms, and ends with unit tests, which are short and soon taken
over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby, islice
from typing import TypeVar

# The slow rooms, the slowest first.
SLOW = ("tests/chaos/", "tests/e2e/", "tests/integration/", "tests/contract/")

T = TypeVar("T")


def in_lanes(tests: Sequence[T], lanes: int, name: Callable[[T], str]) -> list[T]:
    """The same tests, so that each of `lanes` equal stretches has its share of the slow files.

    `name` is a test's node id. Within a file, and among the quick ones, the order stays.
    """
    slow = [test for test in tests if name(test).startswith(SLOW)]
    quick = iter([test for test in tests if not name(test).startswith(SLOW)])
    shares = _dealt(slow, lanes, name)
    ordered: list[T] = []
    for number, share in enumerate(shares):
        # As xdist cuts them.
        size = (len(tests) - len(ordered)) // (lanes - number)
        ordered += [*share, *islice(quick, max(0, size - len(share)))]
    return [*ordered, *quick]


def _dealt(slow: Sequence[T], lanes: int, name: Callable[[T], str]) -> list[list[T]]:
    """Files in turn, room by room: a stack that a room shares is used in one go."""
    shares: list[list[T]] = [[] for _ in range(lanes)]
    turn = 0
    for room in SLOW:
        tests = [test for test in slow if name(test).startswith(room)]
        for _, file in groupby(tests, lambda test: name(test).partition("::")[0]):
            shares[turn % lanes].extend(file)
            turn += 1
    return shares
