"""The one task: a message names a video, the ledger decides which one is worked on."""

from __future__ import annotations

import logging
import os
import time
from typing import Any

from celery import shared_task

from celery_app.messages import is_id
from celery_app.publishing import PROCESS_VIDEO
from celery_app.worker.stopping import is_stopping
from tasks.attempt import attempt
from tasks.composition import desk, prepare
from tasks.desk.desk import Desk
from videobatch.records import Claim
from videobatch.telemetry.logging import log_video

log = logging.getLogger(__name__)

KEPT_LOOK_S = 0.5

prepare()


@shared_task(name=PROCESS_VIDEO, bind=True, ignore_result=True)  # type: ignore[untyped-decorator]
def process_video(self: Any, batch_id: str, video_id: str) -> None:
    """Claims the video, or the best other one, and brings it to its end.

    Safe to run twice: the second claim takes the next best video, or nothing. A message that comes
    while the worker stops claims nothing; the sweep publishes it again.
    """
    if is_stopping():
        return
    if not (is_id(batch_id) and is_id(video_id)):
        log.error("a message is refused: it names no video: %.80r %.80r", batch_id, video_id)
        return
    at = desk(self.request.hostname)
    claim = _claim(at, batch_id, video_id)
    if claim is not None:
        with log_video(claim.batch_id, claim.video_id, self.request.id):
            log.info("claimed: %s, try %d, token %s", claim.job.name, claim.attempt, claim.token)
            attempt(at, claim)


def _claim(at: Desk, batch_id: str, video_id: str) -> Claim | None:
    """Claims the video, or the best other one. While this host is kept for one that is to run
    alone, it waits: so its slot is taken, and another video's message is not used up in vain."""
    times_kept = 0

    def on_kept() -> None:
        nonlocal times_kept
        times_kept += 1

    while True:
        before = times_kept
        claim = at.patient.claim(
            batch_id,
            video_id,
            worker=at.worker,
            host=at.host,
            pid=os.getpid(),
            free_bytes=at.free_bytes(),
            on_no_room=at.no_room,
            on_kept=on_kept,
        )
        if times_kept == before or is_stopping():
            return claim
        # The named one is fed again, to whoever is free.
        batch_id = video_id = ""
        time.sleep(KEPT_LOOK_S)
