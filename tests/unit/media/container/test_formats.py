"""Every kind of file that is read here is known by its name, and by its first bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.media import CONTAINERS, MORE_CONTAINERS, Recipe, Scenes, Sound, make_media
from videobatch.media.container.formats import MEDIA_SUFFIXES, OTHER_SUFFIXES, looks_like_media
from videobatch.media.container.probe import probe
from videobatch.media.pictures.frames import pick_frames
from videobatch.media.sound.segments import AudioReader

RECIPE = Recipe(4, Scenes(changes_s=(2.0,), size=(176, 144), fps=25), Sound(voiced=((0.5, 3.0),)))


@pytest.mark.parametrize("suffix", sorted(MORE_CONTAINERS))
def test_what_else_ffmpeg_reads(tmp_path: Path, suffix: str) -> None:
    path = make_media(tmp_path / f"lecture{suffix}", RECIPE)
    found = probe(path, tmp_path)
    _, video, audio = MORE_CONTAINERS[suffix]
    assert (found.video is not None, found.audio is not None) == (bool(video), bool(audio))
    reader = AudioReader(path, tmp_path, found, max_segment_s=30)
    times = [(s.start_s, s.end_s) for s in reader]
    assert times == ([pytest.approx((0.3, 3.2), abs=0.2)] if audio else [])
    assert reader.coverage.problem is None
    if video:
        pictures = pick_frames(path, tmp_path, found, max_frames=9, min_gap_s=0.5)
        assert pictures.scene_changes == pytest.approx((2.0,), abs=1.0)
        assert pictures.coverage.problem is None
        assert 3 < pictures.frames[-1].at_s < 4.2


def test_a_phones_voice_memo(tmp_path: Path) -> None:
    """AMR, 12.2 kbit/s, of silence: frames of 20 ms (RFC 4867)."""
    path = tmp_path / "memo.amr"
    path.write_bytes(b"#!AMR\n" + (b"\x3c" + bytes(31)) * 150)
    found = probe(path, tmp_path)
    assert found.audio is not None
    reader = AudioReader(path, tmp_path, found, max_segment_s=30)
    assert list(reader) == []
    assert reader.coverage.read_s == pytest.approx(3, abs=0.2)


@pytest.mark.parametrize("suffix", sorted({**CONTAINERS, **MORE_CONTAINERS}))
def test_names_and_first_bytes(tmp_path: Path, suffix: str) -> None:
    assert suffix in MEDIA_SUFFIXES
    if suffix == ".mjpeg":
        return  # It begins as a single picture does.
    head = make_media(tmp_path / f"a{suffix}", RECIPE).read_bytes()[:4096]
    assert looks_like_media(head)


def test_no_suffix_is_of_both_kinds() -> None:
    assert not MEDIA_SUFFIXES & OTHER_SUFFIXES
    assert {
        ".amr", ".ape", ".dav", ".dts", ".gsm", ".mpv", ".rmvb", ".spx", ".dv", ".mpga",
    } <= MEDIA_SUFFIXES  # fmt: skip


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"%PDF-1.7\n%\xe2\xe3",
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"PK\x03\x04\x14\x00\x00\x00",
        b"\xff\xff\xff\xff\xff\xff",
        b"RIFF\x00\x10\x00\x00WEBPVP8 ",
        b"\x00\x00\x00\x18ftypheic\x00\x00",
        b"\x00\x00\x00\x1cftypavif\x00\x00",
        b"\x00\x00\x01\x00\x01\x00\x10\x10",
        b"\x7fELF\x02\x01\x01\x00",
        b"SQLite format 3\x00",
        b"\x1f\x8b\x08\x00",
    ],
)
def test_first_bytes_of_other_files(head: bytes) -> None:
    assert not looks_like_media(head)
