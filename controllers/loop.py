"""The controller's loop: one leader sweeps, feeds and sizes the queue once a second."""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from controllers.metrics import Rounds
from controllers.sampling import Readings
from controllers.steering import Steering
from videobatch.errors import LedgerError
from videobatch.media.files import atomic as files
from videobatch.paths import from_uri
from videobatch.pipeline.outputs.leftovers import clean_leftovers
from videobatch.pipeline.outputs.report_files import write_due_reports
from videobatch.records import Pause
from videobatch.state.bindings import Bindings
from videobatch.state.ledger import Ledger, Swept
from videobatch.state.samples import SampleStore
from videobatch.state.versions import raise_to
from videobatch.state.views import Views

log = logging.getLogger(__name__)

TICK_S = 1.0
LEADER_LEASE_S = 3.0
# A video's files are a few megabytes; less room than for several of them is no room.
ROOM_BYTES = 32 << 20
ROOM_EVERY_S = 5.0
REPORTS_AGAIN_S = 30.0
# Well within its lease; the next round writes those that are left.
REPORTS_S = 0.5
LEFTOVERS_EVERY_S, LEFTOVERS_AT_ONCE = 5.0, 20
SCHEMA_EVERY_S = 30.0
BINDINGS_EVERY_S = 60.0


@dataclass(slots=True)
class Controller:
    """What one controller process works with.

    `name` tells it from its standby; `queue` and `message` are what the ledger publishes; `lives`
    are the marks of the ledgers that it has seen, `room_due_s` when it looks for room next,
    `leftovers_due_s` when it removes what attempts left, `reports_due_s` when it writes reports
    again after one could not be written, `bindings_due_s` when it takes out what Celery's transport
    left, `schema_due_s` when it sees whether all workers know a newer ledger. `sweep` is the
    ledger's own where no other one is given. Without a `steering` it leaves the workers' slots
    alone; `rounds` counts what it does. `health_file` is renewed after each round that reached
    Redis, also on standby.
    """

    name: str
    ledger: Ledger
    queue: str
    message: str
    views: Views
    samples: SampleStore
    sweep: Callable[[], Swept] | None = None
    lives: set[str] = field(default_factory=set)
    room_due_s: float = 0.0
    steering: Steering | None = None
    reports_due_s: float = 0.0
    leftovers_due_s: float = 0.0
    bindings: Bindings | None = None
    bindings_due_s: float = 0.0
    rounds: Rounds = field(default_factory=Rounds)
    health_file: Path | None = None
    schema_due_s: float = field(default_factory=lambda: time.monotonic() + SCHEMA_EVERY_S)
    _token: int = 0
    _heard: int = 0

    def tick(self) -> bool:
        """One round; True if this process leads. Raises LedgerError, RedisError or kombu's
        OperationalError."""
        token = self.ledger.lead(self.name, LEADER_LEASE_S, self._heard)
        if not token:
            return False
        if token != self._token and self.steering is not None:
            self.steering.follow_on(lost=self.ledger.predecessor_lost())
        self._token = token
        self._look_at_life()
        # Each time, because a Redis that lost its data would otherwise publish nothing.
        self.ledger.set_publishing(self.queue, self.message)
        alive = self.samples.alive()
        self._heard = max((each.sample.leader_token for each in alive.values()), default=0)
        self._raise_schema(alive)
        wanted = sum(each.sample.slots for each in alive.values())
        if self.steering is not None:
            wanted = max(wanted, self.steering.round(token))
        self.ledger.set_window(wanted)
        swept = (self.sweep or self.ledger.sweep)()
        if swept.expired or swept.prolonged:
            log.info("sweep: %d leases ended, %d prolonged", swept.expired, swept.prolonged)
        if time.monotonic() >= self.reports_due_s and not write_due_reports(
            self.ledger, self.views, within_s=REPORTS_S
        ):
            self.reports_due_s = time.monotonic() + REPORTS_AGAIN_S
        if time.monotonic() >= self.leftovers_due_s:
            clean_leftovers(self.ledger, self.views, LEFTOVERS_AT_ONCE)
            self.leftovers_due_s = time.monotonic() + LEFTOVERS_EVERY_S
        if self.bindings is not None and time.monotonic() >= self.bindings_due_s:
            self.bindings.prune()
            self.bindings_due_s = time.monotonic() + BINDINGS_EVERY_S
        if time.monotonic() >= self.room_due_s:
            resume_what_can_go_on(self.ledger, self.views)
            self.room_due_s = time.monotonic() + ROOM_EVERY_S
        return True

    def _noted_tick(self) -> bool:
        leads = False
        began_s = time.perf_counter()
        try:
            leads = self.tick()
        finally:
            decisions = self.steering.decisions if leads and self.steering else ()
            took_s = time.perf_counter() - began_s
            self.rounds.note(leads=leads, decisions=decisions, took_s=took_s)
        return leads

    def _raise_schema(self, alive: Readings) -> None:
        # Not before the workers have had the time to say which one they know.
        if time.monotonic() < self.schema_due_s:
            return
        self.schema_due_s = time.monotonic() + SCHEMA_EVERY_S
        known = [each.sample.schema for each in alive.values()]
        if known:
            raise_to(self.ledger.client, self.ledger.prefix, known)

    def _look_at_life(self) -> None:
        life = self.ledger.life()
        if self.lives and life not in self.lives:
            log.error(
                "Redis has lost its data: it knows no batch of before; "
                "`videobatch recover OUT` rebuilds them from an output folder"
            )
        self.lives.add(life)

    def run(self, stop: threading.Event) -> None:
        """Ticks until `stop` is set; a Redis that is away is waited for, and said once."""
        leads: bool | None = None
        is_away = False
        while not stop.is_set():
            started_s = time.monotonic()
            try:
                now_leads = self._noted_tick()
            except (LedgerError, RedisError, OperationalError) as error:
                if not is_away:
                    log.warning("Redis is away; waiting: %s", error)
                is_away = True
            else:
                if is_away:
                    log.info("Redis is back")
                if now_leads != leads:
                    log.info("leading" if now_leads else "standing by")
                leads, is_away = now_leads, False
                if self.health_file is not None:
                    self.health_file.touch()
            stop.wait(max(0.0, TICK_S - (time.monotonic() - started_s)))
        if leads:
            with contextlib.suppress(LedgerError, RedisError):
                self.ledger.resign(self.name)


def resume_what_can_go_on(ledger: Ledger, views: Views) -> None:
    """Takes back what batches were paused for by the engine, once it has passed: there is room on
    the disk again, or the quota has begun anew. They go on if nothing else holds them."""
    for batch in views.batches(views.listed("paused")):
        for pause in batch.pauses:
            if _is_over(pause, batch.out_uri, views):
                log.info("%s: no longer paused for %s", batch.batch_id, pause.in_words)
                ledger.lift(batch.batch_id, pause)


def _is_over(pause: Pause, out_uri: str, views: Views) -> bool:
    """True for a reason that has passed; a person's never does."""
    if pause.is_by_person:
        return False
    if pause.cause == files.DISK_FULL:
        return _has_room(out_uri)
    return pause.resume_s is not None and pause.resume_s <= views.now_s()


def _has_room(out_uri: str) -> bool:
    try:
        return shutil.disk_usage(from_uri(out_uri)).free >= ROOM_BYTES
    except OSError:
        return False
