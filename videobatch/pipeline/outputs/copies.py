"""Copies of a video's checkpoints beside its documents, for the day on which Redis is empty.

`.checkpoints-<template>-<digest>.jsonl` in the video's folder gets a line for each result once the
ledger has it. The digest is of the wish; of which content a result is, it says itself. The file
goes when the document is in place.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from contextlib import suppress

from videobatch.media.files.folders import Folder
from videobatch.pipeline.outputs.place import video_folder
from videobatch.records import Claim, VideoJob

log = logging.getLogger(__name__)

SUFFIX = ".jsonl"
DIGEST = 12
# More than the checkpoints of days of speech; a larger file is none of ours.
MOST_BYTES = 256_000_000


def copies_of(claim: Claim) -> str:
    """The name of the file with the copies of this job's checkpoints, in the video's folder."""
    job = claim.job
    digest = hashlib.sha256(job.wish.encode()).hexdigest()[:DIGEST]
    return f"{_prefix(job)}{digest}{SUFFIX}"


def read_copies(claim: Claim) -> dict[str, str]:
    """Every copy by its name; a line that was cut off is passed over."""
    try:
        with video_folder(claim.job) as folder:
            content = folder.read(copies_of(claim), MOST_BYTES)
    except OSError:
        return {}
    found = (_entry(line) for line in content.splitlines())
    return dict(entry for entry in found if entry is not None)


def _entry(line: bytes) -> tuple[str, str] | None:
    try:
        name, payload = json.loads(line)
    except (ValueError, TypeError):
        return None
    return (name, payload) if isinstance(name, str) and isinstance(payload, str) else None


def add_copy(claim: Claim, name: str, payload: str) -> None:
    """Appends one. The ledger has it already, so a disk that does not take it is only logged."""
    line = (json.dumps([name, payload]) + "\n").encode()
    try:
        with video_folder(claim.job, make=True) as folder:
            folder.append(
                copies_of(claim), line, is_ours=lambda each: _entry(each) is not None, sync=False
            )
    except OSError as error:
        log.warning("a checkpoint is not copied to the output folder: %s", error.strerror)


def copies_in(folder: Folder, job: VideoJob) -> list[str]:
    """The names of all copies of this template's checkpoints in the video's folder."""
    # The whole name: another template's may begin with this one's.
    own = re.compile(rf"{re.escape(_prefix(job))}[0-9a-f]{{{DIGEST}}}{re.escape(SUFFIX)}")
    return [name for name in folder.names() if own.fullmatch(name)]


def remove_copies(job: VideoJob) -> None:
    """Removes the copies of this template's checkpoints. Safe to repeat."""
    with suppress(OSError), video_folder(job) as folder:
        for name in copies_in(folder, job):
            folder.remove(name)


def _prefix(job: VideoJob) -> str:
    return f".checkpoints-{job.template}-"
