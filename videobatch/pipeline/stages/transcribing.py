"""Transcribe: subtitles that exist already, else the sound, segment by segment."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from videobatch.errors import TOO_LARGE, BudgetError, PermanentError, SettingsError
from videobatch.media.container.streams import clock
from videobatch.media.sound.segments import AudioReader
from videobatch.pipeline.slides.misheard import correction_remarks
from videobatch.pipeline.stages.on_screen import OnScreen, on_screen
from videobatch.pipeline.stages.reading import NONE_READ, Slides
from videobatch.pipeline.stages.segments import recognised
from videobatch.pipeline.text.phrases import remark
from videobatch.pipeline.words.gaps import Losses
from videobatch.pipeline.words.loops import cut_loops, loop_remarks
from videobatch.pipeline.words.merging import with_subtitles
from videobatch.pipeline.words.phantoms import leave_out_phantoms, phantom_remarks
from videobatch.pipeline.words.roughness import is_rough
from videobatch.pipeline.words.sound_tracks import MOST_TRIES, choice_remarks, tracks_to_hear
from videobatch.pipeline.words.spoken_language import spoken_language
from videobatch.pipeline.words.subtitle_choice import (
    SubtitleChoice,
    choose_subtitles,
    subtitle_wish,
)
from videobatch.pipeline.work import Work
from videobatch.ports import Transcriber, VideoTranscriber
from videobatch.records import (
    AudioTrack,
    Coverage,
    Phase,
    Probe,
    Remark,
    RemarkCode,
    Stage,
    Transcript,
    Utterance,
    from_json,
    to_json,
)

log = logging.getLogger(__name__)

# Less than this is a click or a chime, in which nobody expects words.
LEAST_SOUND_S = 1.0
# The checkpoint of a video that a provider did not take as a whole.
NOT_TAKEN = "video_not_taken"


@dataclass(frozen=True, slots=True)
class Transcription:
    """The words (None: there is no sound), how much of the sound was read (None: it was not
    looked at, because there are subtitles), the index of the track that was listened to, how many
    statements were left out as made up, and how many words were set right by the slides."""

    transcript: Transcript | None
    coverage: Coverage | None
    remarks: tuple[Remark, ...] = ()
    sound_track: int | None = None
    phantoms: int = 0
    corrected: int = 0


def transcribe_stage(work: Work, probe: Probe, shown: Slides = NONE_READ) -> Transcription:
    """The transcript of the video.

    MUST keep one segment in memory at a time and a checkpoint of each; MUST NOT recognise speech
    where subtitles cover it. MAY give no transcript.
    """
    found = _subtitles(work, probe)
    if found.transcript is not None:
        # Without pictures, nothing else would notice that the sound stops early.
        is_sound_alone = probe.video is None and probe.audio is not None
        read = _read_through(work, probe).coverage if is_sound_alone else None
        return Transcription(found.transcript, read, found.remarks)
    if probe.audio is None:
        return Transcription(None, None, found.remarks)
    screen = on_screen(shown)
    heard = _set_right(_listened(work, probe, screen), screen)
    together = None if heard.transcript is None else with_subtitles(heard.transcript, found)
    return replace(heard, transcript=together, remarks=(*found.remarks, *heard.remarks))


def _set_right(heard: Transcription, screen: OnScreen) -> Transcription:
    """The findings, with the terms of the slides that were misheard set right."""
    if heard.transcript is None or not screen.slides:
        return heard
    transcript = screen.corrected(heard.transcript)
    count = sum(len(said.corrections) for said in transcript.utterances)
    told = correction_remarks(transcript.utterances)
    return replace(heard, transcript=transcript, remarks=(*heard.remarks, *told), corrected=count)


def _subtitles(work: Work, probe: Probe) -> SubtitleChoice:
    """Those that are the transcript, or a part of it, with what is to be told of them."""
    template = work.tools.template(work.claim.job.template, work.options.template_hash)
    wanted = subtitle_wish(
        template.speech_language,
        work.options.language,
        probe,
        lambda: work.tools.transcriber(work.options).languages,
    )
    found = choose_subtitles(work.path, work.root, probe, wanted)
    for each in found.remarks:
        log.info("%s", each.message)
    return found


def _listened(work: Work, probe: Probe, screen: OnScreen) -> Transcription:
    whole = work.tools.video_transcriber(work.options)
    if whole is not None and _is_plain(probe) and whole.takes(probe):
        return _whole(work, probe, whole, screen)
    return _recognise(work, probe, screen)


def _is_plain(probe: Probe) -> bool:
    """True where there is nothing to choose: a provider would take the sound track that it likes,
    and the stamps of a joined file as they stand."""
    return not probe.joins and len(probe.sounds) <= 1


def _read_through(work: Work, probe: Probe) -> AudioReader:
    reader = AudioReader(work.path, work.root, probe, max_segment_s=30.0)
    with work.tools.phases.mark(Phase.CPU):
        for segment in reader:
            total_s = max(probe.duration_s, segment.end_s)
            work.progress.report(Stage.TRANSCRIBE, segment.end_s, total_s)
    return reader


def _wordless(transcript: Transcript, reader: AudioReader) -> tuple[Remark, ...]:
    """The remark where something sounds and nothing was understood."""
    if transcript.has_words or reader.sounding_s < LEAST_SOUND_S:
        return ()
    sound = clock(reader.sounding_s)
    return (remark(RemarkCode.NO_WORDS, lambda say: say.tell("no_words", sound=sound)),)


def _whole(
    work: Work, probe: Probe, transcriber: VideoTranscriber, screen: OnScreen
) -> Transcription:
    """Asks a model that gets the video as it is; where it makes nothing of it, by its sound."""
    known = work.checkpoints.get(NOT_TAKEN)
    if known is None:
        try:
            return _uploaded(work, probe, transcriber)
        except SettingsError:
            raise
        except (PermanentError, BudgetError) as error:
            if isinstance(error, BudgetError) and error.code != TOO_LARGE:
                raise
            log.warning("%s; its sound alone is heard", error.message)
            problem = error.message
            told = remark(
                RemarkCode.VIDEO_NOT_TAKEN,
                lambda say: say.tell("video_not_taken", problem=problem),
            )
            # The next try need not find that out again.
            known = to_json(told)
            work.checkpoints.put(NOT_TAKEN, known)
    heard = _recognise(work, probe, screen)
    return replace(heard, remarks=(*heard.remarks, from_json(Remark, known)))


def _uploaded(work: Work, probe: Probe, transcriber: VideoTranscriber) -> Transcription:
    """Has a model read the video as it is. What it read of it, nobody knows."""
    with work.original.opened() as file:
        spoken = transcriber.transcribe_video(
            file,
            probe,
            lambda done, total: work.progress.report(Stage.TRANSCRIBE, done, total),
        )
    losses = Losses()
    utterances = losses.note(spoken)
    # What is refused as a whole is heard by its sound.
    losses.check(has_pictures=False)
    transcript, told, phantoms = _transcript(transcriber, utterances, losses)
    if not transcript.has_words:
        _refuse_no_words(_read_through(work, probe))
    index = probe.audio.index if probe.audio else None
    lasts_s = probe.duration_s
    coverage = Coverage(lasts_s, lasts_s, gaps_s=losses.seconds) if losses.gaps else None
    return Transcription(transcript, coverage, told, index, phantoms)


def _refuse_no_words(reader: AudioReader) -> None:
    """Raises PermanentError where something sounds. Silence has no words; but a provider adds up
    the channels of a video, and one may cancel the other: only the sound itself can tell."""
    if reader.sounding_s >= LEAST_SOUND_S:
        raise PermanentError(
            f"the whole video gave no words for {clock(reader.sounding_s)} of sound",
            hint="listen to it: is it speech?",
            code="no_words",
        )


def _recognise(work: Work, probe: Probe, screen: OnScreen) -> Transcription:
    """The first sound track with words: others are tried only where there are none."""
    transcriber = work.tools.transcriber(work.options)
    template = work.tools.template(work.claim.job.template, work.options.template_hash)
    wanted = (work.options.language, template.speech_language)
    tracks = tracks_to_hear(probe, wanted, transcriber.languages)
    first: Transcription | None = None
    for number, track in enumerate(tracks[:MOST_TRIES]):
        heard = _recognised_track(work, probe, transcriber, track, screen)
        first = first or heard
        if heard.transcript is not None and heard.transcript.has_words:
            said = choice_remarks(track, tracks, transcriber.languages, tracks[:number])
            return replace(heard, remarks=(*said, *heard.remarks))
    return first or Transcription(None, None)


def _recognised_track(
    work: Work, probe: Probe, transcriber: Transcriber, track: AudioTrack, screen: OnScreen
) -> Transcription:
    reader = AudioReader(
        work.path, work.root, probe, max_segment_s=transcriber.max_segment_s, track=track
    )
    work.progress.report(Stage.TRANSCRIBE, 0.0, probe.duration_s)
    losses = Losses()
    segments = map(screen.told, reader)
    utterances = recognised(work, probe, segments, transcriber, losses)
    losses.check(has_pictures=probe.video is not None)
    transcript, told, phantoms = _transcript(transcriber, utterances, losses)
    remarks = (*told, *_wordless(transcript, reader))
    coverage = replace(reader.coverage, gaps_s=losses.seconds)
    return Transcription(transcript, coverage, remarks, track.index, phantoms)


def _transcript(
    transcriber: Transcriber | VideoTranscriber,
    utterances: tuple[Utterance, ...],
    losses: Losses,
) -> tuple[Transcript, tuple[Remark, ...], int]:
    """The words without what whoever recognised it says again and again, or made up; what is to be
    told of that; and how many statements were made up."""
    by = f"{transcriber.name} {transcriber.model}"
    spoken, made_up = leave_out_phantoms(utterances)
    kept, loops = cut_loops(spoken, by)
    gaps = tuple(sorted((*losses.gaps, *loops), key=lambda gap: gap.start_s))
    language = spoken_language(kept) or transcriber.language
    transcript = Transcript(language, by, kept, is_rough(transcriber, language), gaps)
    told = (*losses.remarks(), *loop_remarks(loops), *phantom_remarks(made_up, by))
    return transcript, told, len(made_up)
