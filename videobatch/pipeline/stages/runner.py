"""One video on its way through all stages, from where an earlier attempt left it.

The way of a video, from the task to its files:

    tasks/attempt.py              calls `run` for a claimed video
    probe        probing.py       the file's streams, and the hash of its content
    frames       picturing.py     stills, written into the attempt's folder
    slides       reading.py       what stands on them, where that is wanted
    transcribe   transcribing.py  subtitles, or the sound, segment by segment (segments.py), by
                                  whoever is told what the slides hold (on_screen.py)
    translate    translating.py   what was said in the language of the document, where the template
                                  wants it and a language model is asked
    compose      composing.py     the document, with what a language model writes of it
    write        writing.py       document, transcript and manifest, into the attempt's folder
    tasks/attempt.py              commits the attempt in the ledger
    outputs/publication.py        `publish` renames the committed files into place

Each result but the last is a checkpoint (`Work.kept`), and so is each segment. A stage is a member
of `records.Stage`, in this order.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from videobatch.pipeline.document import Document
from videobatch.pipeline.options import DocumentOptions
from videobatch.pipeline.original import Probed
from videobatch.pipeline.outputs.publication import attempt_dir, begin
from videobatch.pipeline.sections.material import Material
from videobatch.pipeline.stages.composing import compose_stage, coverage, material_of
from videobatch.pipeline.stages.picturing import Stills, are_kept, frames_stage
from videobatch.pipeline.stages.probing import probe_stage
from videobatch.pipeline.stages.reading import NONE_READ, Slides, slides_stage
from videobatch.pipeline.stages.transcribing import Transcription, transcribe_stage
from videobatch.pipeline.stages.translating import translate_stage, wanted_translation
from videobatch.pipeline.stages.writing import Made, write_stage
from videobatch.pipeline.stopwatch import Stopwatch
from videobatch.pipeline.work import Tools, Work
from videobatch.ports import Checkpoints, Progress
from videobatch.records import (
    Claim,
    Coverage,
    Probe,
    Stage,
    Translation,
    VideoResult,
    VideoState,
)

__all__ = ["Tools", "run"]

log = logging.getLogger(__name__)


def run(
    claim: Claim,
    tools: Tools,
    checkpoints: Checkpoints,
    progress: Progress,
    watch: Stopwatch,
    on_probe: Callable[[Probe], object] = lambda _: None,
) -> VideoResult:
    """Leaves the finished files in the attempt's folder, ready to commit; says what they are.
    `on_probe` is told what the file is as soon as that is known.

    Raises the engine's errors; StoppingError and StaleTokenError among them, and TransientError
    (`file_changed`) where the file became another one. Safe to repeat: stages with a checkpoint
    that was made of the file's present content are not run again.
    """
    work = Work(claim, tools, checkpoints, progress, DocumentOptions.of(claim.job.settings), watch)
    begin(claim)
    probe = _probe(work)
    watch.media(probe.duration_s)
    on_probe(probe)
    # Refused before anything is written.
    tools.template(claim.job.template, work.options.template_hash)
    beside = work.original.beside()
    seen = _seen(work, probe)
    shown = _shown(work, seen)
    heard = work.kept(
        Stage.TRANSCRIBE, Transcription, lambda: _heard(work, probe, shown), beside=beside
    )
    material = material_of(work, probe, heard, seen, shown)
    translation = _translated(work, material, beside)
    document = work.kept(
        Stage.COMPOSE,
        Document,
        lambda: compose_stage(work, material, seen, translation),
        beside=beside,
    )
    read = coverage(probe, heard, seen)
    with work.timed(Stage.WRITE), work.original.read():
        # Nothing is read here, but what is committed is the document of the file that is there.
        made = Made(heard, seen, shown, translation, document, read)
        write_stage(work, probe, made)
        work.original.check_beside(beside)
    return _result(work, document, seen, read)


def _result(work: Work, document: Document, seen: Stills, read: Coverage) -> VideoResult:
    return VideoResult(
        state=VideoState.PARTIAL if read.is_partial else VideoState.DONE,
        duration_s=round(read.duration_s, 3),
        elapsed_s=round(sum(work.took_s.values()), 3),
        words=document.words,
        keyframes=len(seen.stills),
        attempt_dir=attempt_dir(work.claim).name,
        note=read.note,
        remarks=document.remarks,
        unwritten=document.unwritten,
        checked=document.checked,
    )


def _probe(work: Work) -> Probe:
    """The file's own account of itself: it decides which of an earlier attempt's results count."""
    stored = work.checkpoints.get(Stage.PROBE.value) or ""
    probed = Probed.of(stored)
    if probed is None:
        return _probe_anew(work)
    with work.watch.stage(Stage.PROBE):
        is_same = work.original.is_what(
            probed, lambda done, total: work.progress.report(Stage.PROBE, done, total)
        )
    if not is_same:
        log.warning("the file is another one than an earlier attempt read; nothing of that counts")
        return _probe_anew(work)
    took_s = work.took_s[Stage.PROBE.value] = float(stored.partition(" ")[0])
    if work.original.mark != probed.mark:
        _keep(work, probed.probe, took_s)
    log.info("probe: kept from an earlier attempt")
    return probed.probe


def _probe_anew(work: Work) -> Probe:
    original = work.original
    original.look()
    with work.timed(Stage.PROBE), original.read():
        probe = probe_stage(work)
        original.content_hash = probe.content_hash
    _keep(work, probe, work.took_s[Stage.PROBE.value])
    return probe


def _keep(work: Work, probe: Probe, took_s: float) -> None:
    mark = work.original.mark or work.original.look()
    work.checkpoints.put(Stage.PROBE.value, Probed(probe, mark).to_text(took_s))


def _heard(work: Work, probe: Probe, shown: Slides) -> Transcription:
    with work.original.read():
        return transcribe_stage(work, probe, shown)


def _translated(work: Work, material: Material, beside: str) -> Translation | None:
    """The translation, where there is to be one."""
    template = work.tools.template(work.claim.job.template, work.options.template_hash)
    wanted = wanted_translation(work, template, material)
    if wanted is None:
        return None
    return work.kept(
        Stage.TRANSLATE,
        Translation,
        lambda: translate_stage(work, material, wanted),
        beside=beside,
    )


def _seen(work: Work, probe: Probe) -> Stills:
    def look() -> Stills:
        with work.original.read():
            return frames_stage(work, probe)

    seen = work.kept(Stage.FRAMES, Stills, look)
    if are_kept(work, seen):
        return seen
    # The checkpoint outlived its files: somebody tidied the output folder.
    with work.timed(Stage.FRAMES):
        return look()


def _shown(work: Work, seen: Stills) -> Slides:
    """The text on the stills; nothing of a video without any, or where it is not wanted."""
    if not (work.options.slides and seen.stills):
        return NONE_READ
    return work.kept(
        Stage.SLIDES, Slides, lambda: slides_stage(work, seen), is_whole=lambda it: not it.lost
    )
