"""Write: all files of the attempt, on the disk below its own folder. No language model writes
here: that is `pipeline/writing`, which compose asks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from videobatch.media.files.atomic import KEYFRAMES, MANIFEST
from videobatch.pipeline.document import Document
from videobatch.pipeline.outputs.manifest import MadeFile, Making, build_manifest, manifest_json
from videobatch.pipeline.outputs.page import MOST_CHARS, Player, page
from videobatch.pipeline.outputs.publication import write_files
from videobatch.pipeline.sections.cards import anki
from videobatch.pipeline.stages.picturing import Stills
from videobatch.pipeline.stages.reading import Slides
from videobatch.pipeline.stages.transcribing import Transcription
from videobatch.pipeline.text.jumps import address
from videobatch.pipeline.text.phrases import PHRASES
from videobatch.pipeline.words import transcripts
from videobatch.pipeline.words.transcript_file import to_json
from videobatch.pipeline.words.translated import bilingual_cues, translated_cues
from videobatch.pipeline.work import Work
from videobatch.records import Coverage, Phase, Probe, Stage, Transcript, Translation

# What stands in the transcript's files where nothing was heard.
_SILENCE = Transcript(None, "none", ())


@dataclass(frozen=True, slots=True)
class Made:
    """The results of the stages before."""

    heard: Transcription
    seen: Stills
    shown: Slides
    translation: Translation | None
    document: Document
    read: Coverage


def write_stage(work: Work, probe: Probe, made: Made) -> None:
    """Leaves document, transcript and manifest on the disk.

    MUST NOT touch a file outside the attempt's folder: only a committed attempt is published.
    """
    work.progress.report(Stage.WRITE, 0, 1)
    document, seen = made.document, made.seen
    texts = _texts(work, made) | _translated(made.translation)
    texts |= _page(work, probe, document) | _cards(work, document)
    files = [_made(name, content) for name, content in texts.items()]
    files += [MadeFile(name=f"{KEYFRAMES}/{s.name}", size_bytes=s.size_bytes, sha256=s.sha256)
             for s in seen.stills]  # fmt: skip
    making = _making(work, made, files)
    manifest = build_manifest(work.job, probe, made.read, making)
    texts[MANIFEST] = manifest_json(manifest).encode()
    with work.tools.phases.mark(Phase.IO):
        write_files(work.claim, texts.items())
    work.progress.report(Stage.WRITE, 1, 1)


def _making(work: Work, made: Made, files: Sequence[MadeFile]) -> Making:
    heard, document = made.heard, made.document
    claim, transcript = work.claim, heard.transcript
    return Making(
        token=claim.token,
        template_hash=work.options.template_hash,
        title=document.title,
        chapters=document.chapters,
        transcriber=transcript.source if transcript else None,
        sound_track=heard.sound_track,
        phantoms=heard.phantoms,
        corrected=heard.corrected,
        language=document.language,
        document_language=document.written_in,
        elapsed_s=sum(work.took_s.values()),
        words=document.words,
        keyframes=len(made.seen.stills),
        stages_s=work.took_s,
        files=tuple(files),
        software=work.tools.software,
        writer=document.writer,
        remarks=document.remarks,
        checked=document.checked,
        cost_usd=round(work.tools.paid_usd(claim.batch_id, claim.video_id), 6) or None,
    )


def _texts(work: Work, made: Made) -> dict[str, bytes]:
    spoken, document = made.heard.transcript or _SILENCE, made.document
    facts: Mapping[str, str | float | None] = {
        "title": document.title,
        "video": work.claim.job.name,
        "duration_s": round(made.read.duration_s, 3),
    }
    cues = transcripts.cues(spoken)
    return {
        work.job.document_file: document.markdown.encode(errors="replace"),
        "transcript.json": to_json(spoken, made.shown.stills, **facts).encode(),
        "transcript.srt": transcripts.to_srt(cues).encode(errors="replace"),
        "transcript.vtt": transcripts.to_vtt(cues).encode(errors="replace"),
    }


def _translated(translation: Translation | None) -> dict[str, bytes]:
    """The subtitles in the other language, and those in both, where there is a translation."""
    if translation is None:
        return {}
    cues, both = translated_cues(translation), bilingual_cues(translation)
    name = f"transcript.{translation.language}"
    texts = {
        f"{name}.srt": transcripts.to_srt(cues),
        f"{name}.vtt": transcripts.to_vtt(cues),
        "transcript.bilingual.srt": transcripts.to_srt(both),
    }
    return {name: text.encode(errors="replace") for name, text in texts.items()}


def _page(work: Work, probe: Probe, document: Document) -> dict[str, bytes]:
    """The document as a page, where that is wished for and not too long."""
    if not work.options.page or len(document.markdown) > MOST_CHARS:
        return {}
    job = work.job
    player = Player(
        source=address(job.source_uri, job.out_uri),
        is_sound=probe.video is None,
        lost=PHRASES[document.written_in].player_lost,
    )
    text = page(document.markdown, document.title, document.written_in, work.tools.software, player)
    return {job.document_file.removesuffix(".md") + ".html": text.encode(errors="replace")}


def _cards(work: Work, document: Document) -> dict[str, bytes]:
    """The document's flash cards as a file, where it has any."""
    if not document.cards:
        return {}
    text = anki(document.cards, document.title, work.job.template)
    return {work.job.document_file.removesuffix(".md") + ".anki.txt": text.encode(errors="replace")}


def _made(name: str, content: bytes) -> MadeFile:
    digest = hashlib.sha256(content).hexdigest()
    return MadeFile(name=name, size_bytes=len(content), sha256=digest)
