"""A made video is read from its folder, and nothing else is reached through it."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.media import Recipe, Scenes, Sound, make_media
from tests.support.pipeline import claim_of, job_of, make, make_claimed
from videobatch.library.made import (
    GoneError,
    MadePlace,
    open_made,
    open_video,
    place_of,
    read_document,
    read_made,
)
from videobatch.paths import Places, to_uri
from videobatch.records import VideoJob

NAME = "week 1/a (1) é#.mp4"


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("videos") / NAME
    path.parent.mkdir()
    return make_media(path, Recipe(seconds=8.0, scenes=Scenes(fps=5, gop=5), sound=Sound()))


def job(video: Path, out: Path, template: str = "summary_report") -> VideoJob:
    made = job_of(video, out, template=template, name=NAME)
    return replace(made, root_uri=to_uri(video.parents[1]))


@pytest.fixture
def place(video: Path, tmp_path: Path) -> MadePlace:
    mine = job(video, tmp_path / "out" / "batch")
    make_claimed(claim_of(mine))
    return place_of(mine, Places())


def content(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def rewrite(place: MadePlace, **fields: Any) -> None:
    path = place.folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def test_what_was_made_is_there(place: MadePlace) -> None:
    made = read_made(place)
    assert made.manifest.template == "summary_report"
    assert [line.text for line in made.spoken.lines][:1] == ["These are the words of part 0."]
    assert made.stills
    assert all(still.name.endswith(".jpg") for still in made.stills)
    assert all(0 <= still.at_s <= 8 for still in made.stills)
    assert read_document(place, made.manifest).startswith("---\n")
    assert made.document("summary_report") is made.document(None) is made.manifest
    assert made.document("other") is None


def test_files_of_the_manifest_are_opened_and_the_video(place: MadePlace, video: Path) -> None:
    (still, *_) = read_made(place).stills
    assert content(open_made(place, f"keyframes/{still.name}")).startswith(b"\xff\xd8")
    assert content(open_made(place, "transcript.vtt")).startswith(b"WEBVTT")
    assert content(open_video(place)) == video.read_bytes()


def test_two_templates_share_the_folder(video: Path, tmp_path: Path) -> None:
    out = tmp_path / "batch"
    for token, template in (("1", "summary_report"), ("2", "chinese_transcript")):
        make_claimed(claim_of(job(video, out, template), token))
    made = read_made(place_of(job(video, out), Places()))
    assert {each.template for each in made.manifest.all} == {"summary_report", "chinese_transcript"}
    found = made.document("summary_report")
    assert found is not None
    assert found.document_file == "summary_report.md"


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "/etc/passwd", "../a", "keyframes", "keyframes/../transcript.vtt", "x.md",
     "manifest.json", "transcript.vtt/", "./transcript.vtt", "a\0b"],
)  # fmt: skip
def test_what_the_manifest_does_not_name_is_not_there(place: MadePlace, name: str) -> None:
    with pytest.raises(GoneError):
        open_made(place, name)


@pytest.mark.parametrize(
    "name", ["../secret.txt", "/etc/passwd", "..", "keyframes/../../secret.txt", "", "a//b", "\0"]
)
def test_a_manifest_that_lies_opens_nothing_outside(place: MadePlace, name: str) -> None:
    (place.folder.parent / "secret.txt").write_text("secret")
    rewrite(place, files=[{"name": name, "size_bytes": 6, "sha256": ""}], document="../secret.md")
    with pytest.raises(GoneError):
        open_made(place, name)
    made = read_made(place)
    assert made.manifest.document_file == "summary_report.md"
    assert made.stills == ()


@pytest.mark.parametrize("name", ["transcript.vtt", "transcript.json", "summary_report.md"])
def test_links_and_pipes_are_not_followed(place: MadePlace, tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (place.folder / name).unlink()
    (place.folder / name).symlink_to(secret)
    with pytest.raises(GoneError):
        open_made(place, name)
    (place.folder / name).unlink()
    os.mkfifo(place.folder / name)
    with pytest.raises(GoneError):
        open_made(place, name)
    made = read_made(place)
    assert (made.spoken.lines == ()) is (name == "transcript.json")
    if name == "summary_report.md":
        with pytest.raises(GoneError):
            read_document(place, made.manifest)


def test_a_folder_that_is_a_link_is_none(place: MadePlace) -> None:
    moved = place.folder.with_name("moved")
    place.folder.rename(moved)
    place.folder.symlink_to(moved)
    with pytest.raises(GoneError):
        read_made(place)


def test_keyframes_that_are_a_link_are_none(place: MadePlace) -> None:
    (still, *_) = read_made(place).stills
    (place.folder / "keyframes").rename(place.folder / "elsewhere")
    (place.folder / "keyframes").symlink_to("elsewhere")
    with pytest.raises(GoneError):
        open_made(place, f"keyframes/{still.name}")


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"schema_version": 2}'])
def test_a_manifest_that_is_none_is_nothing_made(place: MadePlace, text: str) -> None:
    (place.folder / "manifest.json").write_text(text)
    with pytest.raises(GoneError):
        read_made(place)
    with pytest.raises(GoneError):
        open_made(place, "transcript.vtt")


def test_a_folder_that_is_not_there_is_nothing_made(place: MadePlace) -> None:
    with pytest.raises(GoneError):
        read_made(replace(place, folder=place.folder / "no" / "such"))


def test_a_video_that_went_or_leads_out_is_not_there(place: MadePlace, tmp_path: Path) -> None:
    with pytest.raises(GoneError):
        open_video(replace(place, video=place.root / "no.mp4"))
    outside = tmp_path / "outside.mp4"
    outside.write_bytes(b"x")
    with pytest.raises(GoneError):
        open_video(replace(place, video=outside))
    with pytest.raises(GoneError):
        open_video(replace(place, video=place.root))


def test_only_folders_that_may_be_opened_are_places(video: Path, tmp_path: Path) -> None:
    mine = job(video, tmp_path / "out")
    allowed = str(tmp_path), str(video.parents[1])
    assert place_of(mine, Places(roots=allowed)).video == video
    for roots in (allowed[:1], allowed[1:], (str(tmp_path / "other"),)):
        with pytest.raises(GoneError):
            place_of(mine, Places(roots=roots))
    with pytest.raises(GoneError):
        place_of(replace(mine, out_uri="http://x/"), Places())


def test_names_of_stills_tell_their_time(place: MadePlace) -> None:
    names = ["keyframes/01h02m03s500-ab.jpg", "keyframes/x.jpg", "other/00h00m01s000-ab.jpg"]
    rewrite(place, files=[{"name": n, "size_bytes": 1, "sha256": ""} for n in names])
    (still,) = read_made(place).stills
    assert still.at_s == pytest.approx(3723.5)


def test_the_door_is_the_same_for_what_make_leaves(tmp_path: Path) -> None:
    path = make_media(tmp_path / "b.mp4", Recipe(seconds=4.0, scenes=Scenes(fps=5, gop=5)))
    made = make(path, tmp_path / "out")
    place = place_of(job_of(path, tmp_path / "out"), Places())
    assert read_made(place).manifest.words == made.result.words
