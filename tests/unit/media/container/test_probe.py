"""What a file says of itself."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.support.media import CONTAINERS, Recipe, Scenes, Sound, make_media
from videobatch.media.container.probe import clockwise_deg, probe
from videobatch.media.container.source import content_hash
from videobatch.media.container.streams import clean_text

NAMES = {
    ".mp4": "mov", ".m4v": "mov", ".mov": "mov", ".3gp": "mov", ".m4a": "mov",
    ".mkv": "matroska", ".webm": "matroska", ".avi": "avi", ".ts": "mpegts", ".flv": "flv",
    ".mpg": "mpeg", ".wmv": "asf", ".mp3": "mp3", ".wav": "wav", ".flac": "flac",
    ".opus": "ogg", ".ogg": "ogg", ".aac": "aac",
}  # fmt: skip


@pytest.mark.parametrize("suffix", sorted(CONTAINERS))
def test_every_container(tmp_path: Path, suffix: str) -> None:
    scenes = Scenes(size=(176, 144), fps=25 if suffix == ".mpg" else 10)
    path = make_media(tmp_path / f"a{suffix}", Recipe(seconds=3, scenes=scenes, sound=Sound()))
    found = probe(path, tmp_path)
    assert found.container == NAMES[suffix]
    assert found.duration_s == pytest.approx(3, abs=0.3)
    assert found.size_bytes == path.stat().st_size
    assert found.content_hash == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.audio is not None
    assert (found.audio.sample_rate_hz, found.audio.channels) == (48_000, 1)
    assert (found.video is not None) == (CONTAINERS[suffix][1] is not None)
    if found.video is not None:
        assert (found.video.width, found.video.height, found.video.rotation_deg) == (176, 144, 0)


def test_codecs_have_their_common_names(tmp_path: Path) -> None:
    found = probe(make_media(tmp_path / "a.webm"), tmp_path)
    assert found.video is not None
    assert found.audio is not None
    assert (found.video.codec, found.audio.codec) == ("vp9", "opus")
    assert found.video.fps == pytest.approx(10)


def test_language_and_title(tmp_path: Path) -> None:
    recipe = Recipe(sound=Sound(language="ger"), title="  Optik\x1b[1m \u202e1\n ")
    found = probe(make_media(tmp_path / "a.mkv", recipe), tmp_path)
    assert found.audio is not None
    assert found.audio.language == "ger"
    assert found.title == "Optik[1m 1"
    unnamed = probe(make_media(tmp_path / "b.mp4"), tmp_path)
    assert unnamed.audio is not None
    assert (unnamed.audio.language, unnamed.title) == (None, None)


def test_hashing_tells_its_progress(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(2_500_000))
    seen: list[tuple[int, int]] = []
    found = content_hash(path, lambda done, total: seen.append((done, total)))
    assert found == hashlib.sha256(bytes(2_500_000)).hexdigest()
    assert seen == [(2**20, 2_500_000), (2**21, 2_500_000), (2_500_000, 2_500_000)]


def test_the_hash_follows_links(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    path = make_media(tmp_path / "a.mp4")
    (tmp_path / "deep" / "link.mp4").symlink_to("../a.mp4")
    assert content_hash(tmp_path / "deep" / "link.mp4") == content_hash(path)


@pytest.mark.parametrize(
    ("counterclockwise", "clockwise"),
    [(0, 0), (90, 270), (-90, 90), (180, 180), (-180, 180), (89, 270)],
)
def test_rotation(counterclockwise: float, clockwise: int) -> None:
    assert clockwise_deg(counterclockwise) == clockwise


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\nb\tc", "a b c"),
        ("x" * 300, "x" * 10),
        ("\x1b[0m", "[0m"),
        ("\u202eabc", "abc"),
        ("中文 é", "中文 é"),
        ("\ufffd\ufffdok", "ok"),
        ("a \x08 \ufffd b", "a b"),
        ("12345678 0 2", "12345678 0"),
        ("123456789 1", "123456789"),
    ],
)
def test_clean_text(text: str, cleaned: str) -> None:
    assert clean_text(text, 10) == cleaned
