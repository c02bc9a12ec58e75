"""The controller's loop: once a second it leads, and runs the duties that are due."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from controllers.duties.duty import Duty, Round
from controllers.duties.leading import Leading
from controllers.metrics import Rounds
from videobatch.errors import LedgerError

log = logging.getLogger(__name__)

ROUND_S = 1.0
AWAY = (LedgerError, RedisError, OperationalError)


@dataclass(slots=True)
class Controller:
    """One controller process. `duties` are run in their order while it leads; `rounds` counts what
    it does. `health_file` is renewed after each round that reached Redis, also on standby."""

    leading: Leading
    duties: Sequence[Duty]
    rounds: Rounds = field(default_factory=Rounds)
    health_file: Path | None = None

    def round(self) -> bool:
        """One round; True if this process leads. Raises what `AWAY` names."""
        now, began_s = Round(), time.perf_counter()
        is_done = False
        try:
            self.leading.run(now)
            if now.leads:
                for duty in self.duties:
                    if time.monotonic() >= duty.due_s:
                        duty.run(now)
            is_done = now.leads
        finally:
            took_s = time.perf_counter() - began_s
            self.rounds.note(leads=is_done, decisions=now.decisions, took_s=took_s)
        return is_done

    def run(self, stop: threading.Event) -> None:
        """Rounds until `stop` is set; a Redis that is away is waited for, and said once."""
        leads: bool | None = None
        is_away = False
        while not stop.is_set():
            started_s = time.monotonic()
            try:
                now_leads = self.round()
            except AWAY as error:
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
            stop.wait(max(0.0, ROUND_S - (time.monotonic() - started_s)))
        if leads:
            with contextlib.suppress(LedgerError, RedisError):
                self.leading.resign()
