"""The one task: a message names a video, the ledger decides which one is worked on."""

from __future__ import annotations

import logging
import os
from typing import Any

from celery import shared_task

from celery_app.messages import is_id
from celery_app.publishing import PROCESS_VIDEO
from celery_app.stopping import is_stopping
from tasks.attempt import attempt
from tasks.desk import desk, prepare
from videobatch.telemetry.logging import log_video

log = logging.getLogger(__name__)

prepare()


@shared_task(name=PROCESS_VIDEO, bind=True, ignore_result=True)  # type: ignore[untyped-decorator]
def process_video(self: Any, batch_id: str, video_id: str) -> None:
    """Claims the video, or the best other one, and brings it to its end.

    Safe to run twice: the second claim finds nothing to do. A message that comes while the worker
    stops claims nothing; the sweep publishes it again.
    """
    if is_stopping():
        return
    if not (is_id(batch_id) and is_id(video_id)):
        log.error("a message is refused: it names no video: %.80r %.80r", batch_id, video_id)
        return
    at = desk(self.request.hostname)
    claim = at.patient.claim(
        batch_id,
        video_id,
        worker=at.worker,
        host=at.host,
        pid=os.getpid(),
        free_bytes=at.free_bytes(),
        on_no_room=at.no_room,
    )
    if claim is not None:
        with log_video(claim.batch_id, claim.video_id, self.request.id):
            attempt(at, claim)
