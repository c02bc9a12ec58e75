"""The transcript of a video: from its subtitles, its sound in segments, or the video as a whole."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.media import Captions, Recipe, Sound, make_media
from tests.support.pipeline import (
    Ports,
    StubTranscriber,
    claim_of,
    job_of,
    make,
    tools_of,
    unlimited_watch,
)
from videobatch.errors import (
    TOO_LARGE,
    BudgetError,
    PermanentError,
    SettingsError,
    StoppingError,
    TransientError,
    VideobatchError,
)
from videobatch.media.captions import Captions as Read
from videobatch.media.container.probe import probe as probe_file
from videobatch.pipeline.options import DocumentOptions
from videobatch.pipeline.stages.transcribing import transcribe_stage
from videobatch.pipeline.words import candidates
from videobatch.pipeline.work import Work
from videobatch.ports import Spoken
from videobatch.records import (
    AudioSegment,
    AudioTrack,
    Probe,
    RemarkCode,
    SubtitleTrack,
    Utterance,
    VideoState,
    VideoTrack,
)

SRT = "1\n00:00:00,200 --> 00:00:01,200\nPlants make sugar from light.\n"
CUES = [(0.2, 1.2, "Hello there."), (1.3, 1.9, "Goodbye.")]


def cues_through(seconds: float, every_s: float = 2.0) -> str:
    """Subtitles without a hole, one sentence each 2 s."""
    return "\n".join(
        f"{n + 1}\n00:00:{n * every_s:06.3f} --> 00:00:{(n + 1) * every_s:06.3f}\nLine {n} is.\n"
        for n in range(int(seconds / every_s))
    )


# Subtitles instead of recognition.


def test_a_sidecar_is_used(tmp_path: Path) -> None:
    path = make_media(tmp_path / "a.mp4")
    (tmp_path / "a.en.srt").write_text(SRT)
    made = make(path, tmp_path / "out")
    assert made.segments == 0
    assert made.said == ["Plants make sugar from light."]
    assert made.transcript["source"] == "subtitles (a.en.srt)"
    assert made.transcript["language"] == "en"
    assert not made.transcript["rough"]
    assert "that came with the video" in made.notes[0]


def test_embedded_subtitles_are_used(tmp_path: Path) -> None:
    recipe = Recipe(captions=Captions(CUES, language="eng"))
    made = make(make_media(tmp_path / "a.mkv", recipe), tmp_path / "out")
    assert made.segments == 0
    assert made.said == [text for _, _, text in CUES]
    assert made.transcript["source"] == "subtitles (stream 2, subrip)"
    assert made.transcript["language"] == "en"


@pytest.mark.parametrize("content", ["", "no cues here\n"])
def test_a_broken_sidecar_means_recognition(tmp_path: Path, content: str) -> None:
    path = make_media(tmp_path / "a.mp4")
    (tmp_path / "a.srt").write_text(content)
    made = make(path, tmp_path / "out")
    assert made.segments > 0
    assert made.transcript["source"] == "stub en-us"
    assert made.result.state is VideoState.DONE
    (remark,) = made.result.remarks
    assert remark.code is RemarkCode.SUBTITLES_PASSED_OVER
    assert remark.message.startswith("the subtitles a.srt were passed over: ")
    assert any("a.srt were passed over" in note for note in made.notes)


def test_a_broken_sidecar_means_embedded_subtitles_where_there_are_some(tmp_path: Path) -> None:
    path = make_media(tmp_path / "a.mkv", Recipe(captions=Captions(CUES)))
    (tmp_path / "a.srt").write_text("no cues here\n")
    made = make(path, tmp_path / "out")
    assert made.segments == 0
    assert made.transcript["source"].startswith("subtitles (stream")


def test_subtitles_do_not_hide_that_the_sound_stops_early(tmp_path: Path) -> None:
    path = make_media(tmp_path / "a.flac", Recipe(seconds=20.0, scenes=None))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 4 // 10])
    (tmp_path / "a.srt").write_text(cues_through(20.0))
    made = make(path, tmp_path / "out")
    assert made.segments == 0
    assert made.transcript["source"] == "subtitles (a.srt)"
    assert made.result.state is VideoState.PARTIAL
    assert "stops after" in str(made.result.note)
    assert 0 < made.result.duration_s < 15


TRACKS = (
    SubtitleTrack(2, "subrip", "deu"),
    SubtitleTrack(3, "ass", "fre"),
    SubtitleTrack(4, "srt", "chi"),
)
VIDEO = VideoTrack(0, "h264", 160, 120, 0, 10.0)
FRENCH = AudioTrack(1, "flac", 48_000, 1, "fra")


@pytest.mark.parametrize(
    ("empty", "chosen"),
    [
        ((), "stream 4, srt"),  # the template's language
        ((4,), "stream 3, ass"),  # that of the sound
        ((3, 4), "stream 2, subrip"),
    ],
)
def test_embedded_subtitles_in_the_best_language_that_says_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty: tuple[int, ...], chosen: str
) -> None:
    def read(
        _path: Path, _root: Path, track: SubtitleTrack, _joins: object, _languages: object
    ) -> Read:
        return Read(() if track.index in empty else (Utterance(0.0, 2.0, "a text to say"),))

    monkeypatch.setattr(candidates, "read_embedded", read)
    probe = Probe("matroska", 2.0, 1, "ab" * 32, VIDEO, FRENCH, TRACKS)
    path = make_media(tmp_path / "a.mkv")
    claim = claim_of(job_of(path, tmp_path / "out", template="chinese_transcript"))
    ports = Ports()
    options = DocumentOptions.of(claim.job.settings)
    work = Work(claim, tools_of(StubTranscriber()), ports, ports, options, unlimited_watch())
    heard = transcribe_stage(work, probe)
    assert heard.transcript is not None
    assert heard.transcript.source == f"subtitles ({chosen})"
    assert heard.coverage is None


def work_of(path: Path, transcriber: StubTranscriber) -> tuple[Work, Probe]:
    """The file before its transcription."""
    claim = claim_of(job_of(path, path.parent / "out"))
    ports = Ports()
    options = DocumentOptions.of(claim.job.settings)
    work = Work(claim, tools_of(transcriber), ports, ports, options, unlimited_watch())
    return work, probe_file(path, path.parent)


def test_a_segment_larger_than_the_budget_is_heard_in_parts(tmp_path: Path) -> None:
    path = make_media(tmp_path / "a.wav", Recipe(90.0, None, Sound(voiced=((0.5, 89.0),))))
    heard: list[tuple[float, float]] = []

    def on_segment(segment: AudioSegment) -> None:
        if segment.duration_s > 40:
            raise BudgetError("too much at once", reset_s=None, code=TOO_LARGE)
        heard.append((segment.start_s, segment.end_s))

    work, probe = work_of(path, StubTranscriber(90.0, on_segment))
    found = transcribe_stage(work, probe)
    assert found.transcript is not None
    assert [(said.start_s, said.end_s) for said in found.transcript.utterances] == heard
    assert len(heard) == 4
    assert heard[0][0] < 0.5
    assert heard[-1][1] > 88.5
    assert all(one[1] == other[0] for one, other in pairwise(heard))


def test_a_budget_without_room_for_any_sound_is_said(tmp_path: Path) -> None:
    path = make_media(tmp_path / "a.wav", Recipe(60.0, None, Sound()))

    def on_segment(segment: AudioSegment) -> None:
        raise BudgetError("too much at once", reset_s=None, code=TOO_LARGE)

    work, probe = work_of(path, StubTranscriber(90.0, on_segment))
    with pytest.raises(BudgetError):
        transcribe_stage(work, probe)


def test_what_the_model_cannot_get_through_is_heard_in_halves(tmp_path: Path) -> None:
    path = make_media(tmp_path / "a.wav", Recipe(60.0, None, Sound(voiced=((0.5, 59.0),))))

    def on_segment(segment: AudioSegment) -> None:
        if segment.duration_s > 40:
            raise PermanentError("it goes on and on", code="answer_cut")

    transcriber = StubTranscriber(90.0, on_segment)
    work, probe = work_of(path, transcriber)
    found = transcribe_stage(work, probe)
    assert found.transcript is not None
    assert len(found.transcript.utterances) == 2


class Deaf(StubTranscriber):
    """Hears, and understands nothing."""

    def transcribe(self, segment: AudioSegment) -> tuple[Utterance, ...]:
        return ()


@pytest.mark.parametrize(
    ("sound", "transcriber", "said"),
    [
        (Sound(), Deaf(), ["no words were recognised in 00:01 of sound"]),
        (Sound(voiced=()), Deaf(), []),
        (Sound(voiced=((0.5, 0.6),)), Deaf(), []),
        (Sound(), StubTranscriber(), []),
    ],
    ids=["sound without words", "silence", "a click", "words"],
)
def test_sound_without_words_is_told(
    tmp_path: Path, sound: Sound, transcriber: StubTranscriber, said: list[str]
) -> None:
    path = make_media(tmp_path / "a.mp4", Recipe(sound=sound))
    found = transcribe_stage(*work_of(path, transcriber))
    assert [remark.message for remark in found.remarks] == said
    assert {remark.code for remark in found.remarks} <= {RemarkCode.NO_WORDS}


class WholeTranscriber:
    """Takes whole videos, and makes nothing of them."""

    name = "whole"
    model = "v1"
    language: str | None = None

    def __init__(self, error: VideobatchError) -> None:
        self.error = error
        self.asked = 0

    def takes(self, probe: Probe) -> bool:
        return True

    def transcribe_video(self, file: object, probe: Probe, on_progress: object) -> Spoken:
        self.asked += 1
        raise self.error


UNREAD = PermanentError("the provider cannot take the whole video", code="upload_failed")


@pytest.mark.parametrize("error", [UNREAD, BudgetError("large", reset_s=None, code=TOO_LARGE)])
def test_a_video_that_cannot_be_given_whole_is_heard_and_says_so(
    tmp_path: Path, error: VideobatchError
) -> None:
    path = make_media(tmp_path / "a.mp4")
    whole = WholeTranscriber(error)
    work, probe = work_of(path, StubTranscriber())
    tools = replace(work.tools, video_transcriber=lambda _options: whole)
    work = replace(work, tools=tools)
    for _ in range(2):
        found = transcribe_stage(work, probe)
        assert found.transcript is not None
        assert found.transcript.source == "stub en-us"
        (remark,) = found.remarks
        assert remark.code is RemarkCode.VIDEO_NOT_TAKEN
        assert remark.message == f"{error.message}; only the sound was heard"
    # The second try knows of the first.
    assert whole.asked == 1


@pytest.mark.parametrize(
    "error",
    [
        SettingsError("the server accepts no key"),
        BudgetError("used up", reset_s=1.0),
        TransientError("away", code="api_down"),
        StoppingError("the worker is stopping"),
    ],
)
def test_what_the_sound_would_meet_too_is_raised(tmp_path: Path, error: VideobatchError) -> None:
    path = make_media(tmp_path / "a.mp4")
    work, probe = work_of(path, StubTranscriber())
    whole = WholeTranscriber(error)
    work = replace(work, tools=replace(work.tools, video_transcriber=lambda _options: whole))
    with pytest.raises(type(error)):
        transcribe_stage(work, probe)


class Mute(WholeTranscriber):
    """Takes the whole video and hears nothing in it."""

    def transcribe_video(self, file: object, probe: Probe, on_progress: object) -> Spoken:
        self.asked += 1
        return Spoken(())


@pytest.mark.parametrize(
    ("sound", "asked", "source", "codes"),
    [
        (Sound(), 1, "stub en-us", [RemarkCode.VIDEO_NOT_TAKEN]),
        (Sound(voiced=()), 2, "whole v1", []),
    ],
    ids=["sound", "silence"],
)
def test_a_whole_video_without_words_is_heard_where_it_sounds(
    tmp_path: Path, sound: Sound, asked: int, source: str, codes: list[RemarkCode]
) -> None:
    path = make_media(tmp_path / "a.mp4", Recipe(sound=sound))
    whole = Mute(UNREAD)
    work, probe = work_of(path, StubTranscriber())
    work = replace(work, tools=replace(work.tools, video_transcriber=lambda _options: whole))
    for _ in range(2):
        found = transcribe_stage(work, probe)
        assert found.transcript is not None
        assert found.transcript.source == source
        assert [remark.code for remark in found.remarks] == codes
    assert whole.asked == asked
