"""Files that were joined by appending one to another: one line of time, as a player shows it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.media import Captions, Recipe, Scenes, Sound, make_media
from videobatch.media.container.joins import successions
from videobatch.media.container.probe import probe
from videobatch.media.pictures.frames import pick_frames
from videobatch.media.sound.segments import AudioReader
from videobatch.media.subtitles.reader import read_embedded

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

    monkeypatch.setattr("videobatch.media.container.joins.on_line", refuses)
    for suffix in (".mp4", ".mkv", ".avi", ".webm"):
        assert probe(make_media(tmp_path / f"a{suffix}"), tmp_path).joins == ()


def renumbered(path: Path) -> None:
    """Gives the streams of a transport stream other numbers, as another recorder would: the packet
    identifiers 256 and 257 become 512 and 513, also in its programme map."""
    content = bytearray(path.read_bytes())
    for start in range(0, len(content), 188):
        pid = int.from_bytes(content[start + 1 : start + 3], "big") & 0x1FFF
        if pid in {256, 257}:
            content[start + 1] = (content[start + 1] & 0xE0) | ((pid + 256) >> 8)
        elif pid == 0x1000:
            section = start + 5
            length = int.from_bytes(content[section + 1 : section + 3], "big") & 0xFFF
            end = section + 3 + length - 4
            body = content[section:end]
            for old in (256, 257):
                number = (0xE000 | old).to_bytes(2, "big")
                body = body.replace(number, (0xE000 | (old + 256)).to_bytes(2, "big"))
            content[section:end] = body
            content[end : end + 4] = crc_of(bytes(body)).to_bytes(4, "big")
    path.write_bytes(content)


def crc_of(section: bytes) -> int:
    """The CRC-32 of MPEG-2 systems (ISO/IEC 13818-1, annex A)."""
    crc = 0xFFFFFFFF
    for byte in section:
        crc ^= byte << 24
        for _ in range(8):
            crc = ((crc << 1) ^ (0x04C11DB7 if crc & 0x80000000 else 0)) & 0xFFFFFFFF
    return crc


def test_recordings_that_number_their_streams_differently(tmp_path: Path) -> None:
    first = make_media(tmp_path / "a.ts", replace(FIRST, captions=None))
    second = make_media(tmp_path / "b.ts", replace(SECOND, captions=None))
    renumbered(second)
    path = tmp_path / "joined.ts"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    found = probe(path, tmp_path)
    assert found.duration_s == pytest.approx(13, abs=0.3)
    assert len(found.sounds) == 1
    assert spoken(path) == [
        pytest.approx((0.3, 2.2), abs=0.2),
        pytest.approx((10.8, 12.7), abs=0.3),
    ]
    pictures = pick_frames(path, tmp_path, found, max_frames=10, min_gap_s=0.5)
    assert pictures.coverage.problem is None
    assert pictures.scene_changes == pytest.approx((4.0, 8.0, 10.0), abs=0.3)


def test_a_second_part_of_another_rate(tmp_path: Path) -> None:
    """Its sound is not cut to pieces by the stamps that the demuxer reckons."""
    first = Recipe(5, Scenes(), Sound(voiced=((0.5, 2.0),)))
    second = Recipe(8, Scenes(), Sound(voiced=((0.5, 7.5),), rate_hz=22_050))
    times = spoken(joined(tmp_path / "rates.ts", first, second))
    assert times == [
        pytest.approx((0.3, 2.2), abs=0.2),
        pytest.approx((5.3, 12.7), abs=0.4),
    ]


def test_a_second_part_that_cannot_be_decoded_is_told(tmp_path: Path) -> None:
    """Another codec under the same number: a decoder is not changed on the way."""
    first = Recipe(5, Scenes(), Sound())
    second = Recipe(8, Scenes(codec="mpeg2video", fps=25), Sound(codec="mp2"))
    path = joined(tmp_path / "codecs.ts", first, second)
    found = probe(path, tmp_path)
    reader = AudioReader(path, tmp_path, found, max_segment_s=30)
    assert list(reader)[-1].end_s < 5.5
    assert reader.coverage.problem == "its sound after 00:05 cannot be decoded here"
    pictures = pick_frames(path, tmp_path, found, max_frames=10, min_gap_s=0.5)
    assert pictures.coverage.problem is not None


def test_successions_of_streams() -> None:
    parts = [{0, 1}, {2, 3}, {0, 1}, {0, 5}]
    assert list(successions([1, 3, 5], parts)) == [(1, 3, 5)]
    assert list(successions([0, 2], parts)) == [(0, 2)]
    assert list(successions([1, 4], [{1, 4}, {1}])) == []
