"""Translates the names of a job's files between the ledger and this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from videobatch.paths import Places
from videobatch.records import VideoJob


def job_here(job: VideoJob, places: Places) -> VideoJob:
    """The job from the ledger, with the files' names on this machine."""
    return _renamed(job, places.to_here) if places.here else job


def job_in_ledger(job: VideoJob, places: Places) -> VideoJob:
    """The job of this machine, with the files' names in the ledger."""
    return _renamed(job, places.to_ledger) if places.here else job


def _renamed(job: VideoJob, name: Callable[[str], str]) -> VideoJob:
    return replace(
        job,
        source_uri=name(job.source_uri),
        root_uri=name(job.root_uri),
        out_uri=name(job.out_uri),
    )
