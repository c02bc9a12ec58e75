"""Every kind of input becomes a document with its transcript, subtitles and keyframes."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.support.cli import Cli
from tests.support.media import CONTAINERS, Captions, Recipe, Scenes, Sound, make_media
from tests.support.outputs import assert_whole, batch_folder, manifest_of, report_of
from tests.support.speech import synthesise, write_wav
from videobatch.paths import to_uri

pytestmark = pytest.mark.real

VIDEO = ("mp4", "m4v", "mov", "mkv", "webm", "avi", "ts", "flv", "3gp")
PROMISED = (*VIDEO, "m4a", "mp3", "wav", "flac", "opus")
SPOKEN = "the bird can see the river from the tree and the water is cold in the morning"
CUES = [(0.2, 1.2, "Plants make sugar from light."), (1.3, 1.9, "Leaves are green.")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of lectures: one of each container, some in a folder below, some special."""
    top = tmp_path_factory.mktemp("my lectures")
    for suffix in PROMISED:
        make_media(top / f"sample.{suffix}", Recipe(seconds=2.0, scenes=Scenes(changes_s=(1.0,))))
    (top / "week 2").mkdir()
    special = {
        "silent.mp4": Recipe(seconds=12.0, sound=None, scenes=Scenes(changes_s=(6.0,))),
        "embedded.mkv": Recipe(captions=Captions(CUES, language="eng")),
        "sidecar.mp4": Recipe(),
    }
    for name, recipe in special.items():
        make_media(top / "week 2" / name, recipe)
    srt = "\n".join(
        f"{n}\n00:00:0{a:.3f} --> 00:00:0{b:.3f}\n{text}\n".replace(".", ",", 2)
        for n, (a, b, text) in enumerate(CUES, 1)
    )
    (top / "week 2" / "sidecar.srt").write_text(srt)
    (top / "notes.txt").write_text("not a video")
    write_wav(top / "speech.wav", synthesise(SPOKEN))
    return top


@pytest.fixture(scope="module")
def batch(cli: Cli, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    answer = cli("submit", folder, "--out", out)
    assert answer.exit_code == 0, answer.said
    assert "Traceback" not in answer.said + cli.log("worker") + cli.log("controller")
    return batch_folder(out)


@pytest.mark.parametrize("suffix", PROMISED)
def test_each_container_becomes_a_document(batch: Path, suffix: str) -> None:
    assert f".{suffix}" in CONTAINERS
    folder = batch / f"sample.{suffix}"
    assert_whole(folder)
    manifest = manifest_of(folder)
    assert manifest["state"] == "done"
    assert manifest["duration_s"] == pytest.approx(2.0, abs=0.2)
    has_pictures = CONTAINERS[f".{suffix}"][1] is not None
    assert (manifest["keyframes"] > 0) == has_pictures
    text = (folder / "summary_report.md").read_text()
    assert text.startswith("---\ntitle: sample\n")
    assert re.search(r"^duration: 00:0[12]$", text, re.MULTILINE)


def test_speech_is_in_the_transcript_and_the_document_says_that_it_is_rough(batch: Path) -> None:
    folder = batch / "speech.wav"
    transcript = json.loads((folder / "transcript.json").read_text())
    heard = " ".join(each["text"] for each in transcript["utterances"]).lower().split()
    wanted = SPOKEN.split()
    assert sum(word in heard for word in wanted) >= len(wanted) / 2, heard
    assert all(0 <= u["start_s"] < u["end_s"] for u in transcript["utterances"])
    text = (folder / "summary_report.md").read_text()
    assert "Rough machine transcript" in text
    # So short a talk has an overview, and no list that would say the same again.
    statements = [line for line in text.splitlines() if line.startswith(("- **[0", "**[0"))]
    assert statements
    assert all(re.match(r"(- )?\*\*\[\d\d:\d\d\]\(\S+#t=\d+\)\*\* \S", line) for line in statements)


@pytest.mark.parametrize("name", ["embedded.mkv", "sidecar.mp4"])
def test_subtitles_are_used_instead_of_recognition(batch: Path, name: str) -> None:
    folder = batch / "week 2" / name
    assert_whole(folder)
    transcript = json.loads((folder / "transcript.json").read_text())
    assert [each["text"] for each in transcript["utterances"]] == [text for _, _, text in CUES]
    assert not transcript["rough"]
    assert "came with the video" in (folder / "summary_report.md").read_text()


def test_silent_video_gets_its_document_from_the_pictures(batch: Path) -> None:
    folder = batch / "week 2" / "silent.mp4"
    assert_whole(folder)
    text = (folder / "summary_report.md").read_text()
    assert "The file has no sound" in text
    pictures = re.findall(r"!\[[^]]*\]\((keyframes/[^)]+)\)", text)
    assert len(pictures) == 2
    assert all((folder / name).read_bytes().startswith(b"\xff\xd8") for name in pictures)


def test_what_was_said_is_found_at_its_second_and_no_more_when_it_is_gone(
    cli: Cli, batch: Path, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "documents"
    shutil.copytree(batch, out / batch.name)
    answer = cli("search", "leaves green", "--out", out, "--json")
    assert (answer.exit_code, answer.json["hits"]) == (1, []), "no phrase is so"
    answer = cli("search", "LEAVES", "gre*", "--out", out, "--json")
    assert answer.exit_code == 0, answer.said
    hits = {hit["video"]: hit for hit in answer.json["hits"]}
    assert set(hits) == {"embedded.mkv", "sidecar.mp4"}
    for hit in hits.values():
        assert (hit["course"], hit["text"]) == ("week 2", "Leaves are green.")
        assert hit["at_s"] == pytest.approx(1.3, abs=0.1)
    written = cli("search", "sugar", "--out", out, "--kind", "document", "--json").json["hits"]
    assert {hit["video"]: hit["at_s"] for hit in written} == dict.fromkeys(hits, 0.0)
    live = cli("search", "leaves", "--out", batch.parent, "--course", "week 2", "--json")
    links = sorted(hit["link"] for hit in live.json["hits"])
    assert links == [f"{to_uri(folder / 'week 2' / name)}#t=1" for name in sorted(hits)]
    shutil.rmtree(out / batch.name / "week 2" / "sidecar.mp4")
    answer = cli("search", "leaves", "--out", out)
    assert answer.exit_code == 0, answer.said
    assert "week 2/embedded.mkv  00:01" in answer.out
    assert "sidecar" not in answer.out


def test_the_report_names_every_video(batch: Path, folder: Path) -> None:
    report = report_of(batch)
    assert len(report) == len(PROMISED) + 4
    assert {video["state"] for video in report.values()} == {"done"}
    assert report["week 2/silent.mp4"]["document"] == "week 2/silent.mp4/summary_report.md"
    assert (batch / report["week 2/silent.mp4"]["document"]).is_file()
    assert "| done |" in (batch / "report.md").read_text()


def test_second_submit_makes_nothing_again_and_force_does(
    cli: Cli, folder: Path, batch: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in batch.rglob("manifest.json")}
    again = cli("submit", folder, "--out", batch.parent, "--json")
    assert again.exit_code == 0, again.said
    assert again.json["submitted"] == again.json["already_done"] == len(before)
    after = {path: path.stat().st_mtime_ns for path in batch.rglob("manifest.json")}
    assert after == before
    one = folder / "sample.mp3"
    forced = cli("submit", one, "--out", batch.parent, "--force", "--json")
    assert (forced.exit_code, forced.json["already_done"]) == (0, 0), forced.said
    made = batch / "sample.mp3" / "manifest.json"
    assert made.stat().st_mtime_ns > before[made]
    assert forced.json["batch"] == batch.name


def test_only_what_changed_is_made_again(cli: Cli, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    make_media(folder / "a.mp4", Recipe())
    make_media(folder / "b.mp4", Recipe())
    assert cli("submit", folder, "--out", out).exit_code == 0
    shutil.copy(folder / "a.mp4", tmp_path / "same")
    (tmp_path / "same").rename(folder / "a.mp4")  # another time stamp, the same content
    make_media(folder / "b.mp4", Recipe(sound=Sound(level_db=-30.0)))
    answer = cli("submit", folder, "--out", out, "--json")
    assert (answer.exit_code, answer.json["already_done"]) == (0, 1), answer.said
    other = cli("submit", folder, "--out", out, "--set", "key_points=3", "--json")
    assert (other.exit_code, other.json["already_done"]) == (0, 0), other.said
