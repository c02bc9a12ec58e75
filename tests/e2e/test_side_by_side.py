"""Two templates of one folder, made side by side: each document has its pictures and its entry."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from cli.shared.schema import StatusOut
from tests.support.cli import Cli, stack
from tests.support.media import Recipe, Scenes, Sound, make_media
from tests.support.outputs import batch_folder, manifest_of
from tests.support.waiting import wait_for

pytestmark = pytest.mark.real

COUNT = 3
TEMPLATES = ("summary_report", "comprehensive_lesson")
SOON_S = 300.0
SRT = "".join(
    f"{n + 1}\n00:00:{n:02},000 --> 00:00:{n:02},900\nPlants make sugar from light, part {n}.\n\n"
    for n in range(20)
)


def submit(cli: Cli, videos: Path, out: Path, template: str, *more: str) -> None:
    submitted = cli("submit", videos, "--out", out, "--template", template, "--detach", *more)
    assert submitted.exit_code == 0, submitted.said


def is_over(cli: Cli) -> bool:
    (batch,) = StatusOut.model_validate_json(cli("status", "--json").out).batches
    return batch.open == 0


def assert_both(folder: Path) -> None:
    """Every picture that a document shows is there; the manifest tells of both documents, and of
    every file that there is."""
    manifest = manifest_of(folder)
    entries = [manifest, *manifest["others"]]
    assert {each["template"] for each in entries} == set(TEMPLATES)
    listed = {file["name"]: file["sha256"] for each in entries for file in each["files"]}
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert found == listed
    shown = 0
    for template in TEMPLATES:
        pictures = re.findall(r"\]\((keyframes/[^)]+)\)", (folder / f"{template}.md").read_text())
        assert set(pictures) <= set(found)
        shown += len(pictures)
    assert shown > 0
    assert manifest["transcript_of"] in TEMPLATES


def test_each_document_keeps_its_pictures_and_its_entry(tmp_path: Path) -> None:
    videos, out = tmp_path / "videos", tmp_path / "out"
    videos.mkdir()
    for number in range(COUNT):
        scenes = Scenes(changes_s=(6.0, 12.0 + number), fps=5, gop=15)
        sound = Sound(voiced=((0.2, 1.4), (7.0, 8.4)))
        make_media(videos / f"{number}.mp4", Recipe(seconds=20.0, scenes=scenes, sound=sound))
        # Recognition would take longer than all the rest.
        (videos / f"{number}.en.srt").write_text(SRT)
    with stack(tmp_path / "home") as cli:
        for template in TEMPLATES:
            submit(cli, videos, out, template)
        wait_for(lambda: is_over(cli), SOON_S, "both are made of each video")
        folders = [batch_folder(out) / f"{number}.mp4" for number in range(COUNT)]
        for folder in folders:
            assert_both(folder)
        # One of them again: the other's pictures stay.
        submit(cli, videos, out, TEMPLATES[0], "--force", "--set", "key_points=3")
        wait_for(lambda: is_over(cli), SOON_S, "one is made again")
        for folder in folders:
            assert_both(folder)
        report = (batch_folder(out) / "report.json").read_text()
        assert report.count('"state": "done"') == COUNT * len(TEMPLATES)
        # The same under another name: it takes the place of the one before, and the index follows.
        submit(cli, videos, out, TEMPLATES[0], "--name-pattern", "{title} – {template}")
        wait_for(lambda: is_over(cli), SOON_S, "one is made under another name")
        for number, folder in enumerate(folders):
            notes = {path.name for path in folder.glob("*.md")}
            assert notes == {f"{number} – {TEMPLATES[0]}.md", f"{TEMPLATES[1]}.md"}
        index = batch_folder(out) / "index.md"
        wait_for(lambda: "2.mp4/2%20%E2%80%93%20" in index.read_text(), SOON_S, "an index of it")
        listed = [line for line in index.read_text().splitlines() if line[:1].isdigit()]
        assert [line.split()[0] for line in listed] == ["1.", "2.", "3."]
        assert all(f"[{each}]" in line.replace("\\", "") for line in listed for each in TEMPLATES)
