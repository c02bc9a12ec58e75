"""The order in which segments of several videos are taken."""

from __future__ import annotations

import pytest

from videobatch.speech.host.queue import FairQueue


@pytest.mark.parametrize(
    ("put", "taken"),
    [
        ("", ""),
        ("a1 a2 a3", "a1 a2 a3"),
        ("a1 a2 b1 c1", "a1 b1 c1 a2"),
        ("a1 a2 a3 a4 b1 b2", "a1 b1 a2 b2 a3 a4"),
        ("b1 a1 b2 a2", "b1 a1 b2 a2"),
    ],
)
def test_each_video_in_turn_and_its_own_in_order(put: str, taken: str) -> None:
    queue = FairQueue[str]()
    for item in put.split():
        queue.put(item[0], item)
    assert len(queue) == len(put.split())
    assert [queue.take() for _ in range(len(queue))] == taken.split()
    assert len(queue) == 0
    with pytest.raises(IndexError):
        queue.take()


def test_a_video_that_comes_late_waits_for_one_item_of_each_other() -> None:
    queue = FairQueue[str]()
    for item in ("a1", "a2", "a3", "b1", "b2"):
        queue.put(item[0], item)
    assert queue.take() == "a1"
    queue.put("c", "c1")
    assert [queue.take() for _ in range(4)] == ["b1", "a2", "c1", "b2"]


def test_one_that_has_one_out_at_a_time_is_not_put_off() -> None:
    queue = FairQueue[str]()
    for item in ("a1", "a2", "a3", "b1"):
        queue.put(item[0], item)
    order = []
    for _ in range(4):
        order.append(queue.take())
        if order[-1] == "b1":
            queue.put("b", "b2")
    assert order == ["a1", "b1", "a2", "b2"]
