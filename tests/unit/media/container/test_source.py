"""What may be opened, and in which words everything else is refused."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.support.media import Captions, Recipe, Scenes, Sound, make_media
from videobatch.errors import InputError, TransientError
from videobatch.media.container.formats import MEDIA_SUFFIXES
from videobatch.media.container.probe import probe
from videobatch.media.container.source import check_file, content_hash, open_media
from videobatch.media.sound.segments import AudioReader

HLS = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"
DASH = b'<?xml version="1.0"?>\n<!-- made -->\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"/>\n'

WRONG_CONTENT = [
    ("empty", b""),
    ("not_media", b"I am not a video.\n"),
    ("not_media", "Grüße aus der Vorlesung\n".encode()),
    ("not_media", b"<!DOCTYPE html><html><body>404 Not Found</body></html>"),
    ("not_media", b"file is the first word of this text\nand it goes on\n"),
    ("not_media", bytes(range(1, 256)) * 64),
    ("not_media", b"1\n00:00:01,000 --> 00:00:02,000\nA subtitle file\n"),
    ("not_media", b"\x89PNG\r\n\x1a\n" + bytes(500)),
    ("playlist", HLS),
    ("playlist", b"\xef\xbb\xbf" + HLS),
    ("playlist", HLS.decode().encode("utf-16")),
    ("playlist", DASH),
    ("playlist", b"ffconcat version 1.0\nfile 'a.mp4'\n"),
    ("playlist", b"file '/etc/passwd'\n"),
    ("playlist", b"file a.mp4\nfile b.mp4\n"),
    ("playlist", b"[playlist]\nFile1=http://127.0.0.1:9/a.mp3\n"),
    ("playlist", b"<asx version='3.0'><entry/></asx>"),
    ("playlist", b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n"),
    (
        "no_index",
        b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x10\x00mdat" + b"\x01" * 99,
    ),
    ("damaged", b"\x1aE\xdf\xa3" + bytes(2000)),
]


def code_of(path: Path, root: Path) -> str:
    with pytest.raises(InputError) as caught:
        probe(path, root)
    assert caught.value.message.startswith(path.name)
    assert caught.value.hint
    return caught.value.code


@pytest.mark.parametrize(("code", "content"), WRONG_CONTENT)
def test_wrong_content_has_its_reason(tmp_path: Path, code: str, content: bytes) -> None:
    path = tmp_path / "lecture.mp4"
    path.write_bytes(content)
    assert code_of(path, tmp_path) == code


def test_a_file_cut_before_its_index(tmp_path: Path) -> None:
    whole = make_media(tmp_path / "whole.mp4").read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole[: whole.rindex(b"moov") - 4])
    assert code_of(path, tmp_path) == "no_index"


def test_a_container_without_sound_or_picture(tmp_path: Path) -> None:
    captions = Captions([(0.0, 1.0, "nobody says this")])
    recipe = Recipe(scenes=None, sound=None, captions=captions)
    found = probe(make_media(tmp_path / "captions.mkv", recipe), tmp_path)
    assert (found.video, found.audio, len(found.subtitles)) == (None, None, 1)


def test_what_is_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "device.mp4").symlink_to("/dev/zero")
    for name in ("pipe.mp4", "folder.mp4", "device.mp4"):
        assert code_of(tmp_path / name, Path("/")) == "not_a_file"


def test_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "dangling.mp4").symlink_to("nowhere.mp4")
    (tmp_path / "loop.mp4").symlink_to("loop.mp4")
    for name in ("gone.mp4", "dangling.mp4", "loop.mp4"):
        assert code_of(tmp_path / name, tmp_path) == "missing"


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "deep").mkdir(parents=True)
    make_media(tmp_path / "outside.mp4")
    make_media(root / "inside.mp4")
    (root / "out.mp4").symlink_to(tmp_path / "outside.mp4")
    (root / "deep" / "chain.mp4").symlink_to("../out.mp4")
    (root / "deep" / "in.mp4").symlink_to("../inside.mp4")
    (root / "elsewhere").symlink_to(tmp_path)
    for name in ("out.mp4", "deep/chain.mp4", "elsewhere/outside.mp4"):
        assert code_of(root / name, root) == "outside_folder"
    assert probe(root / "deep" / "in.mp4", root).audio is not None


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_media(tmp_path / "private.mp4")

    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert code_of(path, tmp_path) == "unreadable"


def test_a_failing_disk_is_no_fault_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_media(tmp_path / "lecture.mp4")

    def fail(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "open", fail)
    with pytest.raises(TransientError) as caught:
        check_file(path, tmp_path)
    assert caught.value.code == "read_failed"


def test_a_file_swapped_for_a_link_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_media(tmp_path / "lecture.mp4")
    secret = tmp_path / "secret"
    secret.write_text("secret")
    real_open = os.open

    def swap(name: Any, flags: int, *more: Any) -> int:
        path.unlink()
        path.symlink_to(secret)
        return real_open(name, flags, *more)

    monkeypatch.setattr(os, "open", swap)
    with pytest.raises(InputError):
        check_file(path, tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        b"two\nlines.mp4",
        b"-rf.mp4",
        b"100%d %25.mp4",
        b'it\'s "quoted" $HOME `x`.mp4',
        "\U0001f3ac 影片.mp4".encode(),
        b"latin-\xe9\xff.mp4",
        b"http:x.mp4",
        b"file:x%03d.mp4",
    ],
)
def test_odd_names_are_only_names(tmp_path: Path, name: bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    make_media(tmp_path / "plain.mp4", Recipe(seconds=1, scenes=None)).rename(path)
    found = probe(path, tmp_path)
    assert found.audio is not None
    assert found.content_hash == content_hash(path)
    segments = list(AudioReader(path, tmp_path, found, max_segment_s=30))
    assert len(segments) == 1


def test_messages_show_odd_names_safely(tmp_path: Path) -> None:
    path = tmp_path / "red\x1b[31m\nnews.mp4"
    path.touch()
    with pytest.raises(InputError) as caught:
        probe(path, tmp_path)
    assert caught.value.message.isprintable()


def test_bad_utf8_in_tags_is_replaced(tmp_path: Path) -> None:
    whole = make_media(tmp_path / "whole.mp4", Recipe(title="Vorlesung")).read_bytes()
    path = tmp_path / "bad.mp4"
    path.write_bytes(whole.replace(b"Vorlesung", b"Vor\xff\xfe\x1b\nsu"))
    assert probe(path, tmp_path).title == "Vor su"


def test_check_file_tells_size_and_kind(tmp_path: Path) -> None:
    path = make_media(tmp_path / "lecture.mp4")
    status = check_file(path, tmp_path)
    assert status.st_size == path.stat().st_size
    assert stat.S_ISREG(status.st_mode)


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    good = make_media(tmp_path / "good.mp4")
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"text")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        with open_media(good, tmp_path) as container:
            assert len(container.streams) == 2
        with pytest.raises(InputError):
            probe(bad, tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_suffixes_are_lower_case_with_a_dot() -> None:
    assert {".mp4", ".mkv", ".ts", ".opus", ".wmv"} <= MEDIA_SUFFIXES
    assert all(s.startswith(".") and s == s.lower() for s in MEDIA_SUFFIXES)
    assert not {".srt", ".m3u8", ".mpd"} & MEDIA_SUFFIXES


def test_sound_alone_and_pictures_alone_are_media(tmp_path: Path) -> None:
    sound = probe(make_media(tmp_path / "sound.mp4", Recipe(scenes=None, sound=Sound())), tmp_path)
    silent = probe(
        make_media(tmp_path / "silent.mp4", Recipe(scenes=Scenes(), sound=None)), tmp_path
    )
    assert (sound.video, silent.audio) == (None, None)
    assert sound.audio is not None
    assert silent.video is not None
