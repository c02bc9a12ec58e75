"""The texts of a video's folder, and folders that are not what they should be."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.searched import DATED_S, DOCUMENT, Lecture, spoken_lecture
from videobatch.search.reading import TRANSCRIPT, VideoText, read_video
from videobatch.search.records import Kind
from videobatch.search.walking import MANIFEST, stamp


def read(root: Path, path: str = "b-1/week 2/a.mp4") -> VideoText:
    found = read_video(str(root), path)
    assert found is not None
    return found


def test_a_video_has_its_speech_slides_and_documents(tmp_path: Path) -> None:
    lecture = Lecture(
        said=[(1, 3, "Said.")],
        slides=[(2, ["Shown"])],
        document="# Written\n\n- **[00:05](../../../in/a%20b.mp4#t=5)** Point.\n",
        title="A title",
    )
    folder = lecture.write(tmp_path / "b-1/week 2/a.mp4")
    found = read(tmp_path)
    assert [(each.kind, each.source, each.text) for each in found.passages] == [
        (Kind.SPEECH, TRANSCRIPT, "Said."),
        (Kind.SLIDE, "2.jpg", "Shown"),
        (Kind.DOCUMENT, DOCUMENT, "Written"),
        (Kind.DOCUMENT, DOCUMENT, "Point."),
    ]
    assert (found.batch, found.course, found.video) == ("b-1", "week 2", "a.mp4")
    assert (found.title, found.dated_s, found.media) == (
        "A title", DATED_S, "../../../in/a%20b.mp4",
    )  # fmt: skip
    assert found.files == (MANIFEST, TRANSCRIPT, DOCUMENT)
    assert found.stamp == stamp(str(folder), found.files)


def test_a_video_in_the_batch_s_own_folder_is_of_no_course(tmp_path: Path) -> None:
    spoken_lecture("x").write(tmp_path / "b-1/a.mp4")
    assert read(tmp_path, "b-1/a.mp4").course == ""


def test_names_that_no_screen_should_get_are_escaped(tmp_path: Path) -> None:
    name = os.fsdecode(b"a\x1b[2J\xe9.mp4")
    spoken_lecture("x").write(tmp_path / "b-1" / name)
    assert read(tmp_path, f"b-1/{name}").video == "a\\x1b[2J\\xe9.mp4"


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"[" * 100_000, b"\xff\xfe", b'{"utterances": {"a": 1}}', None]
)
def test_a_transcript_that_is_none_has_no_text(tmp_path: Path, content: bytes | None) -> None:
    folder = spoken_lecture("gone").write(tmp_path / "b-1/a.mp4")
    (folder / TRANSCRIPT).unlink()
    if content is not None:
        (folder / TRANSCRIPT).write_bytes(content)
    (folder / DOCUMENT).write_bytes(b"Still \xff here")
    assert [each.text for each in read(tmp_path, "b-1/a.mp4").passages] == ["Still \ufffd here"]


def test_half_a_pair_of_surrogates_is_no_end(tmp_path: Path) -> None:
    folder = spoken_lecture("x").write(tmp_path / "b-1/a.mp4")
    said = {"utterances": [{"start_s": 0, "end_s": 1, "text": "a\ud800b c"}]}
    (folder / TRANSCRIPT).write_text(json.dumps(said))
    assert [each.text for each in read(tmp_path, "b-1/a.mp4").passages] == ["a?b c"]


def test_links_and_pipes_are_not_read(tmp_path: Path) -> None:
    folder = spoken_lecture("x").write(tmp_path / "b-1/a.mp4")
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (folder / DOCUMENT).unlink()
    (folder / DOCUMENT).symlink_to(secret)
    (folder / TRANSCRIPT).unlink()
    os.mkfifo(folder / TRANSCRIPT)
    assert read(tmp_path, "b-1/a.mp4").passages == ()


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"schema_version": 99}'])
def test_a_manifest_that_is_none_is_told(tmp_path: Path, content: str) -> None:
    folder = spoken_lecture("x").write(tmp_path / "b-1/a.mp4")
    (folder / MANIFEST).write_text(content)
    assert read_video(str(tmp_path), "b-1/a.mp4") is None


def test_a_folder_that_is_gone_raises(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_video(str(tmp_path), "b-1/a.mp4")
