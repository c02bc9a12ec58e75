"""A worker as `--json` prints it: with the names of now and, deprecated, those of before."""

from __future__ import annotations

from cli.fleet.workers import _lines, _worker
from tests.support.samples import sample_of


def test_slots_bear_the_names_of_now_and_those_of_before() -> None:
    made = _worker("w1@h", sample_of("w1@h", slots=3, real_slots=4, most_slots=8), {"h1": "cpu"})
    told = made.model_dump(mode="json")
    assert (told["slots"], told["real_slots"], told["most_slots"]) == (3, 4, 8)
    assert (told["slots_wanted"], told["slots_real"], told["slots_most"]) == (3, 4, 8)
    (first, second) = _lines([made])
    assert first == "w1@h  2 running, 3 slots wanted (4 real, 8 at most), bound by cpu"
    assert second.split() == ["h1,", "process", "10,", "children", "11", "12,", "0", "MB"]
