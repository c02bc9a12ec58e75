"""Which subtitles are a video's transcript: by what they cover, in which language, and what of them
can be read; for the stage, for the estimate, and for the check of a template's language alike."""

from __future__ import annotations

import os
import wave
from pathlib import Path

import numpy as np
import pytest

from cli.submit.wishes import wish_of
from config.settings import load_settings
from tests.support.media import Captions, Recipe, Sound, make_media, speech_like
from tests.support.paid import estimate_of
from tests.support.pipeline import Made, make
from tests.support.speech import ENGINE
from tests.unit.media.captions.test_encodings import CHINESE, srt
from videobatch.errors import SettingsError
from videobatch.media.container.probe import glance, probe
from videobatch.media.subtitles.covering import cover
from videobatch.pipeline.words.subtitle_choice import (
    SubtitleChoice,
    choose_subtitles,
    subtitle_wish,
)
from videobatch.records import SAMPLE_RATE_HZ, RemarkCode, Utterance
from videobatch.submission.inputs import collect
from videobatch.submission.speech import Sidecars, check_speech

SECONDS = 24
# Somebody speaks all the time, with a pause each second.
TALK = Sound(voiced=tuple((at + 0.1, at + 0.9) for at in range(SECONDS)))


def sentences(first: int, last: int) -> str:
    """A cue of 2 s for each number."""
    return "\n".join(
        f"{n + 1}\n00:00:{2 * n:02d},000 --> 00:00:{2 * n + 2:02d},000\nThis is the sentence {n}.\n"
        for n in range(first, last)
    )


WHOLE = sentences(0, SECONDS // 2)
ONE = sentences(2, 3)


def talk(folder: Path, *captions: Captions, sound: Sound | None = TALK) -> Path:
    recipe = Recipe(float(SECONDS), None, sound, captions=captions)
    return make_media(folder / ("talk.mkv" if captions else "talk.flac"), recipe)


def found_in(path: Path, template_language: str | None = None) -> SubtitleChoice:
    seen = probe(path, path.parent)
    wanted = subtitle_wish(template_language, None, seen, lambda: frozenset({"en"}))
    return choose_subtitles(path, path.parent, seen, wanted)


def codes(made: Made) -> list[RemarkCode]:
    return [remark.code for remark in made.result.remarks]


# What covers little is added, not trusted.


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("talk.srt", ONE, id="one cue"),
        pytest.param("talk.en.forced.srt", ONE, id="forced"),
        pytest.param("talk.srt", sentences(0, 4), id="the first third"),
        pytest.param("talk.srt", sentences(8, 12), id="the last third"),
        pytest.param("talk.srt", "\n".join(sentences(n, n + 1) for n in (1, 5, 9)), id="scattered"),
        pytest.param(
            "talk.srt", "1\n00:00:00,000 --> 00:00:24,000\nA sign.\n", id="two words all the time"
        ),
    ],
)
def test_a_few_cues_are_no_transcript(tmp_path: Path, name: str, text: str) -> None:
    path = talk(tmp_path)
    (tmp_path / name).write_text(text)
    made = make(path, tmp_path / "out")
    assert made.segments > 0
    assert made.transcript["source"] == "stub en-us"
    assert codes(made) == [RemarkCode.SUBTITLES_PARTIAL]
    assert f"The subtitles {name} cover only" in made.document
    # What they say is not lost.
    cues = [line for line in text.splitlines() if line.startswith(("This is", "A sign"))]
    assert set(cues) <= set(made.said)


def test_a_whole_track_is_taken_before_a_forced_one(tmp_path: Path) -> None:
    path = talk(tmp_path)
    (tmp_path / "talk.forced.srt").write_text(ONE)
    (tmp_path / "talk.en.srt").write_text(WHOLE)
    made = make(path, tmp_path / "out")
    assert (made.segments, made.transcript["source"]) == (0, "subtitles (talk.en.srt)")
    assert codes(made) == [RemarkCode.SUBTITLES_CHOSEN]
    assert "talk.forced.srt" in made.result.remarks[0].message


def test_subtitles_that_outlast_the_video_are_told(tmp_path: Path) -> None:
    """They may be of another version: their times are then all wrong, and nothing else says so."""
    path = talk(tmp_path)
    longer = f"{WHOLE}\n99\n00:01:30,000 --> 00:01:32,000\nThe end.\n"
    (tmp_path / "talk.srt").write_text(longer)
    made = make(path, tmp_path / "out")
    assert codes(made) == [RemarkCode.SUBTITLES_FLAWED]
    ends = f"go on until 01:30, the video ends at 00:{SECONDS}"
    assert ends in made.result.remarks[0].message


def test_tracks_inside_are_told_apart_by_flag_and_title(tmp_path: Path) -> None:
    few = [(4.0, 6.0, "Nur das hier.")]
    full = [(2.0 * n, 2.0 * n + 2, f"This is the sentence {n}.") for n in range(SECONDS // 2)]
    path = talk(
        tmp_path,
        Captions(few, language="eng", forced=True),
        Captions(few, language="eng", title="Signs & Songs"),
        Captions(full, language="eng", title="English (SDH)"),
    )
    tracks = probe(path, tmp_path).subtitles
    assert [track.forced for track in tracks] == [True, False, False]
    found = found_in(path)
    assert found.transcript is not None
    assert found.transcript.source == "subtitles (stream 3, subrip)"


def test_a_forced_track_alone_leaves_the_speech_to_be_heard(tmp_path: Path) -> None:
    path = talk(tmp_path, Captions([(4.0, 6.0, "Hello there.")], language="eng", forced=True))
    made = make(path, tmp_path / "out")
    assert made.segments > 0
    assert codes(made) == [RemarkCode.SUBTITLES_PARTIAL]


def test_few_words_in_a_silent_video_are_all_there_are(tmp_path: Path) -> None:
    path = talk(tmp_path, sound=Sound(voiced=((4.0, 6.0),)))
    (tmp_path / "talk.srt").write_text(ONE)
    made = make(path, tmp_path / "out")
    assert (made.segments, codes(made)) == (0, [])


def test_a_hum_is_no_speech(tmp_path: Path) -> None:
    path = talk(tmp_path, sound=Sound(voiced=((4.0, 6.0),), noise_db=-45.0))
    (tmp_path / "talk.srt").write_text(ONE)
    assert found_in(path).transcript is not None


def test_speech_out_of_phase_is_speech(tmp_path: Path) -> None:
    """One channel is the other one upside down: their sum is silent."""
    samples = speech_like(float(SECONDS), TALK, SAMPLE_RATE_HZ)
    path = tmp_path / "talk.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(np.stack([samples, -samples], axis=1).tobytes())
    (tmp_path / "talk.srt").write_text(ONE)
    assert found_in(path).transcript is None


def test_a_video_without_sound_is_told_by_its_subtitles(tmp_path: Path) -> None:
    path = make_media(tmp_path / "talk.mp4", Recipe(float(SECONDS), sound=None))
    (tmp_path / "talk.forced.srt").write_text(ONE)
    found = found_in(path)
    assert found.transcript is not None
    assert len(found.transcript.utterances) == 1


def test_what_is_missing_is_told_where_the_rest_is_taken(tmp_path: Path) -> None:
    path = talk(tmp_path)
    (tmp_path / "talk.srt").write_text(sentences(0, 9))
    made = make(path, tmp_path / "out")
    assert made.segments == 0
    assert codes(made) == [RemarkCode.SUBTITLES_PARTIAL]
    assert "from 00:18 on" in made.result.remarks[0].message


def test_half_a_talk_takes_the_place_of_what_was_heard_meanwhile(tmp_path: Path) -> None:
    path = talk(tmp_path)
    (tmp_path / "talk.en.srt").write_text(sentences(0, 6))
    made = make(path, tmp_path / "out")
    assert made.segments > 0
    assert made.said[:6] == [f"This is the sentence {n}." for n in range(6)]
    assert all(text.startswith("These are the words") for text in made.said[6:])


def test_the_sound_is_asked_only_where_the_cues_do_not_decide() -> None:
    def never(_: object) -> float:
        raise AssertionError("the sound is listened to")

    cues = [Utterance(n * 10.0, n * 10.0 + 7, "words " * 20) for n in range(10)]
    assert cover(cues, 100.0, never, is_thorough=False).is_whole
    assert cover(cues[:1], 7.0, never).is_whole
    assert not cover(cues[:3], 100.0, lambda _: 1.0, is_thorough=False).is_whole
    assert cover(cues[:3], 100.0, lambda _: 0.1).is_whole


# The estimate reckons alike, and so does the check of a template's language.


@pytest.fixture
def paid(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("VIDEOBATCH_", "OPENAI_", "GEMINI_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("VIDEOBATCH_PROVIDER", "openai")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    monkeypatch.setenv("VIDEOBATCH_API__WRITER", "none")


@pytest.mark.usefixtures("paid")
@pytest.mark.parametrize(
    ("name", "text", "heard_s"),
    [
        ("talk.srt", WHOLE, 0),
        ("talk.srt", sentences(0, 9), 0),
        ("talk.srt", ONE, SECONDS),
        ("talk.en.forced.srt", ONE, SECONDS),
        ("talk.srt", "nothing", SECONDS),
        ("other.srt", WHOLE, SECONDS),
    ],
)
def test_the_estimate_decides_as_the_stage_does(
    tmp_path: Path, name: str, text: str, heard_s: float
) -> None:
    path = talk(tmp_path)
    (tmp_path / name).write_text(text)
    told = estimate_of(path)
    assert told.audio_s == pytest.approx(heard_s, abs=0.5)
    assert (found_in(path).transcript is None) == (heard_s > 0)
    # Without what only a look at the whole file tells.
    assert glance(path, tmp_path).subtitles == probe(path, tmp_path).subtitles


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("VIDEOBATCH_") and name not in ENGINE:
            monkeypatch.delenv(name)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("name", ["talk.chs.srt", "talk.简体.srt", "talk.srt", "Talk.ZH-Hans.SRT"])
def test_chinese_subtitles_in_gbk_need_no_recogniser(tmp_path: Path, name: str) -> None:
    path = talk(tmp_path, sound=Sound(voiced=((2.0, 8.0),)))
    (tmp_path / name).write_bytes(srt(CHINESE).encode("gbk"))
    checked = wish_of(load_settings(), "chinese_transcript", [])
    (found,) = check_speech(checked, collect([path], None, []).found, Sidecars())
    assert found.error is None
    made = found_in(path, "zh")
    assert made.transcript is not None
    assert [u.text for u in made.transcript.utterances] == CHINESE.split("|")
    assert (made.transcript.language or "").startswith("zh")
    assert made.remarks == ()


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (srt("one|two|three").encode(), "needs Chinese speech"),
        (b"1\n00:00:01,000 --> 00:00:02,000\n\x81\x82 \xfe\xfd\n", "save it as UTF-8"),
    ],
)
def test_subtitles_that_do_not_serve_are_named_where_a_batch_is_refused(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = talk(tmp_path)
    (tmp_path / "talk.srt").write_bytes(content)
    checked = wish_of(load_settings(), "chinese_transcript", [])
    with pytest.raises(SettingsError, match=reason):
        check_speech(checked, collect([path], None, []).found, Sidecars())


def test_subtitles_that_the_recogniser_could_not_replace_are_taken_though_few(
    tmp_path: Path,
) -> None:
    path = talk(tmp_path)
    (tmp_path / "talk.zh.srt").write_text(srt(CHINESE))
    found = found_in(path, "zh")
    assert found.transcript is not None
    assert [remark.code for remark in found.remarks] == [RemarkCode.SUBTITLES_PARTIAL]


# What is passed over or mended is told.


def test_a_sidecar_that_is_not_sure_is_told_everywhere(tmp_path: Path) -> None:
    path = talk(tmp_path)
    raw = b"1\n00:00:01,000 --> 00:00:02,000\n\x81\x82 \xfe\xfd\n"
    (tmp_path / "talk.srt").write_bytes(raw)
    made = make(path, tmp_path / "out")
    assert made.segments > 0
    assert codes(made) == [RemarkCode.SUBTITLES_PASSED_OVER]
    assert "save it as UTF-8" in made.result.remarks[0].message
    assert "talk.srt were passed over" in made.document


def test_what_of_a_file_could_not_be_read_is_counted(tmp_path: Path) -> None:
    path = talk(tmp_path)
    broken = WHOLE.replace("00:00:04,000 --> 00:00:06,000", "00:0x:04,000 --> 00:00:06,000")
    (tmp_path / "talk.srt").write_text("An advertisement.\n\n" + broken)
    made = make(path, tmp_path / "out")
    assert made.segments == 0
    (remark,) = made.result.remarks
    assert remark.message == (
        "of the subtitles talk.srt: left out 1 cue whose times cannot be read "
        "and 1 line outside any cue"
    )


def test_the_next_ones_are_taken_where_the_first_cannot_be_read(tmp_path: Path) -> None:
    path = talk(tmp_path)
    (tmp_path / "talk.srt").write_text("nothing here")
    (tmp_path / "talk.en.vtt").write_text("WEBVTT\n\n" + WHOLE.replace(",", "."))
    made = make(path, tmp_path / "out")
    assert (made.segments, made.transcript["source"]) == (0, "subtitles (talk.en.vtt)")
    assert codes(made) == [RemarkCode.SUBTITLES_PASSED_OVER, RemarkCode.SUBTITLES_CHOSEN]


@pytest.mark.parametrize(
    ("codec", "texts", "said"),
    [
        pytest.param(
            "subrip",
            [line.encode("gbk") for line in CHINESE.split("|")],
            CHINESE.split("|"),
            id="GBK inside",
        ),
        pytest.param("subrip", [b"one\0 two", b"three \xff four five"], None, id="odd bytes"),
        pytest.param(
            "ass",
            [
                b"0,0,Default,Anna,0,0,0,,{\\i1}Hello{\\i0}\\Nthere",
                b"1,0,Default,,0,0,0,,{\\p1}m 0 0 l 100 0{\\p0}",
                b"2,0,Sign,,0,0,0,,EXIT",
                b"3,0,Default,Bob,0,0,0,,Well, hello, Anna",
            ],
            ["Hello there", "Well, hello, Anna"],
            id="a script inside",
        ),
        pytest.param(
            "webvtt", [b"<v Anna>Hi &amp; hello", b"Bye"], ["Hi & hello", "Bye"], id="vtt"
        ),
    ],
)
def test_tracks_inside_are_read_as_files_are(
    tmp_path: Path, codec: str, texts: list[bytes], said: list[str] | None
) -> None:
    cues = [(2.0 * n, 2.0 * n + 2, text) for n, text in enumerate(texts)]
    quiet = Sound(voiced=((0.5, 1.0),))
    found = found_in(talk(tmp_path, Captions(cues, codec), sound=quiet))
    if said is None:
        # Not sure: it is told, and nothing odd comes out.
        assert found.transcript is None or "\0" not in str(found.transcript)
        return
    assert found.transcript is not None
    assert [u.text for u in found.transcript.utterances] == said
    speakers = {u.speaker for u in found.transcript.utterances} - {None}
    assert speakers <= {"Anna", "Bob"}
    assert bool(speakers) == (codec != "subrip")


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([b"Hello there", "大家好".encode()], ["Hello there", "大家好"]),
        ([b"Hello\0 there", b"\xfe\xff" + "大家好".encode("utf-16-be")], ["Hello there", "大家好"]),
        ([line.encode("gbk") for line in CHINESE.split("|")], CHINESE.split("|")),
    ],
    ids=["UTF-8", "NUL and UTF-16", "GBK"],
)
def test_timed_text_of_mp4(tmp_path: Path, texts: list[bytes], said: list[str]) -> None:
    """Each text stands behind its length and before a box of styles."""
    box = b"\0\0\0\x0cstyl\0\0\0\0"
    raw = [len(text).to_bytes(2, "big") + text + box for text in texts]
    cues = [(2.0 * n, 2.0 * n + 2, text) for n, text in enumerate(raw)]
    captions = Captions(cues, "mov_text", language="chi")
    recipe = Recipe(8.0, None, Sound(voiced=((0.5, 1.0),)), captions=captions)
    found = found_in(make_media(tmp_path / "talk.mp4", recipe))
    assert found.transcript is not None
    assert [u.text for u in found.transcript.utterances] == said
    assert found.remarks == ()


# Speakers.


def test_speakers_stand_alike_in_all_files(tmp_path: Path) -> None:
    path = talk(tmp_path, sound=Sound(voiced=((0.2, 9.0),)))
    (tmp_path / "talk.vtt").write_text(
        "WEBVTT\n\n00:00.000 --> 00:03.000\n<v Anna>Today it is about plants.\n\n"
        "00:03.000 --> 00:06.000\n<v Anna>Good morning, all of you.\n\n"
        "00:06.000 --> 00:09.000\n<v Bob & Co>Thank you, and good morning.\n"
    )
    made = make(path, tmp_path / "out")
    assert [u.get("speaker") for u in made.transcript["utterances"]] == ["Anna", "Anna", "Bob & Co"]
    vtt = (made.folder / "transcript.vtt").read_text()
    assert vtt.count("<v Anna>") == 2
    assert "<v Bob &amp; Co>Thank you" in vtt
    words = (made.folder / "transcript.srt").read_text()
    assert "Anna: Today it is about plants." in words
    assert words.count("Anna:") == 1
    assert "Bob & Co: Thank you" in words
    assert "Anna: Today it is about plants" in made.document


def test_any_change_of_the_subtitles_makes_the_document_anew(tmp_path: Path) -> None:
    """Also of those that were not taken, since a remark names them."""
    path = talk(tmp_path)
    (inputs,) = collect([path], None, []).found
    assert Sidecars().of(inputs) == ()
    for name in ("talk.srt", "talk.de.srt", "Subs/talk.fr.srt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(WHOLE)
    assert len(Sidecars().of(inputs)) == 3
