"""Where an attempt's files stand, and which folders go when it ends one way or the other."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.manifests import manifest_fields
from tests.support.waiting import wait_for
from videobatch.errors import TransientError
from videobatch.media.files.atomic import LOST, MANIFEST, write_group
from videobatch.media.files.folders import Folder, locked, open_folder
from videobatch.paths import to_uri
from videobatch.pipeline.outputs import publication
from videobatch.pipeline.outputs.copies import add_copy, copies_of, read_copies, remove_copies
from videobatch.pipeline.outputs.manifest import (
    MadeFile,
    manifest_json,
    read_manifest,
)
from videobatch.pipeline.outputs.publication import (
    attempt_dir,
    begin,
    discard,
    discard_all,
    earlier_attempts,
    publish,
)
from videobatch.records import Claim, VideoJob


def manifest(token: str) -> bytes:
    """A manifest of the attempt with that token."""
    return manifest_json(manifest_fields(token, "report", ())).encode()


NAME = os.fsdecode(b"week 1/latin-\xe9 100%.mp4")
DOCUMENT = {"report.md": b"new", MANIFEST: manifest("7")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The video's own folder."""
    return tmp_path / "out" / NAME


@pytest.fixture
def claim(folder: Path) -> Claim:
    job = VideoJob("v", "file:///v", "file:///", to_uri(folder), "report", "f")
    return Claim("b", "v", "7", 1, job, {})


def fill(folder: Path, *names: str) -> None:
    """Attempts' folders with a document in each."""
    for name in names:
        write_group(folder / name, DOCUMENT.items())


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def test_an_attempt_stands_in_the_video_s_folder_under_template_and_token(
    claim: Claim, folder: Path
) -> None:
    assert attempt_dir(claim) == folder / ".attempt-report-7"
    other = replace(claim, job=replace(claim.job, template="lesson"), token="12-0123abcd")
    assert attempt_dir(other) == folder / ".attempt-lesson-12-0123abcd"


def test_other_attempts_at_the_same_document_newest_first(claim: Claim, folder: Path) -> None:
    fill(folder, ".attempt-report-7", ".attempt-report-2", ".attempt-report-10")
    fill(folder, ".attempt-lesson-6", ".attempt-report-x", ".attempt-report-report-1")
    with open_folder(folder) as opened:
        assert earlier_attempts(claim, opened) == [".attempt-report-10", ".attempt-report-2"]


@pytest.mark.parametrize("checkpoints", [{}, {"probe": "0.1 {}"}])
def test_an_attempt_begins_with_nothing(
    claim: Claim, folder: Path, checkpoints: dict[str, str]
) -> None:
    fill(folder, ".attempt-report-7", ".attempt-report-6")
    begin(replace(claim, checkpoints=checkpoints))
    assert names(folder) == {".attempt-report-6", ".attempt-report-0"}
    fill(folder, ".attempt-report-7")
    begin(claim)
    assert names(folder) == {".attempt-report-6", ".attempt-report-0"}
    begin(claim)


def test_publishing_removes_what_attempts_at_this_document_left(claim: Claim, folder: Path) -> None:
    fill(folder, ".attempt-report-7", ".attempt-report-6", ".attempt-lesson-1")
    for _ in range(2):
        publish(claim)
        assert names(folder) == {".attempt-lesson-1", *DOCUMENT}
        assert (folder / "report.md").read_bytes() == b"new"


def test_an_attempt_that_vanished(claim: Claim, folder: Path) -> None:
    fill(folder, ".attempt-report-6")
    with pytest.raises(TransientError) as lost:
        publish(claim)
    assert lost.value.code == LOST
    assert names(folder) == {".attempt-report-6"}


def test_an_attempt_that_vanished_is_not_taken_for_the_document_before_it(
    claim: Claim, folder: Path
) -> None:
    write_group(folder, [("report.md", b"old"), (MANIFEST, manifest("5"))])
    with pytest.raises(TransientError) as lost:
        publish(claim)
    assert lost.value.code == LOST
    assert (folder / "report.md").read_bytes() == b"old"


def test_publishing_leaves_a_later_attempt_alone(claim: Claim, folder: Path) -> None:
    fill(folder, ".attempt-report-7", ".attempt-report-8")
    publish(claim)
    assert names(folder) == {".attempt-report-8", *DOCUMENT}


def test_a_stale_owner_removes_its_own_folder_alone(claim: Claim, folder: Path) -> None:
    fill(folder, ".attempt-report-7", ".attempt-report-8", ".attempt-lesson-7")
    discard(claim)
    assert names(folder) == {".attempt-report-8", ".attempt-lesson-7"}


def test_after_the_last_try_all_attempts_at_the_document_go(claim: Claim, folder: Path) -> None:
    fill(folder, ".attempt-report-7", ".attempt-report-6", ".attempt-lesson-7")
    discard_all(claim)
    assert names(folder) == {".attempt-lesson-7"}


@pytest.mark.parametrize("remove", [discard, discard_all])
def test_the_folder_goes_if_nothing_else_is_in_it(
    claim: Claim, folder: Path, remove: Callable[[Claim], None]
) -> None:
    fill(folder, ".attempt-report-7")
    (folder.parent / "neighbour").mkdir()
    remove(claim)
    assert names(folder.parent) == {"neighbour"}
    remove(claim)


@pytest.mark.parametrize("remove", [discard, discard_all])
def test_an_earlier_document_stays(
    claim: Claim, folder: Path, remove: Callable[[Claim], None]
) -> None:
    fill(folder, ".", ".attempt-report-7")
    remove(claim)
    assert names(folder) == set(DOCUMENT)


# Documents of several templates in one folder.


class Crash(BaseException):
    """Stands for the process being killed; nothing catches it."""


def picture(at: str, content: bytes) -> str:
    return f"keyframes/{at}-{hashlib.sha256(content).hexdigest()[:8]}.jpg"


def attempt(
    folder: Path,
    template: str,
    token: int,
    pictures: dict[str, bytes],
    content: str = "ab",
    document: str = "",
) -> Claim:
    """A committed attempt whose document shows the pictures; shared ones have equal content."""
    job = VideoJob("v", "file:///v", "file:///", to_uri(folder), template, "f", document=document)
    claim = Claim("b", f"v-{template}", str(token), 1, job, {})
    shown = {picture(at, content): content for at, content in pictures.items()}
    made = {
        job.document_file: "".join(f"![]({name})" for name in shown).encode(),
        "transcript.json": template.encode(),
        **shown,
    }
    listed = tuple(
        MadeFile(name=name, size_bytes=len(each), sha256=hashlib.sha256(each).hexdigest())
        for name, each in made.items()
    )
    text = manifest_json(manifest_fields(claim.token, template, listed, content, document)).encode()
    write_group(attempt_dir(claim), {**made, MANIFEST: text}.items())
    return claim


def assert_sound(folder: Path, *templates: str) -> None:
    """Each of the documents is known to the manifest, with its own pictures; what the manifest
    lists is in place, and nothing else is."""
    found = read_manifest(folder / MANIFEST)
    assert found is not None
    assert {each.template for each in (found, *found.others)} == set(templates)
    for each in (found, *found.others):
        for file in each.files:
            content = (folder / file.name).read_bytes()
            assert hashlib.sha256(content).hexdigest() == file.sha256, file.name
        document = (folder / each.document_file).read_text()
        shown = set(re.findall(r"\(([^)]+)\)", document))
        assert shown == {name for name in each.names if name.startswith("keyframes/")} - {
            name for other in each.others for name in other.names if name not in shown
        }
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there == {MANIFEST, *found.names}
    assert (folder / "transcript.json").read_text() == found.transcript_of


REPORT = {"00h00m01s000": b"small", "00h00m02s000": b"shared"}
LESSON = {"00h00m01s000": b"large", "00h00m02s000": b"shared"}


@pytest.mark.parametrize("content", ["ab", "cd"])
def test_documents_of_two_templates_keep_their_pictures_and_entries(
    folder: Path, content: str
) -> None:
    first = attempt(folder, "report", 1, REPORT)
    second = attempt(folder, "lesson", 1, LESSON, content)
    publish(first)
    publish(second)
    assert_sound(folder, "report", "lesson")
    publish(attempt(folder, "report", 2, {}))
    assert_sound(folder, "report", "lesson")
    publish(attempt(folder, "lesson", 2, {}))
    assert not (folder / "keyframes").exists()


def test_a_document_that_has_another_name_by_now_takes_the_place_of_the_earlier_one(
    folder: Path,
) -> None:
    publish(attempt(folder, "report", 1, REPORT))
    publish(attempt(folder, "lesson", 1, LESSON))
    publish(attempt(folder, "report", 2, REPORT, document="Intro – report"))
    assert_sound(folder, "report", "lesson")
    assert {path.name for path in folder.glob("*.md")} == {"Intro – report.md", "lesson.md"}
    publish(attempt(folder, "report", 3, REPORT, document="INTRO – report"))
    publish(attempt(folder, "report", 4, REPORT))
    assert_sound(folder, "report", "lesson")
    assert {path.name for path in folder.glob("*.md")} == {"report.md", "lesson.md"}


def test_what_a_reader_changed_meanwhile_stays(folder: Path) -> None:
    """The process dies with the document in place, the reader writes into it, the next one ends
    the publication."""
    publish(attempt(folder, "report", 1, REPORT))
    again = attempt(folder, "report", 2, REPORT, content="cd")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Folder, "write", raising(Crash()))
        with pytest.raises(Crash):
            publish(again)
    (folder / "report.md").write_text("my own words")
    publish(again)
    assert (folder / "report.md").read_text() == "my own words"


def test_a_document_of_a_reader_stays_where_another_name_is_taken(folder: Path) -> None:
    publish(attempt(folder, "report", 1, REPORT))
    (folder / "report.md").write_text("my own words")
    publish(attempt(folder, "report", 2, REPORT, document="Intro – report"))
    assert (folder / "report.md").read_text() == "my own words"
    assert (folder / "Intro – report.md").exists()


@pytest.mark.parametrize("name", ["a\0.md", "x" * 300 + ".html", "b/../../c.md"])
def test_an_odd_manifest_stops_no_publication(folder: Path, name: str) -> None:
    publish(attempt(folder, "report", 1, REPORT))
    found = json.loads((folder / MANIFEST).read_text())
    odd = {"name": name, "size_bytes": 1, "sha256": "ab" * 32}
    other = {**found, "template": "lesson", "document": "y" * 300 + ".md", "others": []}
    found["files"].append(odd)
    found["others"] = [other]
    (folder / MANIFEST).write_text(json.dumps(found))
    publish(attempt(folder, "report", 2, REPORT))
    manifest = read_manifest(folder / MANIFEST)
    assert manifest is not None
    assert (manifest.token, manifest.others) == ("2", ())


def test_a_new_name_never_costs_another_template_its_document(folder: Path) -> None:
    """Somebody wrote into the manifest that two documents are one file."""
    publish(attempt(folder, "lesson", 1, LESSON, document="notes"))
    publish(attempt(folder, "report", 1, REPORT, document="notes"))
    publish(attempt(folder, "report", 2, REPORT))
    assert (folder / "notes.md").exists()


def test_pictures_of_a_publication_that_was_cut_off_stay(folder: Path) -> None:
    lesson = attempt(folder, "lesson", 3, LESSON)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Folder, "write", raising(Crash()))
        with pytest.raises(Crash):
            publish(lesson)
    publish(attempt(folder, "report", 1, REPORT))
    publish(lesson)
    assert_sound(folder, "report", "lesson")


def raising(error: BaseException) -> Callable[..., Any]:
    def act(*_: Any, **__: Any) -> Any:
        raise error

    return act


def _crashing(real: Callable[..., Any], left: list[int], after: bool) -> Callable[..., Any]:
    def step(*args: Any, **kwargs: Any) -> Any:
        left[0] -= 1
        if left[0] == 0 and not after:
            raise Crash
        result = real(*args, **kwargs)
        if left[0] == 0:
            raise Crash
        return result

    return step


def _crash_at(step: int, after: bool, patched: pytest.MonkeyPatch) -> list[int]:
    """Lets the process die before or after its n-th change of the disk; how many are left."""
    left = [step]
    for name in ("rename", "mkdir", "fsync", "unlink", "rmdir", "write"):
        patched.setattr(os, name, _crashing(getattr(os, name), left, after))
    return left


@pytest.mark.parametrize("after", [False, True])
def test_a_publication_cut_off_anywhere_is_finished_by_the_next(folder: Path, after: bool) -> None:
    publish(attempt(folder, "report", 1, {"00h00m09s000": b"old", **REPORT}))
    publish(attempt(folder, "lesson", 1, LESSON))
    attempt(folder, "report", 2, REPORT)
    start = folder.parent / "start"
    shutil.copytree(folder, start)
    step = crashes = 0
    while True:
        step += 1
        shutil.rmtree(folder)
        shutil.copytree(start, folder)
        mine = attempt(folder, "report", 2, REPORT)
        other = attempt(folder, "lesson", 2, {"00h00m05s000": b"other", **LESSON})
        with pytest.MonkeyPatch.context() as patched:
            left = _crash_at(step, after, patched)
            with suppress(Crash):
                publish(mine)
                crashes -= 1
            crashes += 1
        found = read_manifest(folder / MANIFEST)
        assert found is not None
        # A document never shows pictures that are not there.
        for document in folder.glob("*.md"):
            for name in re.findall(r"\(([^)]+)\)", document.read_text()):
                assert (folder / name).is_file()
        publish(other)
        publish(mine)
        assert_sound(folder, "report", "lesson")
        if left[0] > 0:
            break
    assert crashes > 10


def test_one_publishes_at_a_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process comes in between reading the manifest and writing it."""
    first, second = attempt(folder, "report", 1, REPORT), attempt(folder, "lesson", 1, LESSON)
    monkeypatch.setattr(publication, "LOCK_S", 30.0)
    real, started = Folder.write, threading.Event()
    with ThreadPoolExecutor(1) as pool:

        def meanwhile(self: Folder, name: str, content: bytes) -> None:
            if not started.is_set():
                started.set()
                waiting.append(pool.submit(publish, second))
                wait_for(lambda: waits.is_set() or waiting[0].done(), 30.0, "the other one")
            real(self, name, content)

        waits, waiting = threading.Event(), list[Future[None]]()
        real_sleep = time.sleep

        def noted_sleep(delay_s: float) -> None:
            if threading.current_thread() is not threading.main_thread():
                waits.set()
            real_sleep(delay_s)

        monkeypatch.setattr(time, "sleep", noted_sleep)
        monkeypatch.setattr(Folder, "write", meanwhile)
        publish(first)
        waiting[0].result()
    assert waits.is_set()
    assert_sound(folder, "report", "lesson")


def test_a_folder_that_is_held_too_long_is_tried_again(folder: Path) -> None:
    claim = attempt(folder, "report", 1, REPORT)
    with (
        pytest.MonkeyPatch.context() as patched,
        open_folder(folder) as opened,
        locked(opened.descriptor, folder),
    ):
        patched.setattr(publication, "LOCK_S", 0.0)
        with pytest.raises(TransientError) as held:
            publish(claim)
    assert held.value.code == "folder_held"
    publish(claim)
    assert_sound(folder, "report")


def test_who_has_lost_the_order_writes_nothing_more(folder: Path) -> None:
    publish(attempt(folder, "lesson", 1, LESSON))
    claim = attempt(folder, "report", 1, REPORT)
    before = (folder / MANIFEST).read_bytes()
    asked = []

    def lost_at_the_manifest() -> None:
        asked.append(1)
        if not list((folder / ".attempt-report-1").glob("*.md")):
            raise TransientError("lost", code="folder_held")

    with pytest.raises(TransientError):
        publish(claim, lost_at_the_manifest)
    assert (folder / MANIFEST).read_bytes() == before
    publish(claim)
    assert_sound(folder, "report", "lesson")


# What others leave in the folder.


def test_an_attempt_whose_pictures_are_gone_is_lost(folder: Path) -> None:
    publish(attempt(folder, "lesson", 1, LESSON))
    claim = attempt(folder, "report", 1, REPORT)
    shutil.rmtree(attempt_dir(claim) / "keyframes")
    with pytest.raises(TransientError) as lost:
        publish(claim)
    assert lost.value.code == LOST
    found = read_manifest(folder / MANIFEST)
    assert found is not None
    assert found.of("report") is None


def test_no_link_in_the_folder_is_followed(claim: Claim, folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "holiday.jpg").write_bytes(b"x")
    claim = attempt(folder, "report", 7, REPORT)
    (folder / "keyframes").symlink_to(outside)
    (folder / "report.md").symlink_to(outside / "holiday.jpg")
    (folder / MANIFEST).symlink_to(outside / "manifest")
    (folder / ".attempt-report-6").symlink_to(outside)
    publish(claim)
    assert sorted(path.name for path in outside.iterdir()) == ["holiday.jpg"]
    assert (outside / "holiday.jpg").read_bytes() == b"x"
    (folder / ".attempt-report-6").unlink()
    assert_sound(folder, "report")


def test_a_folder_behind_a_link_is_refused(claim: Claim, folder: Path, tmp_path: Path) -> None:
    claim = attempt(folder, "report", 7, REPORT)
    claim = replace(claim, job=replace(claim.job, name="week 1/v.mp4"))
    folder.parent.rename(tmp_path / "elsewhere")
    folder.parent.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TransientError) as refused:
        publish(claim)
    assert "a link stands where a folder should" in refused.value.message
    discard_all(claim)
    assert (tmp_path / "elsewhere" / folder.name / ".attempt-report-7").is_dir()
    add_copy(claim, "probe", "x")
    assert read_copies(claim) == {}


def test_what_a_killed_publication_left_is_removed(folder: Path) -> None:
    claim = attempt(folder, "report", 7, REPORT)
    (folder / f"{MANIFEST}.0123abcd.part").write_text("{")
    publish(claim)
    assert_sound(folder, "report")


def test_copies_of_another_template_stay(claim: Claim, folder: Path) -> None:
    other = replace(claim, job=replace(claim.job, template="report-a"))
    add_copy(claim, "probe", "mine")
    add_copy(other, "probe", "another's")
    remove_copies(claim.job)
    assert read_copies(claim) == {}
    assert read_copies(other) == {"probe": "another's"}


@pytest.mark.parametrize("kind", ["link", "fifo"])
def test_copies_are_neither_read_nor_written_over_a_link_or_a_pipe(
    claim: Claim, folder: Path, tmp_path: Path, kind: str
) -> None:
    outside = tmp_path / "outside"
    outside.write_text('["probe", "planted"]\n')
    folder.mkdir(parents=True)
    if kind == "link":
        (folder / copies_of(claim)).symlink_to(outside)
    else:
        os.mkfifo(folder / copies_of(claim))
    assert read_copies(claim) == {}
    add_copy(claim, "probe", "mine")
    assert outside.read_text() == '["probe", "planted"]\n'
    remove_copies(claim.job)
    assert names(folder) == set()
