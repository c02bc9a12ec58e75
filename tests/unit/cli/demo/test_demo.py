"""The sample videos of `make demo`: what is in them, and what is made of them."""

from __future__ import annotations

import importlib.util
import os
import sys
from itertools import accumulate
from pathlib import Path

import pytest
import typer

from cli.demo import __main__ as command
from cli.demo.scripts import Talk, load_talks
from cli.demo.slides import CARD, draw_slide
from cli.demo.videos import FPS, make_video, scenes
from tests.support.speech import right_words
from videobatch.errors import SettingsError
from videobatch.media.container.probe import probe
from videobatch.media.pictures.frames import pick_frames
from videobatch.media.sound.segments import AudioReader
from videobatch.media.subtitles.reader import read_sidecar
from videobatch.media.subtitles.sidecars import find_sidecars
from videobatch.speech.recognisers.pocketsphinx import PocketsphinxTranscriber

pytestmark = pytest.mark.runs("cli.demo.espeak")

TALKS = {talk.name: talk for talk in load_talks()}
SPOKEN, SUBTITLED = TALKS["photosynthesis"], TALKS["hash-table"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("videos")
    for talk in (SPOKEN, SUBTITLED):
        make_video(talk, folder)
    return folder


def brief(talk: Talk) -> Talk:
    """The talk's first slide, with its first sentence."""
    slide = talk.slides[0]
    return talk.model_copy(
        update={"slides": (slide.model_copy(update={"speech": slide.speech[:1]}),)}
    )


def test_there_are_three_talks_and_one_has_subtitles() -> None:
    assert [talk.subtitles for talk in TALKS.values()].count(True) == 1
    assert len({talk.title for talk in TALKS.values()}) == 3


@pytest.mark.parametrize("talk", [SPOKEN, SUBTITLED], ids=lambda talk: talk.name)
def test_a_video_has_pictures_sound_and_a_scene_for_each_slide(folder: Path, talk: Talk) -> None:
    path = folder / f"{talk.name}.mp4"
    found = probe(path, folder)
    assert found.video is not None
    assert (found.video.codec, found.video.width, found.video.height) == ("h264", 1280, 720)
    assert found.audio is not None
    assert found.audio.codec == "aac"
    assert found.title == talk.title

    ends_s = list(accumulate(scene.pictures / FPS for scene in scenes(talk)))
    assert 30 <= ends_s[-1] <= 60
    assert found.duration_s == pytest.approx(ends_s[-1], abs=0.1)
    pictures = pick_frames(path, folder, found, max_frames=40, min_gap_s=5.0)
    assert pictures.scene_changes == pytest.approx(ends_s[:-1], abs=0.01)
    assert len(pictures.frames) == len(talk.slides)
    assert pictures.coverage.problem is None


def test_most_words_are_recognised(folder: Path) -> None:
    path = folder / f"{SPOKEN.name}.mp4"
    segment = next(iter(AudioReader(path, folder, probe(path, folder), max_segment_s=15.0)))
    heard = " ".join(u.text for u in PocketsphinxTranscriber().transcribe(segment))
    said = [u for scene in scenes(SPOKEN) for u in scene.spoken if u.end_s <= segment.end_s + 0.5]
    text = " ".join(u.text for u in said)
    assert len(said) >= 3
    assert right_words(text, heard) >= 0.6 * len(text.split()), heard


def test_the_subtitles_say_what_is_spoken(folder: Path) -> None:
    path = folder / f"{SUBTITLED.name}.mp4"
    (sidecar,) = find_sidecars(path, folder)
    assert sidecar.language == "en"
    cues = read_sidecar(sidecar.path, folder).utterances
    said = [sentence for slide in SUBTITLED.slides for sentence in slide.speech]
    assert [cue.text for cue in cues] == said
    assert find_sidecars(folder / f"{SPOKEN.name}.mp4", folder) == ()


def test_a_video_is_made_once_and_equal_each_time(tmp_path: Path) -> None:
    talk = brief(SUBTITLED)
    path = make_video(talk, tmp_path / "a")
    made_ns = path.stat().st_mtime_ns
    assert make_video(talk, tmp_path / "a").stat().st_mtime_ns == made_ns
    assert make_video(talk, tmp_path / "b").read_bytes() == path.read_bytes()
    path.with_suffix(".en.srt").unlink()
    make_video(talk, tmp_path / "a")
    assert sorted(p.name for p in path.parent.iterdir()) == ["hash-table.en.srt", "hash-table.mp4"]


@pytest.mark.parametrize(
    ("talk", "number"),
    [(talk, number) for talk in TALKS.values() for number in range(len(talk.slides))],
    ids=lambda value: value.name if isinstance(value, Talk) else str(value),
)
def test_text_stays_on_the_slide_and_off_the_card(talk: Talk, number: int) -> None:
    page = draw_slide(talk, number)
    assert page.size == (1280, 720)
    paper = page.getpixel((1270, 10))
    left, top, right, bottom = CARD
    for box in (
        (left - 12, top, left - 2, bottom),  # Between bullets and card.
        (right + 2, 0, 1280, 720),
        (left, bottom + 2, 1280, 720),
        (30, 0, 70, 720),
    ):
        assert page.crop(box).getcolors() == [((box[2] - box[0]) * (box[3] - box[1]), paper)], box


@pytest.mark.parametrize("missing", ["espeakng_loader", "PIL"])
def test_missing_packages_are_named(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == missing else find(name)
    )
    with pytest.raises(SettingsError, match=missing) as caught:
        command.make_videos(tmp_path)
    assert "make setup-dev" in caught.value.hint


def test_documents_are_named_and_the_exit_code_is_submits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def submit(folder: Path, documents: Path) -> int:
        assert folder == tmp_path / "demo" / "videos"
        document = documents / "batch" / "a.mp4" / "summary_report.md"
        document.parent.mkdir(parents=True)
        document.touch()
        return 1

    monkeypatch.setenv("VIDEOBATCH_HOME", str(tmp_path))
    monkeypatch.setattr(command, "make_videos", lambda folder: ())
    monkeypatch.setattr(command, "submit", submit)
    with pytest.raises(SystemExit) as ended:
        command.demo()
    assert ended.value.code == 1
    assert str(tmp_path / "demo/documents/batch/a.mp4/summary_report.md") in capsys.readouterr().out


def test_a_missing_package_ends_with_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(typer.Exit) as ended:
        command.demo(folder=tmp_path, only_videos=True)
    assert ended.value.exit_code == 2
    assert "hint: run `make setup-dev`" in capsys.readouterr().err


def test_ctrl_c_is_left_to_the_command() -> None:
    """It detaches and says so, which takes longer than an interrupted wait would give it."""
    child = "import os, signal, time; os.kill({}, signal.SIGINT); time.sleep(0.6); os._exit(5)"
    assert command._run([sys.executable, "-c", child.format(os.getpid())]) == 5
