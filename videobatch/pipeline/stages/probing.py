"""Probe: what the file says of itself, and the hash of its content."""

from __future__ import annotations

from videobatch.media.container.probe import probe
from videobatch.pipeline.work import Work
from videobatch.records import Phase, Probe, Stage


def probe_stage(work: Work) -> Probe:
    """The file's streams and content hash.

    MUST raise InputError, with what to do about it, for a file that is no video or sound.
    """

    def on_bytes(done: int, total: int) -> None:
        work.progress.report(Stage.PROBE, done, total)

    with work.tools.phases.mark(Phase.IO):
        return probe(work.path, work.root, on_bytes)
