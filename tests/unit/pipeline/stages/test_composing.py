"""Documents of videos that lack sound, pictures or an end, and what they say of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.media import Captions, Recipe, Scenes, Sound, make_media
from tests.support.outputs import assert_whole, manifest_of
from tests.support.pipeline import (
    Made,
    make,
)
from videobatch.media.container.streams import stops_early
from videobatch.pipeline.stages.composing import coverage
from videobatch.pipeline.stages.picturing import Stills
from videobatch.pipeline.stages.transcribing import Transcription
from videobatch.records import (
    AudioTrack,
    Coverage,
    Probe,
    VideoState,
    VideoTrack,
)

CUES = [(0.2, 1.2, "Hello there."), (1.3, 1.9, "Goodbye.")]
VIDEO = VideoTrack(0, "h264", 160, 120, 0, 10.0)
FRENCH = AudioTrack(1, "flac", 48_000, 1, "fra")
NEITHER = "The file has neither sound nor pictures that could be read."


# What is not there.


def test_no_sound(tmp_path: Path) -> None:
    recipe = Recipe(seconds=12.0, sound=None, scenes=Scenes(changes_s=(6.0,)))
    made = make(make_media(tmp_path / "a.mp4", recipe), tmp_path / "out")
    assert made.segments == 0
    assert (made.result.state, made.result.words, made.result.keyframes) == (VideoState.DONE, 0, 2)
    assert made.result.duration_s == pytest.approx(12.0, abs=0.1)
    assert made.notes == ["The file has no sound. This document is made from the pictures."]
    assert made.transcript["utterances"] == []
    assert (made.folder / "transcript.srt").read_text() == ""
    assert_whole(made.folder)


def test_no_pictures(tmp_path: Path) -> None:
    made = make(make_media(tmp_path / "a.mp3"), tmp_path / "out")
    assert made.segments > 0
    assert (made.result.state, made.result.keyframes) == (VideoState.DONE, 0)
    assert not (made.folder / "keyframes").exists()
    assert "- **Picture:** none" in made.document
    assert_whole(made.folder)


def test_silence(tmp_path: Path) -> None:
    recipe = Recipe(sound=Sound(voiced=()), scenes=None)
    made = make(make_media(tmp_path / "a.wav", recipe), tmp_path / "out")
    assert made.segments == 0
    assert made.result.state is VideoState.DONE
    assert made.notes == ["No speech was recognised in the sound, and the file has no pictures."]
    assert_whole(made.folder)


def without_tracks(path: Path) -> None:
    """An index that lists nothing: each track becomes free space."""
    path.write_bytes(path.read_bytes().replace(b"trak", b"free"))


def without_content(path: Path) -> None:
    """A file that was allocated and never filled: the index is there, the rest is zeros."""
    content = path.read_bytes()
    start = content.index(b"mdat") + 4
    size = int.from_bytes(content[start - 8 : start - 4], "big") - 8
    path.write_bytes(content[:start] + bytes(size) + content[start + size :])


def test_an_index_without_tracks_gets_a_document_that_says_so(tmp_path: Path) -> None:
    path = make_media(tmp_path / "a.mp4")
    without_tracks(path)
    made = make(path, tmp_path / "out")
    assert made.notes == [NEITHER]
    assert (made.result.words, made.result.keyframes, made.result.duration_s) == (0, 0, 0.0)
    assert_whole(made.folder)


def test_tracks_that_decode_to_nothing_get_a_document_that_says_so(tmp_path: Path) -> None:
    path = make_media(tmp_path / "a.mp4", Recipe(seconds=8.0))
    without_content(path)
    made = make(path, tmp_path / "out")
    problem = "the file claims to last 00:08, but nothing in it can be read"
    assert made.result.state is VideoState.PARTIAL
    assert made.result.note == problem
    assert made.notes == [
        f"**Incomplete.** Only 00:00 of 00:08 (0 %) could be read: {problem}",
        NEITHER,
    ]
    assert_whole(made.folder)


def test_subtitles_alone_make_a_document(tmp_path: Path) -> None:
    recipe = Recipe(scenes=None, sound=None, captions=Captions(CUES))
    made = make(make_media(tmp_path / "a.mkv", recipe), tmp_path / "out")
    assert made.said == [text for _, _, text in CUES]
    assert made.result.state is VideoState.DONE
    assert made.result.duration_s == pytest.approx(1.9, abs=0.1)
    assert "- **Duration:** 00:01" in made.document
    assert_whole(made.folder)


def unknown_codec(path: Path, codec_id: bytes) -> None:
    content = path.read_bytes()
    assert codec_id in content
    path.write_bytes(content.replace(codec_id, codec_id[:2] + b"Q" * (len(codec_id) - 2)))


def both(tmp_path: Path) -> Path:
    return make_media(tmp_path / "a.mkv", Recipe(seconds=8.0))


def test_pictures_that_cannot_be_decoded_do_not_deny_what_was_heard(tmp_path: Path) -> None:
    path = both(tmp_path)
    unknown_codec(path, b"V_MPEG4/ISO/AVC")
    made = make(path, tmp_path / "out")
    assert made.segments > 0
    assert_partial(made, "its pictures are in a format that cannot be decoded here")


def test_sound_that_cannot_be_decoded_does_not_deny_what_was_seen(tmp_path: Path) -> None:
    path = both(tmp_path)
    unknown_codec(path, b"A_FLAC")
    made = make(path, tmp_path / "out")
    assert made.result.keyframes > 0
    assert_partial(made, "its sound is in a format that cannot be decoded here")
    assert NEITHER not in made.notes


def assert_partial(made: Made, problem: str) -> None:
    assert (made.result.state, made.result.note) == (VideoState.PARTIAL, problem)
    assert made.result.duration_s == pytest.approx(8.0, abs=0.1)
    assert manifest_of(made.folder)["duration_s"] == pytest.approx(8.0, abs=0.1)
    assert made.notes[0].endswith(problem)
    assert "00:00" not in made.notes[0]


# What was read, of all that the file declares.

WHOLE = Coverage(20.0, 20.0)
CUT = Coverage(20.0, 8.0, stops_early(20.0, 8.0))
CUT_LATER = Coverage(20.0, 9.0, stops_early(20.0, 9.0))
NO_SOUND = Coverage(20.0, 0.0, "no sound decodes")
NO_PICTURES = Coverage(20.0, 0.0, "no picture decodes")
DAMAGED = Coverage(20.0, 15.0, "parts are damaged")
SUBTITLED = None
ABSENT = None


@pytest.mark.parametrize(
    ("heard", "seen", "expected"),
    [
        pytest.param(WHOLE, WHOLE, WHOLE, id="whole"),
        pytest.param(WHOLE, ABSENT, WHOLE, id="sound alone"),
        pytest.param(SUBTITLED, WHOLE, WHOLE, id="subtitles and pictures"),
        pytest.param(ABSENT, ABSENT, Coverage(21.0, 21.0), id="nothing looked at"),
        pytest.param(CUT, ABSENT, CUT, id="sound alone, cut"),
        pytest.param(CUT, WHOLE, CUT, id="sound cut"),
        pytest.param(WHOLE, CUT, CUT, id="pictures cut"),
        pytest.param(SUBTITLED, CUT, CUT, id="pictures cut, subtitles"),
        pytest.param(CUT, CUT_LATER, CUT_LATER, id="both cut: one problem, the further end"),
        pytest.param(CUT_LATER, CUT, CUT_LATER, id="both cut, the sound later"),
        pytest.param(
            DAMAGED,
            CUT,
            Coverage(20.0, 15.0, f"parts are damaged; {CUT.problem}"),
            id="two problems: the sound's measure",
        ),
        pytest.param(
            NO_SOUND,
            NO_PICTURES,
            Coverage(20.0, 0.0, stops_early(20.0, 0.0)),
            id="nothing read",
        ),
        pytest.param(
            WHOLE,
            NO_PICTURES,
            Coverage(20.0, 20.0, "no picture decodes"),
            id="no picture decodes: what was heard counts",
        ),
        pytest.param(
            NO_SOUND,
            WHOLE,
            Coverage(20.0, 20.0, "no sound decodes"),
            id="no sound decodes: what was seen counts",
        ),
        pytest.param(
            NO_SOUND,
            CUT,
            Coverage(20.0, 8.0, f"no sound decodes; {CUT.problem}"),
            id="no sound decodes, pictures cut",
        ),
        pytest.param(
            Coverage(0.0, 7.0), Coverage(0.0, 6.0), Coverage(0.0, 7.0), id="nothing declared"
        ),
    ],
)
def test_coverage(heard: Coverage | None, seen: Coverage | None, expected: Coverage) -> None:
    probe = Probe("matroska", 21.0, 1, "ab" * 32, VIDEO, FRENCH)
    assert coverage(probe, Transcription(None, heard), Stills((), (), seen)) == expected
