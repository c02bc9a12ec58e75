"""The window follows the slots, and what others left is put right."""

from __future__ import annotations

import logging

import pytest

from controllers.loop import Controller
from tests.support.controlled import Controlled
from videobatch.records import VideoState
from videobatch.state.ledger import WINDOW_LEAST, Ledger

LEASE_S = 10.0


def windows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The windows that are set from now on."""
    found: list[int] = []
    set_window = Ledger.set_window

    def noted(ledger: Ledger, slots: int) -> None:
        found.append(slots)
        set_window(ledger, slots)

    monkeypatch.setattr(Ledger, "set_window", noted)
    return found


def test_the_window_follows_the_slots_that_are_wanted(
    world: Controlled, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, controller = windows(monkeypatch), world.controller()
    world.add(*(f"v{n}" for n in range(20)))
    assert controller.round()
    assert (found.pop(), world.queued()) == (0, WINDOW_LEAST)
    world.sample("w1", slots=5)
    world.sample("w2", slots=4)
    controller.round()
    assert (found.pop(), world.queued()) == (9, 9)
    world.sample("w2", slots=0)
    controller.round()
    assert (found.pop(), world.queued()) == (5, 9)
    world.pass_time(6.0)
    controller.round()
    assert found.pop() == 0


def in_rounds(world: Controlled, controller: Controller, seconds: int) -> None:
    """So much time passes, with a round each second."""
    for _ in range(seconds):
        world.pass_time(1.0)
        assert controller.round()


def test_expired_leases_are_put_right_and_said(
    world: Controlled, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    controller = world.controller()
    in_rounds(world, controller, int(LEASE_S) + 1)
    world.add("v1")
    assert world.ledger.claim("b", "v1", worker="w1", host="h", pid=1)
    in_rounds(world, controller, int(LEASE_S) - 1)
    assert world.state("v1") is VideoState.RUNNING
    assert "leases" not in caplog.text
    in_rounds(world, controller, 2)
    assert world.state("v1").value == "pending"
    assert "1 leases ended, 0 prolonged" in caplog.text


def test_after_an_absence_leases_are_prolonged_first(
    world: Controlled, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    controller = world.controller()
    in_rounds(world, controller, int(LEASE_S) + 1)
    world.add("v1")
    assert world.ledger.claim("b", "v1", worker="w1", host="h", pid=1)
    world.pass_time(3600.0)
    assert controller.round()
    assert world.state("v1") is VideoState.RUNNING
    assert "0 leases ended, 1 prolonged" in caplog.text
