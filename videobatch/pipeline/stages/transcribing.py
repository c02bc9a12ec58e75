"""Transcribe: subtitles that exist already, else the sound, segment by segment."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from videobatch.errors import InputError
from videobatch.media.audio import AudioReader
from videobatch.media.subtitles import (
    find_sidecar,
    read_embedded,
    read_sidecar,
    sidecar_language,
)
from videobatch.paths import display
from videobatch.pipeline.languages import bcp47
from videobatch.pipeline.material import SUBTITLES
from videobatch.pipeline.work import Work
from videobatch.ports import Transcriber
from videobatch.records import (
    AudioSegment,
    Coverage,
    Phase,
    Probe,
    Stage,
    SubtitleTrack,
    Transcript,
    Utterance,
    from_json,
    to_json,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said (None: there is no sound) and how much of the sound was read (None: it was
    not looked at, because there are subtitles)."""

    transcript: Transcript | None
    coverage: Coverage | None


@dataclass(frozen=True, slots=True)
class _Said:
    """A segment's checkpoint."""

    utterances: tuple[Utterance, ...]


def transcribe_stage(work: Work, probe: Probe) -> Heard:
    """The transcript of the video.

    MUST keep one segment in memory at a time and a checkpoint of each; MUST NOT recognise speech
    where there are subtitles. MAY give no transcript.
    """
    found = _subtitles(work, probe)
    if found is not None:
        # Without pictures, nothing else would notice that the sound stops early.
        is_sound_alone = probe.video is None and probe.audio is not None
        return Heard(found, _read_through(work, probe) if is_sound_alone else None)
    if probe.audio is None:
        return Heard(None, None)
    return _recognise(work, probe)


def _subtitles(work: Work, probe: Probe) -> Transcript | None:
    path, root = work.path, work.root
    sidecar = find_sidecar(path, root)
    if sidecar is not None:
        try:
            utterances = read_sidecar(sidecar, root)
        except InputError as error:
            log.warning("%s; the speech is recognised instead", error.message)
        else:
            source = f"{SUBTITLES} ({display(sidecar.name)})"
            return Transcript(bcp47(sidecar_language(sidecar, path)), source, utterances)
    for track in _in_order(work, probe):
        utterances = read_embedded(path, root, track)
        if utterances:
            source = f"{SUBTITLES} (stream {track.index}, {track.codec})"
            return Transcript(bcp47(track.language), source, utterances)
    return None


def _in_order(work: Work, probe: Probe) -> list[SubtitleTrack]:
    """The template's language first, then that of the sound, then as they stand in the file."""
    wanted = work.tools.template(work.claim.job.template, work.options.template_hash)
    spoken = bcp47(probe.audio.language) if probe.audio else None

    def rank(track: SubtitleTrack) -> tuple[bool, bool, int]:
        language = (bcp47(track.language) or "").partition("-")[0]
        return language != wanted.speech_language, language != spoken, track.index

    return sorted(probe.subtitles, key=rank)


def _read_through(work: Work, probe: Probe) -> Coverage:
    reader = AudioReader(work.path, work.root, probe, max_segment_s=30.0)
    with work.tools.phases.mark(Phase.CPU):
        for segment in reader:
            work.progress.report(Stage.TRANSCRIBE, segment.end_s, probe.duration_s)
    return reader.coverage


def _recognise(work: Work, probe: Probe) -> Heard:
    transcriber = work.tools.transcriber(work.options)
    reader = AudioReader(work.path, work.root, probe, max_segment_s=transcriber.max_segment_s)
    work.progress.report(Stage.TRANSCRIBE, 0.0, probe.duration_s)
    with work.tools.phases.mark(Phase.CPU):
        utterances = tuple(_utterances(work, probe, reader, transcriber))
    transcript = Transcript(
        transcriber.language,
        f"{transcriber.name} {transcriber.model}",
        utterances,
        transcriber.rough,
    )
    return Heard(transcript, reader.coverage)


def _utterances(
    work: Work, probe: Probe, reader: AudioReader, transcriber: Transcriber
) -> Iterator[Utterance]:
    for segment in reader:
        yield from _said(work, segment, transcriber)
        total_s = max(probe.duration_s, segment.end_s)
        work.progress.report(Stage.TRANSCRIBE, segment.end_s, total_s)


def _said(work: Work, segment: AudioSegment, transcriber: Transcriber) -> tuple[Utterance, ...]:
    # The place is part of the name: equal sound is said again at another time.
    name = f"segment:{segment.index}:{segment.content_hash[:16]}"
    stored = work.checkpoints.get(name)
    if stored is not None:
        return from_json(_Said, stored).utterances
    said = transcriber.transcribe(segment)
    log.info("segment %d recognised: %d statements", segment.index, len(said))
    work.checkpoints.put(name, to_json(_Said(said)))
    return said
