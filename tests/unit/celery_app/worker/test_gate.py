from __future__ import annotations

from collections.abc import Iterator

import pytest
from celery.worker import state as worker_state

from celery_app.worker import gate as gate_module
from celery_app.worker.gate import Gate, taken


class Request:
    """Stands in for a request: the gate only counts them."""


@pytest.fixture(autouse=True)
def _no_requests() -> Iterator[None]:
    worker_state.reset_state()
    yield
    worker_state.reset_state()


def reserve(count: int) -> list[Request]:
    made = [Request() for _ in range(count)]
    worker_state.reserved_requests.update(made)
    return made


@pytest.mark.parametrize(
    ("wanted", "held", "is_open"),
    [(3, 0, True), (3, 2, True), (3, 3, False), (1, 3, False), (0, 0, False)],
)
def test_lets_in_up_to_the_wanted_number(wanted: int, held: int, is_open: bool) -> None:
    gate = Gate(wanted, pool_size=4)
    kept = reserve(held)
    assert gate.is_open() is is_open
    assert taken() == len(kept)


def test_a_request_both_reserved_and_active_counts_once() -> None:
    (one, two) = reserve(2)
    worker_state.active_requests.update([one])
    assert taken() == 2
    worker_state.reserved_requests.discard(one)
    assert taken() == 2
    assert two is not one


def test_real_is_what_is_used_until_a_shrink_is_over() -> None:
    gate = Gate(4, pool_size=4)
    kept = reserve(3)
    gate.set_slots(1)
    assert (gate.real_slots, len(kept)) == (3, 3)
    worker_state.reset_state()
    assert gate.real_slots == 1


@pytest.mark.parametrize("slots", [-1, 5, "2", None, True, 1.0])
def test_refuses_what_is_no_number_of_slots(slots: object) -> None:
    gate = Gate(2, pool_size=4)
    with pytest.raises(ValueError, match="slots must be"):
        gate.set_slots(slots)
    assert gate.slots == 2


def test_zero_is_a_pause_and_not_a_default() -> None:
    gate = Gate(0, pool_size=4)
    assert gate.slots == 0
    gate.set_slots(2)
    gate.set_slots(0)
    assert not gate.is_open()
    gate.set_slots(4)
    assert gate.is_open()


def test_initial_number_is_at_most_the_pool() -> None:
    assert Gate(9, pool_size=4).slots == 4


@pytest.mark.parametrize("channel_says", [True, False])
def test_guard_asks_gate_and_channel(channel_says: bool) -> None:
    gate = Gate(1, pool_size=1)
    guarded = gate.guard(lambda: channel_says)
    assert guarded() is channel_says
    gate.set_slots(0)
    assert guarded() is False


def test_a_stopping_worker_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_module, "is_stopping", lambda: True)
    assert not Gate(2, pool_size=2).is_open()
