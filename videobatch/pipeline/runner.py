"""One video on its way through all stages, from where an earlier attempt left it."""

from __future__ import annotations

from videobatch.pipeline.document import Document
from videobatch.pipeline.limits import Watch
from videobatch.pipeline.options import DocumentOptions
from videobatch.pipeline.publication import attempt_dir, begin
from videobatch.pipeline.stages.composing import compose_stage, coverage
from videobatch.pipeline.stages.picturing import Seen, are_kept, frames_stage
from videobatch.pipeline.stages.probing import probe_stage
from videobatch.pipeline.stages.transcribing import Heard, transcribe_stage
from videobatch.pipeline.stages.writing import write_stage
from videobatch.pipeline.work import Tools, Work
from videobatch.ports import Checkpoints, Progress
from videobatch.records import Claim, Probe, Stage, VideoResult, VideoState

__all__ = ["Tools", "run"]


def run(
    claim: Claim, tools: Tools, checkpoints: Checkpoints, progress: Progress, watch: Watch
) -> VideoResult:
    """Leaves the finished files in the attempt's folder, ready to commit; says what they are.

    Raises the engine's errors; StoppingError and StaleTokenError among them. Safe to repeat:
    stages with a checkpoint are not run again.
    """
    work = Work(claim, tools, checkpoints, progress, DocumentOptions.of(claim.job.settings), watch)
    begin(claim)
    probe = work.kept(Stage.PROBE, Probe, lambda: probe_stage(work))
    watch.media(probe.duration_s)
    heard = work.kept(Stage.TRANSCRIBE, Heard, lambda: transcribe_stage(work, probe))
    seen = _seen(work, probe)
    document = work.kept(Stage.COMPOSE, Document, lambda: compose_stage(work, probe, heard, seen))
    read = coverage(probe, heard, seen)
    with work.timed(Stage.WRITE):
        write_stage(work, probe, heard, seen, document, read)
    return VideoResult(
        state=VideoState.PARTIAL if read.is_partial else VideoState.DONE,
        duration_s=round(read.duration_s, 3),
        elapsed_s=round(sum(work.took_s.values()), 3),
        words=document.words,
        keyframes=len(seen.stills),
        attempt_dir=attempt_dir(claim).name,
        note=read.problem,
        remarks=document.remarks,
    )


def _seen(work: Work, probe: Probe) -> Seen:
    seen = work.kept(Stage.FRAMES, Seen, lambda: frames_stage(work, probe))
    if are_kept(work, seen):
        return seen
    # The checkpoint outlived its files: somebody tidied the output folder.
    with work.timed(Stage.FRAMES):
        return frames_stage(work, probe)
