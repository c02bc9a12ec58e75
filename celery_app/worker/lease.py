"""Leases of the running videos: renewed while their child lives, released when it died."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from billiard.exceptions import WorkerLostError
from celery import bootsteps, signals

from celery_app.worker.background import AWAY, Background
from celery_app.worker.children import owner
from celery_app.worker.pool import PoolChildren
from celery_app.worker.stopping import is_stopping
from videobatch.records import Death, Held, token_order

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.1
RENEW_EVERY_S = 2.0
# After a cut the connection is back within this time, well before anybody misses it.
PING_EVERY_S = 0.4
# A claim is the ledger's before its child can say that it works on it.
IDLE_AFTER_S = 4.0


class LeaseKeeper(Protocol):
    """The ledger as the lease thread needs it. Every call is safe to repeat."""

    def held(self, worker: str) -> list[Held]:
        """The videos that the ledger believes this worker holds."""

    def renew(self, worker: str, held: Sequence[Held]) -> list[str]:
        """Prolongs these leases; names the videos that are not this worker's any more."""

    def release_dead(self, held: Held, death: Death) -> str:
        """Gives back the video of a child that died, and counts the death."""

    def ping(self) -> None:
        """Keeps the connection by which others see that this worker lives."""

    def hand_back(self, held: Held) -> str:
        """Gives back the video of a child that was ended on purpose; no death is counted."""


Sweep = Callable[[], object]
"""Puts right what others left behind. Safe to repeat."""


class Children(Protocol):
    """A pool as the lease thread sees it."""

    def pids(self) -> frozenset[int]:
        """The children that ever joined and were not replaced; some may be dead."""

    def is_alive(self, pid: int) -> bool:
        """True while this child runs."""

    def end_overdue(self) -> None:
        """Ends the children that are over their time limit and do not look at it themselves."""

    def death(self, pid: int) -> Death:
        """The end of a dead child."""

    def gone(self) -> None:
        """Has the pool see soon that one is gone."""

    def token_order(self, pid: int) -> int | None:
        """The order of the token under which this child says that it works (0: under none); None
        where it never said."""


class LeaseRound:
    """One look at the children, and a renewal when one is due or a child is gone."""

    def __init__(
        self,
        keeper: LeaseKeeper,
        sweep: Sweep,
        worker: str,
        children: Children,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keeper = keeper
        self._sweep = sweep
        self._worker = worker
        self._children = children
        self._clock = clock
        self._living: frozenset[int] = frozenset()
        self._known_dead: frozenset[int] = frozenset()
        self._due_s = clock()
        self._ping_due_s = clock()
        self._idle_since_s: dict[Held, float] = {}

    def tick(self) -> None:
        """Renews if it is time, or at once if a child died since the last look."""
        self._children.end_overdue()
        joined = self._children.pids()
        living = frozenset(pid for pid in joined if self._children.is_alive(pid))
        # A dead child stands in the table until another takes its row.
        dead = (joined | self._living) - living
        if dead - self._known_dead and not is_stopping():
            self._children.gone()
        if dead - self._known_dead or self._clock() >= self._due_s:
            self.renew()
            self._due_s = self._clock() + RENEW_EVERY_S
        elif self._clock() >= self._ping_due_s:
            self._keeper.ping()
            self._ping_due_s = self._clock() + PING_EVERY_S
        # Only now: a death that met an outage is looked at again at the next tick.
        self._living, self._known_dead = living, dead

    def look_again(self) -> None:
        """The next tick renews, whatever the time."""
        self._due_s = self._clock()

    def renew(self) -> None:
        """Releases the videos of dead children, renews the others, sweeps."""
        held = self._keeper.held(self._worker)
        dead = frozenset(h for h in held if not self._children.is_alive(h.pid))
        for each in dead:
            self._release(each)
        idle = self._idle([h for h in held if h not in dead])
        for each in idle:
            # Redis went back in time: to the ledger it works on what it had ended.
            self._keeper.hand_back(each)
            log.warning("%s/%s: nobody works on it; given back", each.batch_id, each.video_id)
        alive = [h for h in held if h not in dead and h not in idle]
        if alive:
            for name in self._keeper.renew(self._worker, alive):
                # It ended since the look, or went to another: then its child is told by its token.
                log.info("%s: not held here any more", name)
        self._sweep()

    def _idle(self, alive: Sequence[Held]) -> frozenset[Held]:
        """Videos that living children hold and have not worked on for a while."""
        now_s, before = self._clock(), self._idle_since_s
        idle = [h for h in alive if self._children.token_order(h.pid) not in (None, _order(h))]
        self._idle_since_s = {h: before.get(h, now_s) for h in idle}
        return frozenset(h for h, s in self._idle_since_s.items() if now_s - s >= IDLE_AFTER_S)

    def _release(self, held: Held) -> None:
        name = f"{held.batch_id}/{held.video_id}"
        if is_stopping():
            # Children end by our own hand then, which is no death.
            self._keeper.hand_back(held)
            log.info("%s: given back, its process was ended", name)
        else:
            death = self._children.death(held.pid)
            state = self._keeper.release_dead(held, death)
            log.warning(
                "%s: its process %d died (%s%s); now %s",
                name,
                held.pid,
                death.how,
                "" if death.suspect else ", which says nothing of the video",
                state or "another's",
            )


def _order(held: Held) -> int:
    return token_order(held.token)


class LeaseStep(bootsteps.StartStopStep):  # type: ignore[misc]
    """Runs the lease thread for as long as the worker's main process lives.

    It belongs to the worker, not to the consumer, so that it goes on while Celery reconnects;
    and it outlives the pool at the end, so that leases hold until the last task is done.
    """

    requires = ("celery.worker.components:Pool",)
    conditional = True

    def __init__(self, worker: Any, **options: Any) -> None:
        self.enabled = worker.app.wiring.lease_keeper is not None
        super().__init__(worker, **options)

    def start(self, worker: Any) -> None:
        wiring = worker.app.wiring
        keeper, sweep = wiring.lease_keeper(worker.hostname)
        lease = LeaseRound(
            keeper,
            sweep,
            owner(worker.hostname),
            PoolChildren(worker),
        )
        thread = Background(f"leases of {worker.hostname}", lease.tick, LOOK_EVERY_S)

        def on_failure(exception: BaseException | None = None, **_: Any) -> None:
            if isinstance(exception, WorkerLostError):
                lease.look_again()
                thread.wake()

        def on_shutdown(**_: Any) -> None:
            thread.stop()
            # The pool has ended: what its children left is given back now, not by its lease.
            with contextlib.suppress(*AWAY):
                lease.renew()

        signals.task_failure.connect(on_failure, weak=False)
        signals.worker_shutdown.connect(on_shutdown, weak=False)
        thread.start()
        log.info("%s holds its leases from process %d", worker.hostname, os.getpid())

    def stop(self, worker: Any) -> None:
        """Nothing yet: the pool still runs."""
