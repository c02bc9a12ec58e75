"""Files that attempts left of a video that will not go on by itself, and when they go.

An attempt that ends removes its own. One whose process was killed cannot: a video that was
cancelled meanwhile, that is a dead letter or that failed, keeps an attempt's folder and the copies
of its checkpoints. The ledger knows when they are to go (`lua/ledger/_states.lua`): at once after a
cancel or a drop, else a week after the end, so that a retry by hand can go on from there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

from videobatch.media.files import atomic as files
from videobatch.media.files.folders import open_folder
from videobatch.paths import from_uri
from videobatch.pipeline.outputs.copies import copies_in
from videobatch.pipeline.outputs.place import own_names, video_folder
from videobatch.pipeline.outputs.publication import ATTEMPT
from videobatch.records import VideoJob
from videobatch.state.ledger import Ledger
from videobatch.state.views import Views

log = logging.getLogger(__name__)

# A folder that is not there may be on a disk that is not mounted: looked for as often, for so long.
AGAIN_S = 3600.0
GIVEN_UP_S = 14 * 24 * 3600.0


def clean_leftovers(ledger: Ledger, views: Views, most: int) -> int:
    """Removes what is due of at most so many videos; of how many. Any process may do it, several at
    once. Raises LedgerError."""
    cleaned = 0
    for batch_id, video_id, due_ms in ledger.leftovers(most):
        found = views.videos(batch_id, [video_id])
        again_s = 0.0
        if found and views.places.allow(found[0].job.out_uri):
            job = found[0].job
            try:
                # What is listed before the look is of attempts that have ended: a later one has
                # another token.
                remove_leftovers(job, lambda: ledger.is_left(batch_id, video_id, due_ms))  # noqa: B023
                cleaned += 1
            except OSError as error:
                is_old = views.now_s() - (found[0].finished_s or 0.0) > GIVEN_UP_S
                again_s = 0.0 if is_old else AGAIN_S
                log.info("files of %s/%s are not removed: %s", batch_id, video_id, error.strerror)
        elif found:
            again_s = AGAIN_S
        ledger.cleaned(batch_id, video_id, due_ms, again_s=again_s)
    return cleaned


def remove_leftovers(job: VideoJob, is_left: Callable[[], bool] = lambda: True) -> None:
    """Removes the folders of attempts at a document, and the copies of its checkpoints, if
    `is_left`, asked once they are known. Safe to repeat. Raises OSError, also where there is
    neither the video's folder nor the batch's."""
    where = from_uri(job.out_uri)
    try:
        folder = video_folder(job)
    except FileNotFoundError:
        # Where the batch's folder is there, nothing was left; else nobody knows.
        open_folder(where.parents[own_names(job.name) - 2]).__exit__(None, None, None)
        return
    with folder:
        attempts = files.attempts(folder, f"{ATTEMPT}{job.template}-")
        copies = copies_in(folder, job)
        if not is_left():
            return
        for name in attempts:
            folder.remove_tree(name)
        for name in copies:
            folder.remove(name)
    with suppress(OSError), open_folder(where.parent, own=own_names(job.name) - 1) as above:
        above.remove_empty(where.name)
