"""Tells a host's number to its workers, through Celery's remote control."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from controllers.fleet.readings import Readings, by_host
from controllers.policy.records import Decision


class Remote(Protocol):
    """Celery's remote control, as far as it is used."""

    def broadcast(self, command: str, arguments: Mapping[str, object]) -> object:
        """Sends a control command to all workers, and waits for no answer."""


class Actuator:
    """Tells the workers their slots. Asserted at each tick: whoever was told something else in the
    meantime, or has just started, is told again."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def act(self, decisions: Iterable[Decision], readings: Readings, token: int) -> dict[str, int]:
        """Sends the slots that differ, and returns them by worker; nothing where all is well."""
        wanted = assignment(decisions, readings)
        other = {
            worker: slots
            for worker, slots in wanted.items()
            if readings[worker].sample.slots != slots
        }
        if other:
            self._remote.broadcast("assign_slots", {"by_worker": other, "token": token})
        return other


def assignment(decisions: Iterable[Decision], readings: Readings) -> dict[str, int]:
    """Each worker's part of its host's number."""
    hosts = by_host(readings)
    wanted: dict[str, int] = {}
    for decision in decisions:
        workers = hosts.get(decision.host_id, {})
        most = [reading.sample.most_slots for reading in workers.values()]
        wanted |= dict(zip(workers, divided(decision.slots, most), strict=True))
    return wanted


def divided(slots: int, most: Sequence[int]) -> list[int]:
    """The slots as evenly as each one's most allows; the first ones get what is left over."""
    parts = [0] * len(most)
    left = min(slots, sum(most))
    # Those with the least room first: what they cannot take is shared by the others.
    order = sorted(range(len(most)), key=lambda place: (most[place], -place))
    for number, place in enumerate(order):
        parts[place] = min(most[place], left // (len(most) - number))
        left -= parts[place]
    return parts
