"""One attempt at a claimed video: made, committed and put in place, or given back, or failed."""

from __future__ import annotations

import contextlib
import logging

from tasks.completion import accept, put_in_place
from tasks.desk.desk import Desk
from tasks.desk.sinks import LedgerCheckpoints, LedgerProgress
from tasks.failure import fail, folder_outside, give_up, refuse, unforeseen
from tasks.successors import with_successors
from videobatch.errors import LedgerError, StaleTokenError, StoppingError, VideobatchError
from videobatch.media.files import umask
from videobatch.pipeline.needs import kind_of, medium_of, need_mib
from videobatch.pipeline.outputs.leftovers import clean_leftovers
from videobatch.pipeline.outputs.publication import discard_all
from videobatch.pipeline.outputs.report_files import write_due_reports
from videobatch.pipeline.outputs.reuse import made_meanwhile
from videobatch.pipeline.stages.runner import run
from videobatch.pipeline.stopwatch import Stopwatch
from videobatch.records import Claim, Probe, VideoState

log = logging.getLogger(__name__)

# The controller writes those that are left.
REPORTS_S = 0.5
# After each video, since a controller need not see the output folder.
LEFTOVERS_AT_ONCE = 2


def attempt(desk: Desk, claim: Claim) -> None:
    """Brings a claimed video to its end, or back to where somebody else finds it."""
    desk.works_under(claim.token)
    try:
        if (error := folder_outside(desk, claim)) is not None:
            refuse(desk, claim, error)
        else:
            with umask.applied(claim.job.umask):
                _bring_to_an_end(desk, claim)
    except LedgerError:
        # While this process lives, its worker renews the lease: only its end frees the video.
        log.exception("the ledger refuses; this process ends, and the video goes to another")
        desk.abandon()
    else:
        _look_after_others(desk)
    finally:
        desk.works_under(None)


def _bring_to_an_end(desk: Desk, claim: Claim) -> None:
    try:
        if claim.publish_only:
            put_in_place(desk, claim)
        elif (result := made_meanwhile(claim)) is not None:
            accept(desk, claim, result)
        else:
            _make(desk, claim)
            put_in_place(desk, claim)
    except StaleTokenError:
        give_up(claim)
    except StoppingError as stop:
        state = desk.patient.give_back(claim)
        log.info("given back: %s; now %s", stop.message, state or "another's")
        if state == VideoState.CANCELLED:
            discard_all(claim)
    except LedgerError:
        raise
    except VideobatchError as error:
        fail(desk, claim, error)
    except Exception as error:
        log.exception("an error of ours")
        fail(desk, claim, unforeseen(error))


def _make(desk: Desk, claim: Claim) -> None:
    """Runs the stages, and commits what they made."""
    desk.now.claim = claim
    watch = desk.now.watch = Stopwatch(desk.limits, claim.job.size_bytes, desk.arm)
    checkpoints = LedgerCheckpoints(desk.patient, claim, watch)
    progress = LedgerProgress(desk.brisk, claim, desk.is_stopping, watch)
    desk.peak.begin()

    def on_probe(probe: Probe) -> None:
        medium = medium_of(probe)
        reader = desk.tools.slide_reader() if claim.job.settings.get("slides") else None
        slides_mib = reader.takes_mib if reader else 0
        mib, with_speech = (
            need_mib(medium, with_speech=each, slides_mib=slides_mib) for each in (False, True)
        )
        kind = kind_of(medium, with_slides=reader is not None)
        # For the next claims' sake: it may be lost.
        with contextlib.suppress(LedgerError):
            desk.brisk.refine_kind(claim, kind, mib=mib, mib_with_speech=with_speech)

    named = with_successors(desk.patient, claim)
    result = run(named, desk.tools, checkpoints, progress, watch, on_probe)
    taken_bytes = desk.peak.bytes()
    desk.patient.commit(claim, result)
    if taken_bytes is not None:
        # One of many: it may be lost.
        with contextlib.suppress(LedgerError):
            desk.brisk.learn_need(claim, taken_bytes)


def _look_after_others(desk: Desk) -> None:
    """Writes reports that are due, and clears away what attempts left."""
    try:
        write_due_reports(desk.brisk, desk.views, within_s=REPORTS_S)
        clean_leftovers(desk.brisk, desk.views, LEFTOVERS_AT_ONCE)
    except LedgerError as error:
        log.info("reports and what attempts left are for others: %s", error.message)
