"""Files that were joined by appending one to another: one line of time, as a player shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.media import Captions, Recipe, Scenes, Sound, make_media
from videobatch.media.audio import AudioReader
from videobatch.media.frames import pick_frames
from videobatch.media.probe import probe
from videobatch.media.subtitles import read_embedded

FIRST = Recipe(
    seconds=8,
    scenes=Scenes(changes_s=(4.0,)),
    sound=Sound(voiced=((0.5, 2.0),)),
    captions=Captions([(1.0, 2.0, "of the first")]),
)
SECOND = Recipe(
    seconds=5,
    scenes=Scenes(changes_s=(2.0,)),
    sound=Sound(voiced=((3.0, 4.5),)),
    captions=Captions([(3.0, 4.0, "of the second")]),
)


def joined(path: Path, *recipes: Recipe) -> Path:
    parts = [
        make_media(path.with_name(f"{number}{path.suffix}"), recipe)
        for number, recipe in enumerate(recipes)
    ]
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def spoken(path: Path) -> list[tuple[float, float]]:
    reader = AudioReader(
        path, path.parent, probe(path, path.parent), max_segment_s=30, min_segment_s=1
    )
    found = [(segment.start_s, segment.end_s) for segment in reader]
    assert reader.coverage.problem is None
    return found


@pytest.mark.parametrize("suffix", [".ts", ".mpg", ".mkv", ".webm", ".ogg", ".aac", ".mp3"])
def test_the_second_part_comes_after_the_first(tmp_path: Path, suffix: str) -> None:
    without = {".ts", ".mpg", ".ogg", ".aac", ".mp3", ".webm"}
    first, second = (
        Recipe(r.seconds, r.scenes, r.sound, None if suffix in without else r.captions)
        for r in (FIRST, SECOND)
    )
    path = joined(tmp_path / f"joined{suffix}", first, second)
    found = probe(path, tmp_path)
    assert found.duration_s == pytest.approx(13, abs=0.3)
    times = spoken(path)
    assert times == [pytest.approx((0.3, 2.2), abs=0.2), pytest.approx((10.8, 12.7), abs=0.3)]
    if found.video is None:
        return
    pictures = pick_frames(path, tmp_path, found, max_frames=10, min_gap_s=0.5)
    assert pictures.coverage.problem is None
    assert pictures.coverage.read_s == pytest.approx(13, abs=0.3)
    assert pictures.scene_changes == pytest.approx((4.0, 8.0, 10.0), abs=0.3)
    at = [frame.at_s for frame in pictures.frames]
    assert at == sorted(at)
    assert at[-1] > 11
    for track in found.subtitles:
        cues = read_embedded(path, tmp_path, track, found.joins).utterances
        assert [cue.text for cue in cues] == ["of the first", "of the second"]
        assert [cue.start_s for cue in cues] == pytest.approx([1.0, 11.0], abs=0.2)


def test_a_second_part_that_began_on_another_day(tmp_path: Path) -> None:
    """Its stamps stand a day before those of the first, then far ahead of the second."""
    sound = Sound(voiced=((0.5, 2.0),), start_s=50_000.0)
    later = Recipe(4, Scenes(start_s=50_000.0), sound)
    usual = Recipe(4, Scenes(), Sound(voiced=((0.5, 2.0),)))
    times = spoken(joined(tmp_path / "days.ts", later, usual, later))
    assert [start_s for start_s, _ in times] == pytest.approx([0.3, 4.3, 8.3], abs=0.3)


def test_a_clock_that_runs_over(tmp_path: Path) -> None:
    """Transport streams count to 2**33 at 90 kHz, which is 26.5 hours."""
    begin_s = 2**33 / 90_000 - 4.0
    recipe = Recipe(
        8, Scenes(start_s=begin_s), Sound(voiced=((0.5, 2.0), (5.5, 7.0)), start_s=begin_s)
    )
    path = make_media(tmp_path / "late.ts", recipe)
    assert [start_s for start_s, _ in spoken(path)] == pytest.approx([0.3, 5.3], abs=0.2)


def test_silence_beside_pictures_stays_silence(tmp_path: Path) -> None:
    sound = Sound(voiced=((0.5, 2.0), (17.0, 18.5)), gap_s=(2.5, 16.0))
    path = make_media(tmp_path / "gap.ts", Recipe(20, Scenes(), sound))
    assert probe(path, tmp_path).joins == ()
    assert [start_s for start_s, _ in spoken(path)] == pytest.approx([0.3, 16.8], abs=0.2)


def test_the_reading_for_joins_can_be_stopped(tmp_path: Path) -> None:
    path = make_media(tmp_path / "a.ts")
    size = path.stat().st_size
    seen: list[tuple[int, int]] = []
    probe(path, tmp_path, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (size, size)
    assert len(seen) >= 2


def test_plain_files_are_not_read_for_joins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise AssertionError("read")

    monkeypatch.setattr("videobatch.media.joins.on_line", refuses)
    for suffix in (".mp4", ".mkv", ".avi", ".webm"):
        assert probe(make_media(tmp_path / f"a{suffix}"), tmp_path).joins == ()
