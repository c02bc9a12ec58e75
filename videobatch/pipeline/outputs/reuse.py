"""Documents that are there already: of this wish, and of this file."""

from __future__ import annotations

import math
import stat
from dataclasses import replace
from pathlib import Path

from videobatch.errors import VideobatchError
from videobatch.media.container.source import check_file, content_hash
from videobatch.media.files.folders import Folder, open_folder
from videobatch.paths import from_uri
from videobatch.pipeline.outputs.manifest import Manifest, manifest_in
from videobatch.pipeline.outputs.place import own_names
from videobatch.records import Claim, VideoJob, VideoResult, VideoState, token_order


def made_before(job: VideoJob, folder: Path, path: Path, *, after_ms: int = -1) -> Manifest | None:
    """Reads what the folder tells of the job's document, if it is of the file at `path`, whose size
    and time the job has, and of this wish; with `after_ms` only if its attempt began after that.

    A file of the same size and time is taken for the same; otherwise its content decides, and is
    read whole. Only the document counts: a reader may have corrected it, or removed the rest.
    """
    try:
        with open_folder(folder, own=own_names(job.name)) as there:
            manifest = manifest_in(there, job.template)
            if manifest is None or not _is_filled(there, manifest.document_file):
                return None
    except (OSError, ValueError):
        return None
    if manifest.fingerprint != job.fingerprint or not _is_sound(manifest):
        return None
    if token_order(manifest.token) <= after_ms:
        return None
    return manifest if _is_of(manifest, job, path) else None


def made_meanwhile(claim: Claim) -> VideoResult | None:
    """The result of a document that was made and put in place since this was wished for: then Redis
    has lost that it was. A wish that was told anew is later than all that was made before it."""
    job = claim.job
    path = from_uri(job.source_uri)
    if not claim.wished_ms:
        return None
    try:
        status = check_file(path, from_uri(job.root_uri))
    except VideobatchError:  # Whoever reads it says so.
        return None
    job = replace(job, size_bytes=status.st_size, mtime_ns=status.st_mtime_ns)
    manifest = made_before(job, from_uri(job.out_uri), path, after_ms=claim.wished_ms)
    return None if manifest is None else result_of(manifest)


def result_of(manifest: Manifest) -> VideoResult:
    """The result as the ledger keeps it."""
    return VideoResult(
        state=VideoState(manifest.state),
        duration_s=manifest.duration_s,
        elapsed_s=manifest.elapsed_s,
        words=manifest.words,
        keyframes=manifest.keyframes,
        attempt_dir="",
        note=manifest.note,
        remarks=manifest.remarks,
        checked=manifest.checked,
    )


def _is_filled(folder: Folder, name: str) -> bool:
    """True for a file that holds something; a link, or a pipe under its name, is none."""
    status = folder.status(name)
    return status is not None and stat.S_ISREG(status.st_mode) and status.st_size > 0


def _is_sound(manifest: Manifest) -> bool:
    """False where figures are damaged: the ledger could not give them back."""
    figures = [manifest.duration_s, manifest.elapsed_s, manifest.words, manifest.keyframes]
    return all(math.isfinite(figure) and figure >= 0 for figure in figures)


def _is_of(manifest: Manifest, job: VideoJob, path: Path) -> bool:
    source = manifest.source
    if source.size_bytes != job.size_bytes:
        return False
    if source.mtime_ns == job.mtime_ns:
        return True
    try:
        return content_hash(path) == source.content_hash
    except VideobatchError:  # It went away in between: whoever works on it says so.
        return False
