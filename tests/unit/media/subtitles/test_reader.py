"""Subtitles that are there already: which file belongs to which video, and what they say."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.media import Captions, Recipe, make_media
from videobatch.errors import InputError
from videobatch.media.captions import parse_captions
from videobatch.media.container.probe import probe
from videobatch.media.subtitles.reader import read_embedded, read_sidecar
from videobatch.media.subtitles.sidecars import find_sidecars
from videobatch.records import SubtitleTrack, Utterance

SRT = (
    "1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>Hello</i>\r\nthere\r\n\r\n"
    "2\r\n00:01:03,000 --> 00:01:04,000\r\nBye\r\n"
)
SPOKEN = (Utterance(1.0, 2.5, "Hello there"), Utterance(63.0, 64.0, "Bye"))


def said(text: str) -> list[tuple[float, float, str]]:
    return [(u.start_s, u.end_s, u.text) for u in parse_captions(text.encode())]


@pytest.mark.parametrize(
    ("names", "chosen", "language"),
    [
        (["lecture.srt"], "lecture.srt", None),
        (["lecture.vtt"], "lecture.vtt", None),
        (["lecture.vtt", "lecture.srt"], "lecture.srt", None),
        (["lecture.srt", "lecture.mp4.srt"], "lecture.mp4.srt", None),
        (["lecture.zh.srt"], "lecture.zh.srt", "zh"),
        (["lecture.zh-Hans.vtt"], "lecture.zh-Hans.vtt", "zh-Hans"),
        (["lecture.mp4.en.srt"], "lecture.mp4.en.srt", "en"),
        (["lecture.en.srt", "lecture.srt"], "lecture.srt", None),
        (["lecture.zh.srt", "lecture.en.srt"], "lecture.en.srt", "en"),
        (["lecture.SRT"], "lecture.SRT", None),
        (["lecture.mkv.srt", "lecture 2.srt", "lecture.notes.srt", "lecture.txt"], None, None),
    ],
)
def test_which_file_belongs_to_a_video(
    tmp_path: Path, names: list[str], chosen: str | None, language: str | None
) -> None:
    video = tmp_path / "lecture.mp4"
    for name in names:
        (tmp_path / name).write_text(SRT)
    found = find_sidecars(video, tmp_path)
    assert (found[0].name if found else None) == chosen
    assert (found[0].language if found else None) == language


def test_two_videos_of_one_stem_have_their_own(tmp_path: Path) -> None:
    for name in ("lecture.mp4.srt", "lecture.mkv.vtt"):
        (tmp_path / name).write_text(SRT)
    chosen = [find_sidecars(tmp_path / f"lecture{suffix}", tmp_path) for suffix in (".mp4", ".mkv")]
    assert [[each.name for each in found] for found in chosen] == [
        ["lecture.mp4.srt"],
        ["lecture.mkv.vtt"],
    ]


def test_links_out_of_the_folder_and_odd_files_are_passed_over(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret.srt").write_text(SRT)
    (root / "a.srt").symlink_to(tmp_path / "secret.srt")
    (root / "b.srt").symlink_to("nowhere")
    (root / "c.srt").mkdir()
    os.mkfifo(root / "d.srt")
    (root / "e.srt").symlink_to("e.real")
    (root / "e.real").write_text(SRT)
    for stem in "abcd":
        assert find_sidecars(root / f"{stem}.mp4", root) == ()
    assert [each.path for each in find_sidecars(root / "e.mp4", root)] == [root / "e.srt"]
    assert find_sidecars(root / "gone" / "x.mp4", root) == ()
    with pytest.raises(InputError) as caught:
        read_sidecar(root / "a.srt", root)
    assert caught.value.code == "outside_folder"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (SRT.encode(), SPOKEN),
        (b"\xef\xbb\xbf" + SRT.encode(), SPOKEN),
        (SRT.encode("utf-16"), SPOKEN),
        (SRT.replace("\r\n", "\r").encode(), SPOKEN),
        (
            "1\n00:00:01,000 --> 00:00:02,000\nCafé\n".encode("cp1252"),
            (Utterance(1.0, 2.0, "Café"),),
        ),
    ],
)
def test_encodings(tmp_path: Path, raw: bytes, expected: tuple[Utterance, ...]) -> None:
    path = tmp_path / "a.srt"
    path.write_bytes(raw)
    assert read_sidecar(path, tmp_path).utterances == expected


def test_webvtt() -> None:
    text = (
        "WEBVTT - lecture\n\nSTYLE\n::cue { color: red }\n\nNOTE nobody sees this\n\n"
        "intro\n00:01.000 --> 00:02.000 align:start position:10%\n"
        "<v Ann>Hi &amp; <c.loud>hello</c></v>\n\n"
        "01:00:00.000 --> 01:00:01.500\n<00:00:01.000>one <b>two</b>\n"
    )
    assert said(text) == [(1.0, 2.0, "Hi & hello"), (3600.0, 3601.5, "one two")]


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        ("00:00:01,000 --> 00:00:02,000\n{\\an8}Up\\Nhere\n", [(1.0, 2.0, "Up here")]),
        ("1\n00:00:01,000 --> 00:00:02,000\na\n2\n00:00:03,000 --> 00:00:04,000\nb\n",
         [(1.0, 2.0, "a"), (3.0, 4.0, "b")]),
        ("00:00:05,000 --> 00:00:06,000\nb\n\n00:00:01,000 --> 00:00:02,000\na\n",
         [(1.0, 2.0, "a"), (5.0, 6.0, "b")]),
        ("00:00:02,000 --> 00:00:01,000\nbackward\n", [(2.0, 3.0, "backward")]),
        ("00:00:01,000 --> 00:00:02,000\n<i></i>\n", []),
        ("00:00:01,000 --> 00:00:02,000\nred\x1b[31m \u202egnp\x00\n", [(1.0, 2.0, "red[31m gnp")]),
        ("00:00:01,000 --> 00:00:02,000\n3 < 4 and 5 > 2\n", [(1.0, 2.0, "3 < 4 and 5 > 2")]),
        ("99:99:99,999 --> garbage\nx\n", []),
        ("no subtitles at all", []),
    ],
)  # fmt: skip
def test_cues(text: str, cues: list[tuple[float, float, str]]) -> None:
    assert said(text) == cues


@pytest.mark.parametrize("content", [b"just text", bytes(range(256)) * 4, b"\n" * 2000])
def test_a_file_without_cues_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.srt"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_sidecar(path, tmp_path)
    assert caught.value.code == "bad_subtitles"


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    with path.open("wb") as file:
        file.write(SRT.encode())
        file.truncate(11 * 2**20)
    with pytest.raises(InputError) as caught:
        read_sidecar(path, tmp_path)
    assert caught.value.code == "bad_subtitles"
    assert "10 MB" in caught.value.message


def test_embedded_text_is_read(tmp_path: Path) -> None:
    cues = [(0.5, 1.5, "<b>First</b> line\nand more"), (2.0, 3.0, "{\\an8}Second")]
    recipe = Recipe(seconds=4, captions=Captions(cues, language="chi"))
    path = make_media(tmp_path / "lecture.mkv", recipe)
    found = probe(path, tmp_path)
    assert [(t.codec, t.language) for t in found.subtitles] == [("subrip", "chi")]
    spoken = read_embedded(path, tmp_path, found.subtitles[0]).utterances
    assert [(u.start_s, u.end_s, u.text) for u in spoken] == [
        (0.5, 1.5, "First line and more"),
        (2.0, 3.0, "Second"),
    ]


def test_subtitles_of_pictures_are_passed_over(tmp_path: Path) -> None:
    path = make_media(tmp_path / "lecture.mkv")
    assert (
        read_embedded(path, tmp_path, SubtitleTrack(2, "hdmv_pgs_subtitle", None)).utterances == ()
    )
