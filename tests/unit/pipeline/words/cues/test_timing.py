"""When cues are shown."""

from __future__ import annotations

import pytest

from videobatch.pipeline.words.cues.timing import AS_AUTHORED, Pace, Span, timed

FREE = Pace()


@pytest.mark.parametrize(
    ("spans", "shown"),
    [
        pytest.param([(0, 3000, 1000)], [(0, 3000)], id="as long as it is said"),
        pytest.param([(0, 3000, 3300)], [(0, 3300)], id="until it is read"),
        pytest.param([(0, 3000, 9000)], [(0, 3500)], id="but not for long after"),
        pytest.param([(0, 300, 100)], [(0, 1000)], id="one second at least"),
        pytest.param([(0, 9000, 100)], [(0, 7000)], id="seven at most"),
        pytest.param([(0, 3000, 1), (3000, 5000, 1)], [(0, 2917), (3000, 5000)], id="a gap"),
        pytest.param([(0, 3000, 1), (3400, 5000, 1)], [(0, 3317), (3400, 5000)], id="no blink"),
        pytest.param([(0, 3000, 1), (4000, 5000, 1)], [(0, 3000), (4000, 5000)], id="a pause"),
        pytest.param([(0, 300, 1), (600, 2000, 1)], [(0, 517), (600, 2000)], id="no time"),
        pytest.param([(0, 50, 1), (50, 2000, 1)], [(0, 200), (283, 2000)], id="a blink is seen"),
        pytest.param(
            [(0, 4000, 2000), (500, 5000, 1000)], [(0, 2000), (2083, 5000)], id="two voices"
        ),
        pytest.param(
            [(0, 0, 500)] * 3, [(0, 200), (283, 483), (566, 1566)], id="time stands still"
        ),
    ],
)
def test_heard(spans: list[tuple[int, int, int]], shown: list[tuple[int, int]]) -> None:
    assert list(timed([Span(*span) for span in spans], FREE)) == shown


def test_authored_times_stay() -> None:
    spans = [Span(0, 400, 2000), Span(400, 2000, 100), Span(1500, 3000, 100), Span(9000, 9000, 50)]
    shown = list(timed(spans, AS_AUTHORED))
    assert shown == [(0, 400), (400, 1500), (1500, 3000), (9000, 9200)]
