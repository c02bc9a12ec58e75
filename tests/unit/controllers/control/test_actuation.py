"""From decisions to the slots that each worker is told."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controllers.control.actuation import Actuator, assignment, divided
from controllers.policy.records import Binds, Decision
from tests.support.samples import readings_of, sample_of


def test_a_host_that_has_gone_is_told_nothing() -> None:
    readings = readings_of(sample_of("w1"), sample_of("w2", host_id="h2", most_slots=3))
    decided = [Decision(host, 6, Binds.CPU, "") for host in ("h1", "h2", "gone")]
    assert assignment(decided, readings) == {"w1": 6, "w2": 3}


@given(st.integers(0, 300), st.lists(st.integers(0, 64), max_size=12))
def test_slots_are_divided_evenly_and_none_is_lost(slots: int, most: list[int]) -> None:
    parts = divided(slots, most)
    assert sum(parts) == min(slots, sum(most))
    assert all(part <= limit for part, limit in zip(parts, most, strict=True))
    open_parts = [part for part, limit in zip(parts, most, strict=True) if part < limit]
    assert not open_parts or max(parts) - min(open_parts) <= 1


class Remote:
    def __init__(self) -> None:
        self.sent: list[tuple[str, Mapping[str, object]]] = []

    def broadcast(self, command: str, arguments: Mapping[str, object]) -> None:
        self.sent.append((command, arguments))


@pytest.mark.parametrize(
    ("slots", "sent"), [(5, {"w1": 3, "w2": 2}), (4, {}), (16, {"w1": 8, "w2": 8})]
)
def test_only_those_are_told_whose_number_is_another(slots: int, sent: dict[str, int]) -> None:
    readings = readings_of(sample_of("w1"), sample_of("w2"))
    remote = Remote()
    wanted = Actuator(remote).act([Decision("h1", slots, Binds.CPU, "")], readings, token=7)
    other = {worker: number for worker, number in sent.items() if number != 2}
    assert wanted == other
    assert remote.sent == ([("assign_slots", {"by_worker": other, "token": 7})] if other else [])
