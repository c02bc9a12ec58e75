"""One attempt at a claimed video: run, commit, publish, or say why not."""

from __future__ import annotations

import contextlib
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote

from tasks.desk.sinks import LedgerCheckpoints, LedgerProgress, Present
from videobatch.errors import (
    BudgetError,
    LedgerError,
    SettingsError,
    StaleTokenError,
    StoppingError,
    ThrottledError,
    TransientError,
    VideobatchError,
)
from videobatch.media import files, umask
from videobatch.paths import Places, display
from videobatch.pipeline.leftovers import clean_leftovers
from videobatch.pipeline.limits import LimitOptions, Watch
from videobatch.pipeline.needs import medium_of, need_mib
from videobatch.pipeline.publication import discard, discard_all, publish
from videobatch.pipeline.reporting import write_due_reports
from videobatch.pipeline.retry import RetryOptions, next_try
from videobatch.pipeline.reuse import made_meanwhile
from videobatch.pipeline.runner import Tools, run
from videobatch.records import (
    Claim,
    Counted,
    ErrorRecord,
    NoRoom,
    Pause,
    Probe,
    VideoResult,
    VideoState,
)
from videobatch.state.alerts import Alerts
from videobatch.state.ledger import Ledger
from videobatch.state.views import BatchView, Views
from videobatch.telemetry.peak import PeakMemory

log = logging.getLogger(__name__)

PUBLISH_AGAIN_S = 5.0
# From so many documents without their language model on, a person should look at it: three of
# those that are there, or this share of the whole batch. It is said once a day.
UNWRITTEN_SHARE, UNWRITTEN_LEAST, UNWRITTEN_QUIET_S = 0.1, 3, 24 * 3600
# The controller writes those that are left.
REPORTS_S = 0.5
# After each video, since a controller need not see the output folder.
LEFTOVERS_AT_ONCE = 2


class Write(Protocol):
    """How the ledger is told that an attempt ended: `Ledger.fail` or `Ledger.take_back`."""

    def __call__(
        self, claim: Claim, error: ErrorRecord, *, retry_after_s: float | None, spend: bool
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What a worker's child works with; built once, after the fork.

    `patient` is the ledger for writes that must arrive, `brisk` the one for display. `abandon`
    ends this process, `arm` says when somebody else is to; `now` is the video that is being made,
    `peak` what it takes of the memory; `no_room` has somebody try again once there is some,
    `works_under` lets the main process know which claim this process works on;
    `places` tells which files may be opened.
    """

    worker: str
    host: str
    patient: Ledger
    brisk: Ledger
    views: Views
    tools: Tools
    retry: RetryOptions
    limits: LimitOptions
    is_stopping: Callable[[], bool]
    free_bytes: Callable[[], int]
    abandon: Callable[[], object]
    arm: Callable[[float | None], None]
    no_room: Callable[[NoRoom], None]
    works_under: Callable[[str | None], None]
    now: Present
    peak: PeakMemory
    alerts: Alerts
    places: Places


def attempt(desk: Desk, claim: Claim) -> None:
    """Brings a claimed video to its end, or back to where somebody else finds it."""
    desk.works_under(claim.token)
    try:
        if not _is_outside(desk, claim):
            with umask.applied(claim.job.umask):
                _bring_to_an_end(desk, claim)
    except LedgerError:
        # While this process lives, its worker renews the lease: only its end frees the video.
        log.exception("the ledger refuses; this process ends, and the video goes to another")
        desk.abandon()
    else:
        _report(desk)
    finally:
        desk.works_under(None)


def _is_outside(desk: Desk, claim: Claim) -> bool:
    """True, and the video has failed, if one of its folders is none of those that may be opened:
    nothing there was looked at."""
    job = claim.job
    for what, uri in (("the folder of videos", job.root_uri), ("the output folder", job.out_uri)):
        if not desk.places.allow(uri):
            error = SettingsError(
                f"{what} {display(unquote(uri))} is not below what this worker may open",
                hint="set VIDEOBATCH_PATHS__ROOTS, and VIDEOBATCH_PATHS__MAP where the folder has "
                "another name here; then retry",
            )
            log.error("%s", error.message)
            with contextlib.suppress(StaleTokenError):
                desk.patient.fail(claim, error.record(), retry_after_s=None, spend=True)
            desk.tools.phases.count(Counted.VIDEOS_FAILED)
            return True
    return False


def _bring_to_an_end(desk: Desk, claim: Claim) -> None:
    try:
        if claim.publish_only:
            _publish(desk, claim)
        elif (result := made_meanwhile(claim)) is not None:
            _accept(desk, claim, result)
        else:
            _make(desk, claim)
            _publish(desk, claim)
    except StaleTokenError:
        log.warning("another worker owns it now; token %s is given up", claim.token)
        discard(claim)
    except StoppingError as stop:
        state = desk.patient.give_back(claim)
        log.info("given back: %s; now %s", stop.message, state or "another's")
        if state == VideoState.CANCELLED:
            discard_all(claim)
    except LedgerError:
        raise
    except VideobatchError as error:
        _fail(desk, claim, error)
    except Exception as error:
        log.exception("an error of ours")
        _fail(desk, claim, _unforeseen(error))


def _accept(desk: Desk, claim: Claim, result: VideoResult) -> None:
    """Commits the document that is in place."""
    log.warning("its document is there already, but Redis had lost that; it is not made again")
    desk.patient.commit(claim, result)
    discard_all(claim)
    _finish(desk, claim)


def _make(desk: Desk, claim: Claim) -> None:
    desk.now.claim = claim
    watch = desk.now.watch = Watch(desk.limits, claim.job.size_bytes, desk.arm)
    checkpoints = LedgerCheckpoints(desk.patient, claim, watch)
    progress = LedgerProgress(desk.brisk, claim, desk.is_stopping, watch)
    desk.peak.begin()

    def on_probe(probe: Probe) -> None:
        medium = medium_of(probe)
        mib, with_speech = (need_mib(medium, with_speech=each) for each in (False, True))
        # For the next claims' sake: it may be lost.
        with contextlib.suppress(LedgerError):
            desk.brisk.refine_kind(claim, medium, mib=mib, mib_with_speech=with_speech)

    result = run(claim, desk.tools, checkpoints, progress, watch, on_probe)
    taken_bytes = desk.peak.bytes()
    desk.patient.commit(claim, result)
    if taken_bytes is not None:
        # One of many: it may be lost.
        with contextlib.suppress(LedgerError):
            desk.brisk.learn_need(claim, taken_bytes)


def _publish(desk: Desk, claim: Claim) -> None:
    """Puts the committed files in place; where that fails, somebody tries it again later."""
    try:
        with desk.patient.order(claim.job.out_uri) as still_ours:
            publish(claim, still_ours)
    except LedgerError:
        raise
    except TransientError as error:
        if error.code == files.LOST:
            _end(desk, claim, error, desk.patient.take_back)
        else:
            log.warning("%s; tried again in %.0f s", error.message, PUBLISH_AGAIN_S)
            desk.patient.give_back(claim, after_s=PUBLISH_AGAIN_S)
    except Exception:
        # What is committed is the document: no error may fail it or remove its files.
        log.exception("an error of ours; tried again in %.0f s", PUBLISH_AGAIN_S)
        desk.patient.give_back(claim, after_s=PUBLISH_AGAIN_S)
    else:
        _finish(desk, claim)


def _finish(desk: Desk, claim: Claim) -> None:
    """Ends a video whose files are in place. Raises StaleTokenError."""
    try:
        desk.patient.published(claim)
    except StaleTokenError:
        # Redis may have lost the commit, and still know that the video is ours.
        if (result := made_meanwhile(claim)) is None:
            raise
        desk.patient.commit(claim, result)
        desk.patient.published(claim)
    desk.tools.phases.count(Counted.VIDEOS_DONE)
    _tell_of_unwritten(desk, claim)
    log.info("done (try %d)", claim.attempt)


def _tell_of_unwritten(desk: Desk, claim: Claim) -> None:
    """An alert where more than a tenth of a batch was made without its language model."""
    try:
        batch = desk.views.batch(claim.batch_id)
        if batch is None or not is_often_unwritten(batch):
            return
        reasons = ", ".join(batch.unwritten)
        desk.alerts.tell(
            "warning",
            "unwritten",
            f"{claim.batch_id}: more than a tenth of the documents were made without the language "
            f"model ({reasons}); `videobatch status --all` says which",
            quiet_s=UNWRITTEN_QUIET_S,
        )
    except LedgerError as error:
        log.info("an alert is lost: %s", error.message)


def is_often_unwritten(batch: BatchView) -> bool:
    """True where that is so of the documents that are there, once there are enough to tell, or of
    the batch as a whole."""
    count = sum(batch.unwritten.values())
    of = batch.made_videos if count >= UNWRITTEN_LEAST else batch.total
    return count > UNWRITTEN_SHARE * of


def _fail(desk: Desk, claim: Claim, error: VideobatchError) -> None:
    try:
        _end(desk, claim, error, desk.patient.fail)
    except StaleTokenError:
        log.warning("another worker owns it now; token %s is given up", claim.token)
        discard(claim)


def _end(desk: Desk, claim: Claim, error: VideobatchError, write: Write) -> None:
    """Ends the attempt as the retry rule says. Raises StaleTokenError."""
    retry_after_s = error.retry_after_s if isinstance(error, ThrottledError) else None
    record = error.record()
    if record.code == files.DISK_FULL:
        _wait_for_room(desk, claim, record, write)
        return
    if isinstance(error, BudgetError):
        _wait_for_budget(desk, claim, error, write)
        return
    decision = next_try(record, claim.attempt, desk.retry, random.random(), retry_after_s)  # noqa: S311
    log.warning("%s (%s)", error.message, decision.reason)
    write(claim, record, retry_after_s=decision.delay_s, spend=decision.spend)
    desk.tools.phases.count(Counted.VIDEOS_FAILED)
    if decision.delay_s is None:
        discard_all(claim)


def _wait_for_room(desk: Desk, claim: Claim, record: ErrorRecord, write: Write) -> None:
    """Pauses the batch: other videos would meet the same disk. The controller resumes it."""
    desk.patient.pause_for(claim.batch_id, Pause(files.DISK_FULL, record.message))
    log.warning("%s; the batch is paused until there is room", record.message)
    write(claim, record, retry_after_s=0.0, spend=False)


def _wait_for_budget(desk: Desk, claim: Claim, error: BudgetError, write: Write) -> None:
    """Pauses the batch until the quota begins anew: every other video would meet the same end."""
    cause = f"budget:{error.scope or error.code}"
    desk.patient.pause_for(claim.batch_id, Pause(cause, error.message, error.reset_s))
    log.warning("%s; the batch is paused", error.message)
    _alert(desk, error.code, f"{claim.batch_id} is paused: {error.message}")
    write(claim, error.record(), retry_after_s=0.0, spend=False)


def _alert(desk: Desk, code: str, message: str) -> None:
    try:
        desk.alerts.tell("warning", code, message)
    except LedgerError as error:
        log.info("an alert is lost: %s", error.message)


def _report(desk: Desk) -> None:
    try:
        write_due_reports(desk.brisk, desk.views, within_s=REPORTS_S)
        clean_leftovers(desk.brisk, desk.views, LEFTOVERS_AT_ONCE)
    except LedgerError as error:
        log.info("reports and what attempts left are for others: %s", error.message)


def _unforeseen(error: Exception) -> TransientError:
    return TransientError(
        display(f"an unexpected error: {type(error).__name__}: {error}"),
        code="internal",
        hint="the worker's log has the details; please report it",
    )
