"""Resuming: batches that the engine paused go on once the cause has passed."""

from __future__ import annotations

import logging
import shutil
import time
from dataclasses import dataclass

from controllers.duties.duty import Round
from videobatch.media.files import atomic as files
from videobatch.paths import from_uri
from videobatch.records import Pause
from videobatch.state.ledger import Ledger
from videobatch.state.views import Views

log = logging.getLogger(__name__)

EVERY_S = 5.0
# A video's files are a few megabytes; less room than for several of them is no room.
ROOM_BYTES = 32 << 20


@dataclass(slots=True)
class Resuming:
    """Looks for room and at the clock every few seconds."""

    ledger: Ledger
    views: Views
    due_s: float = 0.0

    def run(self, now: Round) -> None:
        """Lifts what has passed. Safe to repeat."""
        resume_what_can_go_on(self.ledger, self.views)
        self.due_s = time.monotonic() + EVERY_S


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
