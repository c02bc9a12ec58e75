"""The pipeline's ports, backed by the ledger: checkpoints and progress of one claim."""

from __future__ import annotations

import time
from collections.abc import Callable

from videobatch.errors import LedgerError, StoppingError
from videobatch.pipeline.outputs.copies import add_copy, read_copies
from videobatch.pipeline.stopwatch import Stopwatch
from videobatch.records import Claim, Stage
from videobatch.state.ledger import Ledger

SHOWN_EVERY_S = 0.2


class LedgerCheckpoints:
    """The claim's stored results; new ones are written under its token, and copied beside the
    document. What the ledger does not have, it may have lost: then the copy counts. The watch
    stands still while they are written, since that may wait for Redis."""

    def __init__(self, ledger: Ledger, claim: Claim, watch: Stopwatch) -> None:
        self._ledger = ledger
        self._claim = claim
        self._watch = watch
        self._stored = {**read_copies(claim), **claim.checkpoints}

    def get(self, name: str) -> str | None:
        return self._stored.get(name)

    def put(self, name: str, payload: str) -> None:
        with self._watch.paused():
            self._ledger.checkpoint(self._claim, name, payload)
        self._stored[name] = payload
        add_copy(self._claim, name, payload)


class LedgerProgress:
    """Progress reports, five a second at most; the first and the last of a stage always go.
    Where one is made, the watch is looked at."""

    def __init__(
        self, ledger: Ledger, claim: Claim, is_stopping: Callable[[], bool], watch: Stopwatch
    ) -> None:
        self._ledger = ledger
        self._claim = claim
        self._is_stopping = is_stopping
        self._watch = watch
        self._stage: Stage | None = None
        self._sent_at_s = float("-inf")

    def report(self, stage: Stage, done: float, total: float) -> None:
        if self._is_stopping():
            raise StoppingError("the worker is stopping")
        self._watch.check()
        now_s = time.monotonic()
        is_edge = stage is not self._stage or done >= total
        if not is_edge and now_s - self._sent_at_s < SHOWN_EVERY_S:
            return
        self._stage, self._sent_at_s = stage, now_s
        try:
            self._ledger.progress(self._claim, stage, done, total)
        except LedgerError:
            # Only a display is late. The next checkpoint waits for Redis, with patience.
            return
