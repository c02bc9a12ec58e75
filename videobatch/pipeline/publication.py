"""What happens to an attempt's files: kept below the video's folder, put in place, or removed."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from videobatch.media import files
from videobatch.paths import from_uri
from videobatch.pipeline.copies import remove_copies
from videobatch.pipeline.manifest import read_manifest
from videobatch.records import Claim


def attempt_dir(claim: Claim) -> Path:
    """The folder of this attempt's files, in the video's own folder.

    The template is part of its name, because two documents of one video share that folder.
    """
    return from_uri(claim.job.out_uri) / f"{_prefix(claim)}{claim.token}"


def earlier_attempts(claim: Claim) -> list[Path]:
    """Folders that other attempts at the same document left behind."""
    own = attempt_dir(claim)
    return [path for path in files.attempts(own.parent, _prefix(claim)) if path != own]


def begin(claim: Claim) -> None:
    """Makes sure that nothing stands under this attempt's name: a process may be given its claim
    again. What did counts as an earlier attempt's, under a token that nobody has."""
    own = attempt_dir(claim)
    if own.is_dir():
        before = own.with_name(f"{_prefix(claim)}0")
        shutil.rmtree(before, ignore_errors=True)
        own.rename(before)


def publish(claim: Claim) -> None:
    """Puts the committed attempt's files in place. Safe to repeat, also after a crash.

    Raises TransientError; with the code `attempt_lost` where what is in place is not this attempt.
    """
    folder = from_uri(claim.job.out_uri)
    files.publish(attempt_dir(claim), folder)
    made = read_manifest(folder / files.MANIFEST, claim.job.template)
    if made is None or made.token != claim.token:
        raise files.lost(folder)
    files.remove_attempts(folder, _prefix(claim), claim.token)
    remove_copies(claim)


def discard(claim: Claim) -> None:
    """Removes the attempt's files; those of others, which may be at work, stay."""
    shutil.rmtree(attempt_dir(claim), ignore_errors=True)
    _tidy(claim)


def discard_all(claim: Claim) -> None:
    """Removes what every attempt at the document left: there will be no further one."""
    files.remove_attempts(from_uri(claim.job.out_uri), _prefix(claim), claim.token)
    remove_copies(claim)
    _tidy(claim)


def _tidy(claim: Claim) -> None:
    with contextlib.suppress(OSError):  # It may hold an earlier document, or another attempt.
        from_uri(claim.job.out_uri).rmdir()


def _prefix(claim: Claim) -> str:
    return f".attempt-{claim.job.template}-"
