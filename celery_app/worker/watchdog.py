"""A watchdog: a worker that is connected and takes nothing, although work waits, starts anew.

Brokers' clients have had such states after a reconnect, and a person can bring one about with
Flower's "cancel consumer".
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

from celery import bootsteps
from celery.platforms import EX_FAILURE
from celery.worker import state as worker_state

from celery_app.worker.background import Background, run_until_shutdown
from celery_app.worker.gate import Gate

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
PATIENCE_S = 5.0
# A consumer that starts anew, or a worker that stops, gets more time before the next step.
AFTER_AN_ACT_S = 20.0
# Nobody looked for so long: Redis was away, or the machine slept.
GAP_S = 4.0

Backlog = Callable[[], int]
"""The number of messages that wait in the queue."""


class Act(Enum):
    """The remedies, the mildest first."""

    RESTART = "restart"
    STOP = "stop"
    EXIT = "exit"


class Watchdog:
    """Decides from one look a second what is to be done. For one thread."""

    def __init__(self) -> None:
        self._acts = list(Act)
        self._looked_s: float | None = None
        self._idle_since_s: float | None = None
        self._received = -1

    @property
    def is_well(self) -> bool:
        """True unless work has been waiting for a while that is not taken."""
        if self._idle_since_s is None or self._looked_s is None:
            return True
        # Once something was done about it, only a message shows that it helped.
        is_first = len(self._acts) == len(Act)
        return is_first and self._looked_s - self._idle_since_s < PATIENCE_S

    def look(self, now_s: float, *, waits: bool, is_open: bool, received: int) -> Act | None:
        """`waits`: there are messages; `is_open`: a slot is free; `received`: messages so far."""
        before_s, self._looked_s = self._looked_s, now_s
        if received != self._received:
            self._received = received
            self._acts = list(Act)
            self._idle_since_s = None
        if not (waits and is_open) or before_s is None or now_s - before_s > GAP_S:
            self._idle_since_s = None
            return None
        if self._idle_since_s is None:
            self._idle_since_s = before_s
        patience_s = PATIENCE_S if self._acts[0] is Act.RESTART else AFTER_AN_ACT_S
        if now_s - self._idle_since_s < patience_s:
            return None
        self._idle_since_s = now_s
        return self._acts.pop(0) if len(self._acts) > 1 else self._acts[0]


class WatchdogStep(bootsteps.StartStopStep):  # type: ignore[misc]
    """Looks once a second for as long as the worker's main process lives."""

    requires = ("celery.worker.components:Pool",)
    conditional = True

    def __init__(self, worker: Any, **options: Any) -> None:
        self.enabled = worker.app.wiring.backlog is not None
        super().__init__(worker, **options)

    def start(self, worker: Any) -> None:
        backlog: Backlog = worker.app.wiring.backlog(worker.hostname)
        watchdog = Watchdog()
        health_file: Path | None = worker.app.wiring.health_file

        def tick() -> None:
            gate: Gate = worker.consumer.gate
            act = watchdog.look(
                time.monotonic(),
                waits=backlog() > 0,
                is_open=gate.is_open(),
                received=worker_state.all_total_count[0],
            )
            if act is not None:
                _do(act, worker)
            elif health_file is not None and watchdog.is_well:
                health_file.touch()

        run_until_shutdown(Background(f"watchdog of {worker.hostname}", tick, LOOK_EVERY_S))

    def stop(self, worker: Any) -> None:
        """Nothing yet: the thread goes on until the worker ends."""


def _do(act: Act, worker: Any) -> None:
    what = "work waits, a slot is free, and nothing is taken"
    if act is Act.RESTART:
        log.error("%s: the consumer starts anew", what)
        worker.hub.call_soon(_start_anew, worker.consumer)
    elif act is Act.STOP:
        log.critical("%s, although the consumer started anew: the worker ends", what)
        worker_state.should_stop = EX_FAILURE
    else:
        log.critical("%s, and the worker does not end: it is cut off", what)
        os._exit(EX_FAILURE)


def _start_anew(consumer: Any) -> None:
    """In the event loop: ends the connection as an outage would, which Celery recovers from."""
    # Flower's "cancel consumer" leaves the queue deselected.
    consumer.app.amqp.queues.select_add(consumer.app.conf.task_default_queue)
    raise ConnectionError("the consumer took nothing; it starts anew")
