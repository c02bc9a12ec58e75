"""How many videos a worker takes at once: a gate in front of its queue.

The pool has a fixed number of children; the gate lets in as many as are wanted. A smaller
number is reached by attrition: nothing that runs is stopped. Zero is a pause.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from celery import bootsteps
from celery.worker import state as worker_state
from celery.worker.control import Panel

from celery_app.stopping import is_stopping

log = logging.getLogger(__name__)


class Gate:
    """The slots that are wanted of a worker; 0 lets nothing in. `pool_size` is the most."""

    def __init__(self, wanted: int, pool_size: int) -> None:
        self.pool_size = pool_size
        self.wanted = min(wanted, pool_size)

    def set_wanted(self, slots: object) -> None:
        """Raises ValueError unless `slots` is a whole number from 0 to the size of the pool."""
        if isinstance(slots, bool) or not isinstance(slots, int):
            raise ValueError(f"slots must be a whole number, not {slots!r}")
        if not 0 <= slots <= self.pool_size:
            raise ValueError(f"slots must be from 0 to {self.pool_size}, not {slots}")
        self.wanted = slots

    def is_open(self) -> bool:
        """True while one more video may be taken."""
        return not is_stopping() and taken() < self.wanted

    @property
    def real(self) -> int:
        """The slots that are in use or would be filled at once."""
        return max(taken(), self.wanted)

    def guard(self, can_consume: Callable[[], bool]) -> Callable[[], bool]:
        """The channel's own answer, and the gate's."""

        def guarded() -> bool:
            return self.is_open() and can_consume()

        return guarded


def taken() -> int:
    """Tasks that this worker has received and not finished."""
    # After a reconnect Celery forgets the reserved ones that run already.
    return len(worker_state.reserved_requests | worker_state.active_requests)


class GateStep(bootsteps.StartStopStep):  # type: ignore[misc]
    """Puts the gate before each new channel; the wanted number outlives reconnects."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **options: Any) -> None:
        pool_size: int = consumer.controller.concurrency
        initial: int | None = consumer.app.wiring.initial_slots
        consumer.gate = Gate(pool_size if initial is None else initial, pool_size)
        super().__init__(consumer, **options)

    def start(self, consumer: Any) -> None:
        qos = consumer.task_consumer.channel.qos
        qos.can_consume = consumer.gate.guard(qos.can_consume)

    def stop(self, consumer: Any) -> None:
        """Nothing: the channel goes, and the guard with it."""


def set_slots(state: Any, slots: int) -> dict[str, Any]:
    """Sets how many videos the worker takes at once; 0 pauses it."""
    gate: Gate = state.consumer.gate
    try:
        gate.set_wanted(slots)
    except ValueError as error:
        return {"error": str(error)}
    log.info("%d of %d slots wanted", gate.wanted, gate.pool_size)
    return {"ok": _report(gate)}


def slots(state: Any) -> dict[str, Any]:
    """The slots that are wanted, real and in use."""
    return _report(state.consumer.gate)


def _report(gate: Gate) -> dict[str, int]:
    return {
        "wanted": gate.wanted,
        "real": gate.real,
        "running": taken(),
        "pool_size": gate.pool_size,
    }


Panel.register(set_slots, type="control", args=[("slots", int)], signature="<n>")
Panel.register(slots, type="inspect")
