"""Indexes on the disk: read together from manifests, written beside the report."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.fake_redis import fake_redis
from tests.support.looks import batch, video
from tests.support.manifests import manifest_fields
from tests.support.reports import Reported
from videobatch.media.files.folders import Folder, open_folder
from videobatch.paths import to_uri
from videobatch.pipeline.outputs import index_files
from videobatch.pipeline.outputs.index import MARK
from videobatch.pipeline.outputs.index_files import INDEX, index_texts, write_indexes
from videobatch.pipeline.outputs.manifest import manifest_json
from videobatch.records import VideoJob, VideoState
from videobatch.state.views import VideoView

DONE, FAILED = VideoState.DONE, VideoState.FAILED
OURS = f"---\ntitle: x\n{MARK}\n---\n"


def made(out: Path, name: str, template: str = "notes", state: VideoState = DONE) -> VideoView:
    job = VideoJob(name, "file:///in/a", "file:///in", to_uri(out / name), template, "f")
    return video(name, state, job=job)


def texts(out: Path, *videos: VideoView) -> Mapping[str, str]:
    return index_texts(replace(batch({"done": len(videos)}), out_uri=to_uri(out)), videos)


def with_manifest(out: Path, name: str) -> None:
    fields = {
        **manifest_fields("1-0123abcd", "notes", (), "ab"),
        "title": "Sets and maps",
        "chapters": [
            {"start_s": 0, "end_s": 60, "title": "Sets"},
            {"start_s": 60, "end_s": 120, "title": "Maps"},
        ],
    }
    (out / name).mkdir(parents=True)
    (out / name / "manifest.json").write_text(manifest_json(fields))


def write(out: Path, found: Mapping[str, str]) -> None:
    with open_folder(out) as top:
        write_indexes(out, top, found, lambda: None)


def test_titles_and_chapters_are_those_of_the_manifest(tmp_path: Path) -> None:
    with_manifest(tmp_path, "a.mp4")
    (text,) = texts(tmp_path, made(tmp_path, "a.mp4"), made(tmp_path, "b.mp4")).values()
    assert "1. [Sets and maps](a.mp4/notes.md) (05:00)\n   - 00:00 Sets\n   - 01:00 Maps" in text
    assert "2. [b](b.mp4/notes.md)" in text  # its manifest is gone


def test_what_failed_stands_in_none(tmp_path: Path) -> None:
    assert texts(tmp_path, made(tmp_path, "a.mp4", state=FAILED)) == {}


def test_of_very_many_videos_no_manifest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_files, "MOST_READ", 1)
    with_manifest(tmp_path, "a.mp4")
    (text,) = texts(tmp_path, made(tmp_path, "a.mp4"), made(tmp_path, "b.mp4")).values()
    assert "Sets" not in text
    assert "1. [a](a.mp4/notes.md)" in text


def test_odd_names_lead_to_their_files(tmp_path: Path) -> None:
    odd = os.fsdecode(b"w\xe9 1/latin-\xe9 100%.mp4")
    found = texts(tmp_path, made(tmp_path, odd))
    assert set(found) == {"", os.fsdecode(b"w\xe9 1")}
    assert "(latin-%E9%20100%25.mp4/notes.md)" in found[os.fsdecode(b"w\xe9 1")]
    (tmp_path / os.fsdecode(b"w\xe9 1")).mkdir()
    write(tmp_path, found)
    assert (tmp_path / os.fsdecode(b"w\xe9 1") / INDEX).exists()


def test_a_file_that_is_not_ours_stays(tmp_path: Path) -> None:
    (tmp_path / "week").mkdir()
    (tmp_path / INDEX).write_text("# My own order\n")
    (tmp_path / "week" / INDEX).write_text(f"{OURS}old")
    write(tmp_path, {"": f"{OURS}new", "week": f"{OURS}new"})
    assert (tmp_path / INDEX).read_text() == "# My own order\n"
    assert (tmp_path / "week" / INDEX).read_text() == f"{OURS}new"


def test_an_equal_one_is_not_written_again(tmp_path: Path) -> None:
    write(tmp_path, {"": OURS})
    before = (tmp_path / INDEX).stat()
    write(tmp_path, {"": OURS})
    assert (tmp_path / INDEX).stat().st_ino == before.st_ino
    assert sorted(path.name for path in tmp_path.iterdir()) == [INDEX]


def test_links_pipes_and_folders_that_are_gone_stop_nothing(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    out = tmp_path / "out"
    (out / "pipe").mkdir(parents=True)
    os.mkfifo(out / "pipe" / INDEX)
    (out / INDEX).symlink_to(elsewhere / "target.md")
    (out / "linked").symlink_to(elsewhere)
    (out / "last").mkdir()
    write(out, dict.fromkeys(["", "pipe", "linked", "gone", "last"], OURS))
    assert list(elsewhere.iterdir()) == []
    assert (out / "last" / INDEX).read_text() == OURS


def test_one_that_cannot_be_written_stops_neither_the_others_nor_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_files, "MOST_BYTES", 100)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    large = f"{OURS}{'x' * 100}"
    for folder in (tmp_path, tmp_path / "a"):
        (folder / INDEX).write_text(large)
    write(tmp_path, {"": f"{OURS}new", "a": f"{OURS}new", "b": f"{OURS}new"})
    assert (tmp_path / INDEX).read_text() == (tmp_path / "a" / INDEX).read_text() == large
    assert (tmp_path / "b" / INDEX).read_text() == f"{OURS}new"


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(Folder, "write", full)
    with pytest.raises(OSError, match="no space"):
        write(tmp_path, {"": OURS})


def test_it_is_written_with_the_report(tmp_path: Path) -> None:
    world = Reported(fake_redis(), tmp_path)
    folder = world.over("b1", videos=2)
    world.write()
    assert json.loads((folder / "report.json").read_text())["totals"]["videos"] == 2
    lines = (folder / INDEX).read_text().splitlines()
    assert [line.split("]")[0] for line in lines if line[:1].isdigit()] == ["1. [v0", "2. [v1"]
