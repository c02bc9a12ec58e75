"""Where an attempt's files stand, and which folders go when it ends one way or the other."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from videobatch.errors import TransientError
from videobatch.media.files import LOST, MANIFEST, write_group
from videobatch.paths import to_uri
from videobatch.pipeline.manifest import build_manifest, manifest_json
from videobatch.pipeline.publication import (
    attempt_dir,
    begin,
    discard,
    discard_all,
    earlier_attempts,
    publish,
)
from videobatch.records import Claim, Coverage, Probe, VideoJob


def manifest(token: str) -> bytes:
    """A manifest of the attempt with that token."""
    job = VideoJob("v", "file:///v", "file:///", "file:///o", "report", "f")
    made = build_manifest(
        token=token,
        job=job,
        probe=Probe("mp4", 1.0, 1, "ab" * 32, None, None),
        coverage=Coverage(1.0, 1.0),
        template_hash="cd" * 32,
        transcriber=None,
        language=None,
        elapsed_s=1.0,
        words=0,
        keyframes=0,
        stages_s={},
        files=(),
        software="videobatch",
    )
    return manifest_json(made).encode()


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
    assert earlier_attempts(claim) == []
    fill(folder, ".attempt-report-7", ".attempt-report-2", ".attempt-report-10")
    fill(folder, ".attempt-lesson-6", ".attempt-report-x", ".attempt-report-report-1")
    assert [path.name for path in earlier_attempts(claim)] == [
        ".attempt-report-10",
        ".attempt-report-2",
    ]


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
