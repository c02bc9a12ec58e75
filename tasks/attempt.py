"""One attempt at a claimed video: run, commit, publish, or say why not."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass

from tasks.sinks import LedgerCheckpoints, LedgerProgress
from videobatch.errors import (
    LedgerError,
    StaleTokenError,
    StoppingError,
    ThrottledError,
    TransientError,
    VideobatchError,
)
from videobatch.pipeline.publication import discard, discard_all, publish
from videobatch.pipeline.reporting import write_due_reports
from videobatch.pipeline.retry import RetryOptions, next_try
from videobatch.pipeline.runner import Tools, run
from videobatch.records import Claim
from videobatch.state.ledger import Ledger
from videobatch.state.views import Views

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a worker's child works with; built once, after the fork.

    `patient` is the ledger for writes that must arrive, `brisk` the one for display.
    """

    worker: str
    host: str
    patient: Ledger
    brisk: Ledger
    views: Views
    tools: Tools
    retry: RetryOptions
    is_stopping: Callable[[], bool]
    free_bytes: Callable[[], int]


def attempt(desk: Desk, claim: Claim) -> None:
    """Brings a claimed video to its end, or back to where somebody else finds it."""
    name = f"{claim.batch_id}/{claim.video_id}"
    try:
        _work(desk, claim)
        log.info("%s: done (try %d)", name, claim.attempt)
    except StaleTokenError:
        log.warning("%s: another worker owns it now; token %d is given up", name, claim.token)
        discard(claim)
    except StoppingError:
        desk.patient.give_back(claim)
        log.info("%s: given back, the worker stops", name)
    except LedgerError:
        log.exception("%s: Redis stayed away; the lease will end and another try follow", name)
        return
    except VideobatchError as error:
        _fail(desk, claim, error)
    except Exception as error:
        log.exception("%s: an error of ours", name)
        _fail(desk, claim, _unforeseen(error))
    write_due_reports(desk.patient, desk.views)


def _work(desk: Desk, claim: Claim) -> None:
    if not claim.publish_only:
        checkpoints = LedgerCheckpoints(desk.patient, claim)
        progress = LedgerProgress(desk.brisk, claim, desk.is_stopping)
        result = run(claim, desk.tools, checkpoints, progress)
        desk.patient.commit(claim, result)
    publish(claim)
    desk.patient.published(claim)


def _fail(desk: Desk, claim: Claim, error: VideobatchError) -> None:
    retry_after_s = error.retry_after_s if isinstance(error, ThrottledError) else None
    record = error.record()
    decision = next_try(record, claim.attempt, desk.retry, random.random(), retry_after_s)  # noqa: S311
    log.warning("%s/%s: %s (%s)", claim.batch_id, claim.video_id, error.message, decision.reason)
    try:
        desk.patient.fail(claim, record, retry_after_s=decision.delay_s, spend=decision.spend)
    except StaleTokenError:
        log.warning("%s/%s: another worker owns it now", claim.batch_id, claim.video_id)
    if decision.delay_s is None:
        discard_all(claim)


def _unforeseen(error: Exception) -> TransientError:
    return TransientError(
        f"an unexpected error: {type(error).__name__}: {error}",
        code="internal",
        hint="the worker's log has the details; please report it",
    )
