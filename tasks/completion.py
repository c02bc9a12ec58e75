"""The end of an attempt that made a document: its files go into place, the ledger hears of it."""

from __future__ import annotations

import logging

from tasks.desk.desk import Desk
from tasks.failure import end
from videobatch.errors import LedgerError, StaleTokenError, TransientError
from videobatch.media.files import atomic as files
from videobatch.pipeline.outputs.publication import discard_all, publish
from videobatch.pipeline.outputs.reuse import made_meanwhile
from videobatch.records import Claim, Counted, VideoResult
from videobatch.state.views import BatchView

log = logging.getLogger(__name__)

PUBLISH_AGAIN_S = 5.0
# From so many documents without their language model on, a person should look at it: three of
# those that are there, or this share of the whole batch. It is said once a day.
UNWRITTEN_SHARE, UNWRITTEN_LEAST, UNWRITTEN_QUIET_S = 0.1, 3, 24 * 3600


def put_in_place(desk: Desk, claim: Claim) -> None:
    """Renames the committed files into place; where that fails, somebody tries it again later.
    Raises StaleTokenError, LedgerError."""
    try:
        with desk.patient.order(claim.job.out_uri) as still_ours:
            publish(claim, still_ours)
    except LedgerError:
        raise
    except TransientError as error:
        if error.code == files.LOST:
            end(desk, claim, error, desk.patient.take_back)
        else:
            log.warning("%s; tried again in %.0f s", error.message, PUBLISH_AGAIN_S)
            desk.patient.give_back(claim, after_s=PUBLISH_AGAIN_S)
    except Exception:
        # What is committed is the document: no error may fail it or remove its files.
        log.exception("an error of ours; tried again in %.0f s", PUBLISH_AGAIN_S)
        desk.patient.give_back(claim, after_s=PUBLISH_AGAIN_S)
    else:
        _finish(desk, claim)


def accept(desk: Desk, claim: Claim, result: VideoResult) -> None:
    """Commits the document that is in place. Raises StaleTokenError."""
    log.warning("its document is there already, but Redis had lost that; it is not made again")
    desk.patient.commit(claim, result)
    discard_all(claim)
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
    """Raises an alert where more than a tenth of a batch was made without its language model."""
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
    """True where more than a tenth of the documents that are there are unwritten, once there are
    enough to tell, or more than a tenth of the batch as a whole."""
    count = sum(batch.unwritten.values())
    of = batch.made_videos if count >= UNWRITTEN_LEAST else batch.total
    return count > UNWRITTEN_SHARE * of
