"""Copies of a video's checkpoints beside its documents, for the day on which Redis is empty.

`.checkpoints-<template>-<digest>.jsonl` in the video's folder gets a line for each result once the
ledger has it. The digest is of all that the results depend on. The file goes when the document is
in place.
"""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path

from videobatch.paths import from_uri
from videobatch.records import Claim

log = logging.getLogger(__name__)


def copies_of(claim: Claim) -> Path:
    """Where the copies of this job's checkpoints are, or would be."""
    job = claim.job
    depends_on = f"{job.fingerprint} {job.size_bytes} {job.mtime_ns}"
    digest = hashlib.sha256(depends_on.encode()).hexdigest()[:12]
    return from_uri(job.out_uri) / f".checkpoints-{job.template}-{digest}.jsonl"


def read_copies(claim: Claim) -> dict[str, str]:
    """Every copy by its name; a line that was cut off is passed over."""
    found: dict[str, str] = {}
    try:
        lines = copies_of(claim).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return found
    for line in lines:
        try:
            name, payload = json.loads(line)
        except ValueError:
            continue
        if isinstance(name, str) and isinstance(payload, str):
            found[name] = payload
    return found


def add_copy(claim: Claim, name: str, payload: str) -> None:
    """Appends one. The ledger has it already, so a disk that does not take it is only logged."""
    path = copies_of(claim)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([name, payload]) + "\n")
    except OSError as error:
        log.warning("a checkpoint is not copied to the output folder: %s", error.strerror)


def remove_copies(claim: Claim) -> None:
    """Removes the copies of this template's checkpoints. Safe to repeat."""
    folder = from_uri(claim.job.out_uri)
    for path in folder.glob(f".checkpoints-{claim.job.template}-*.jsonl"):
        path.unlink(missing_ok=True)
