"""The end of an attempt that made no document: another try, a pause of its batch, or its end."""

from __future__ import annotations

import contextlib
import logging
import random
from typing import Protocol
from urllib.parse import unquote

from tasks.desk.desk import Desk
from tasks.successors import models_now
from videobatch.errors import (
    BudgetError,
    LedgerError,
    ModelGoneError,
    SettingsError,
    StaleTokenError,
    ThrottledError,
    TransientError,
    VideobatchError,
)
from videobatch.media.files import atomic as files
from videobatch.paths import display
from videobatch.pipeline.outputs.publication import discard, discard_all
from videobatch.pipeline.retry import next_try
from videobatch.records import Claim, Counted, ErrorRecord, GoneModel, Pause
from videobatch.state.alerts import Severity

log = logging.getLogger(__name__)


class Write(Protocol):
    """A ledger's call that ends an attempt: `Ledger.fail` or `Ledger.take_back`."""

    def __call__(
        self, claim: Claim, error: ErrorRecord, *, retry_after_s: float | None, spend: bool
    ) -> None: ...


def fail(desk: Desk, claim: Claim, error: VideobatchError) -> None:
    """Fails the attempt as the retry rule says; where the video is another's, leaves it alone."""
    try:
        end(desk, claim, error, desk.patient.fail)
    except StaleTokenError:
        give_up(claim)


def give_up(claim: Claim) -> None:
    """Discards what was made under a token that is not the video's any more."""
    log.warning("another worker owns it now; token %s is given up", claim.token)
    discard(claim)


def end(desk: Desk, claim: Claim, error: VideobatchError, write: Write) -> None:
    """Ends the attempt as the retry rule says. Raises StaleTokenError."""
    record = error.record()
    if record.code == files.DISK_FULL:
        _pause_for_disk(desk, claim, record, write)
        return
    if isinstance(error, BudgetError):
        _pause_for_budget(desk, claim, error, write)
        return
    if isinstance(error, ModelGoneError):
        _pause_for_model(desk, claim, error, write)
        return
    retry_after_s = error.retry_after_s if isinstance(error, ThrottledError) else None
    decision = next_try(record, claim.attempt, desk.retry, random.random(), retry_after_s)  # noqa: S311
    log.warning("%s (%s)", error.message, decision.reason)
    write(claim, record, retry_after_s=decision.delay_s, spend=decision.spend)
    desk.tools.phases.count(Counted.VIDEOS_FAILED)
    if decision.delay_s is None:
        discard_all(claim)


def _pause_for_disk(desk: Desk, claim: Claim, record: ErrorRecord, write: Write) -> None:
    """Pauses the batch: other videos would meet the same disk. The controller resumes it."""
    desk.patient.pause_for(claim.batch_id, Pause(files.DISK_FULL, record.message))
    log.warning("%s; the batch is paused until there is room", record.message)
    write(claim, record, retry_after_s=0.0, spend=False)


def _pause_for_budget(desk: Desk, claim: Claim, error: BudgetError, write: Write) -> None:
    """Pauses the batch until the quota begins anew: every other video would meet the same end."""
    cause = f"budget:{error.scope or error.code}"
    desk.patient.pause_for(claim.batch_id, Pause(cause, error.message, error.reset_s))
    log.warning("%s; the batch is paused", error.message)
    _tell(desk, "warning", error, f"{claim.batch_id} is paused: {error.message}")
    write(claim, error.record(), retry_after_s=0.0, spend=False)


def _pause_for_model(desk: Desk, claim: Claim, error: ModelGoneError, write: Write) -> None:
    """Pauses the batch until a person names another model: every other video asks for this one.
    Where that was done while the attempt ran, its next try asks the successor."""
    now = models_now(desk.patient, claim)
    gone = [each for each in now if each.model == error.model]
    if not gone and any(_is_named_for(desk, claim, each, error.model) for each in now):
        log.warning("%s; its successor is asked next", error.message)
        write(claim, error.record(), retry_after_s=0.0, spend=False)
        return
    message = f"{error.message}; {error.hint}"
    if gone:
        variables = " and ".join(f"VIDEOBATCH_{each.group.upper()}__MODEL" for each in gone)
        message += f": set {variables}, then `videobatch resume`"
    # A model that the job does not name: nobody knows what it was to do.
    for cause in [each.cause for each in gone] or ["model"]:
        desk.patient.pause_for(claim.batch_id, Pause(cause, message))
    log.error("%s; the batch is paused", error.message)
    _tell(desk, "error", error, f"{claim.batch_id} is paused: {message}")
    write(claim, error.record(), retry_after_s=0.0, spend=False)


def _is_named_for(desk: Desk, claim: Claim, now: GoneModel, gone: str) -> bool:
    """True where the batch uses the model of `now` in place of the one that is gone."""
    return desk.patient.successor(claim.batch_id, now.group, gone) == now.model


def _tell(desk: Desk, severity: Severity, error: VideobatchError, message: str) -> None:
    """Raises an alert, which may be lost."""
    try:
        desk.alerts.tell(severity, error.code, message)
    except LedgerError as lost:
        log.info("an alert is lost: %s", lost.message)


def folder_outside(desk: Desk, claim: Claim) -> SettingsError | None:
    """The error of a video one of whose folders is none of those that may be opened; None if both
    may. Looks at nothing there."""
    job = claim.job
    for what, uri in (("the folder of videos", job.root_uri), ("the output folder", job.out_uri)):
        if not desk.places.allow(uri):
            return SettingsError(
                f"{what} {display(unquote(uri))} is not below what this worker may open",
                hint="set VIDEOBATCH_PATHS__ROOTS, and VIDEOBATCH_PATHS__MAP where the folder has "
                "another name here; then retry",
            )
    return None


def refuse(desk: Desk, claim: Claim, error: SettingsError) -> None:
    """Fails a video whose files this worker may not open; no file of it is touched. A committed one
    stays so, for a worker that may."""
    log.error("%s", error.message)
    with contextlib.suppress(StaleTokenError):
        desk.patient.fail(claim, error.record(), retry_after_s=None, spend=True)
    desk.tools.phases.count(Counted.VIDEOS_FAILED)


def unforeseen(error: Exception) -> TransientError:
    """An error of ours as one that may pass."""
    return TransientError(
        display(f"an unexpected error: {type(error).__name__}: {error}"),
        code="internal",
        hint="the worker's log has the details; please report it",
    )
