"""A gate in front of a worker's queue: it lets in as many videos at once as slots are wanted.

It has children forked where there are too few. A smaller number is reached by attrition: nothing
that runs is stopped, and the children stay, idle, because Celery's `pool_shrink` is not safe to
repeat. Zero is a pause.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from celery import bootsteps
from celery.worker import state as worker_state
from celery.worker.control import Panel

from celery_app.worker.stopping import is_stopping

log = logging.getLogger(__name__)


class Gate:
    """The slots that are wanted of a worker; 0 lets nothing in.

    `pool_size` is the number of its children at first, `most_slots` (default: that) how many there
    may be; `grow` has so many more forked. `count` says how many there are, where others may change
    that: Flower has a button for it.
    """

    def __init__(
        self,
        slots: int,
        pool_size: int,
        most_slots: int | None = None,
        grow: Callable[[int], None] = lambda _: None,
        count: Callable[[], int] | None = None,
    ) -> None:
        self._pool_size = pool_size
        self._count = count
        self.most_slots = max(pool_size, most_slots or 0)
        self.slots = min(slots, pool_size)
        self._grow = grow
        self._token = 0

    def set_slots(self, slots: object, token: int | None = None) -> None:
        """Raises ValueError unless `slots` is a whole number from 0 to `most_slots`, and for the
        token of a leader that has been followed by another one. A person has none, and is obeyed
        until the leader's next word."""
        if isinstance(slots, bool) or not isinstance(slots, int):
            raise ValueError(f"slots must be a whole number, not {slots!r}")
        if not 0 <= slots <= self.most_slots:
            raise ValueError(f"slots must be from 0 to {self.most_slots}, not {slots}")
        if token is not None:
            if token < self._token:
                raise ValueError(f"the leader of token {token} has been followed by another one")
            self._token = token
        self.slots = slots
        if slots > self.pool_size:
            self._grow(slots - self.pool_size)
            self._pool_size = slots

    @property
    def token(self) -> int:
        """The token of the last leader that was obeyed, 0 for none: no lower one is."""
        return self._token

    @property
    def pool_size(self) -> int:
        """The children that there are."""
        return self._pool_size if self._count is None else self._count()

    def is_open(self) -> bool:
        """True while one more video may be taken."""
        return not is_stopping() and taken() < self.slots

    @property
    def real_slots(self) -> int:
        """The slots that are in use or would be filled at once."""
        return max(taken(), self.slots)

    def guard(self, can_consume: Callable[[], bool]) -> Callable[[], bool]:
        """A check that asks the channel and the gate: both must let a message in."""

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
        wiring, pool = consumer.app.wiring, consumer.pool
        pool_size: int = consumer.controller.concurrency
        initial: int | None = wiring.initial_slots

        def grow(count: int) -> None:
            pool.grow(count)
            # Else they would be forked at the pool's next look, up to 5 s later.
            pool.maintain_pool()
            log.info("%d children forked, %d in all", count, pool.num_processes)

        slots = pool_size if initial is None else initial
        consumer.gate = Gate(
            slots, pool_size, wiring.most_slots, grow, lambda: int(pool.num_processes)
        )
        super().__init__(consumer, **options)

    def start(self, consumer: Any) -> None:
        qos = consumer.task_consumer.channel.qos
        qos.can_consume = consumer.gate.guard(qos.can_consume)

    def stop(self, consumer: Any) -> None:
        """Nothing: the channel goes, and the guard with it."""


def set_slots(state: Any, slots: int, token: int | None = None) -> dict[str, Any]:
    """Sets how many videos the worker takes at once; 0 pauses it. `token` is the leader's."""
    gate: Gate = state.consumer.gate
    before = gate.slots
    try:
        gate.set_slots(slots, token)
    except ValueError as error:
        log.warning("slots stay at %d: %s", before, error)
        return {"error": str(error)}
    if gate.slots != before:
        log.info("%d of %d slots wanted", gate.slots, gate.most_slots)
    return {"ok": _report(gate)}


def assign_slots(state: Any, by_worker: Mapping[str, int], token: int) -> dict[str, Any]:
    """Sets the slots of all workers by one message of the leader's: each takes what is its own."""
    if state.hostname not in by_worker:
        return {"ok": _report(state.consumer.gate)}
    return set_slots(state, by_worker[state.hostname], token)


def slots(state: Any) -> dict[str, Any]:
    """The slots that are wanted, real and in use."""
    return _report(state.consumer.gate)


def _report(gate: Gate) -> dict[str, int]:
    return {
        "wanted": gate.slots,
        "real": gate.real_slots,
        "running": taken(),
        "pool_size": gate.pool_size,
        "most": gate.most_slots,
    }


Panel.register(set_slots, type="control", args=[("slots", int)], signature="<n>")
Panel.register(assign_slots, type="control", args=[("by_worker", dict), ("token", int)])
Panel.register(slots, type="inspect")
