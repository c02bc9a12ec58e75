"""How long a batch will go on: said when it is known, and not before."""

from __future__ import annotations

import pytest

from cli.watch.foresight import WorkedVideo, can_tell


def worked(*costs: float, pace: float = 1.0) -> list[WorkedVideo]:
    return [WorkedVideo(cost, cost, cost * pace) for cost in costs]


@pytest.mark.parametrize(
    ("found", "left_s", "largest_s", "known"),
    [
        ([], 100, 10, False),
        (worked(10), 100, 10, True),
        (worked(10), 1000, 10, False),
        (worked(10, 10, 10), 10_000, 10, True),
        (worked(10, 10, 10), 100, 99, True),
        (worked(10, 10, 10), 200, 101, False),
        (worked(*[20] * 50), 10_240, 10_240, False),
        (worked(2000, 10), 500, 90, True),
        ([WorkedVideo(100, 10, 5)], 200, 100, True),
        ([*worked(10, 10), *worked(10, 10, pace=20)], 100, 10, False),
        ([*worked(10, 10), *worked(10, 10, pace=20)], 40, 10, True),
        ([*worked(10, 10), *worked(10, 10, pace=5)], 100, 10, True),
        ([*worked(*[10] * 19), *worked(10, pace=50)], 500, 10, True),
        ([WorkedVideo(10, 10)] * 5, 100, 10, True),
    ],
    ids=[
        "nothing was made",
        "one of ten",
        "one of a hundred",
        "three of a thousand",
        "one a little larger",
        "one much larger",
        "a sparse file",
        "the largest first",
        "a part of the first",
        "the cost says nothing",
        "half is done, whatever the cost says",
        "the cost says something",
        "one that stands out",
        "of unknown length",
    ],
)
def test_what_counts_as_known(
    found: list[WorkedVideo], left_s: float, largest_s: float, known: bool
) -> None:
    assert can_tell(found, left_s, largest_s) is known
