"""The sound of real files: true times, equal segments, honest coverage, bounded memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from tests.support.media import CONTAINERS, Recipe, Scenes, Sound, make_media
from videobatch.media.container.probe import probe
from videobatch.media.sound.segments import AudioReader
from videobatch.records import AudioSegment

SPEECH = Sound(voiced=((0.5, 2.0), (5.0, 6.5)))


def read(
    path: Path, max_segment_s: float = 30, min_segment_s: float | None = 1
) -> tuple[list[AudioSegment], AudioReader]:
    found = probe(path, path.parent)
    reader = AudioReader(
        path, path.parent, found, max_segment_s=max_segment_s, min_segment_s=min_segment_s
    )
    return list(reader), reader


@pytest.mark.parametrize("suffix", sorted(CONTAINERS))
def test_every_container_gives_its_speech(tmp_path: Path, suffix: str) -> None:
    path = make_media(tmp_path / f"lecture{suffix}", Recipe(seconds=7, sound=SPEECH))
    segments, reader = read(path)
    times = [(s.start_s, s.end_s) for s in segments]
    assert np.array(times) == pytest.approx(np.array([(0.3, 2.2), (4.8, 6.7)]), abs=0.15)
    assert all(s.samples.dtype == np.int16 and s.samples.ndim == 1 for s in segments)
    assert reader.coverage.problem is None
    assert any(a < 2.3 and b > 4.7 for a, b in reader.pauses)
    assert reader.clock_s == pytest.approx(7, abs=0.3)


def test_equal_files_and_limits_give_equal_segments(tmp_path: Path) -> None:
    path = make_media(tmp_path / "a.mp4", Recipe(seconds=8, sound=Sound(voiced=((0, 8),))))
    one, _ = read(path, max_segment_s=3)
    other, _ = read(path, max_segment_s=3)
    assert [s.content_hash for s in one] == [s.content_hash for s in other]
    assert [s.start_s for s in one] == [s.start_s for s in other]
    assert len(one) >= 3
    assert max(s.duration_s for s in one) <= 3


def test_sound_that_starts_late_keeps_its_time(tmp_path: Path) -> None:
    sound = Sound(voiced=((0.5, 2.0),), start_s=3.0)
    path = make_media(tmp_path / "late.mkv", Recipe(seconds=6, sound=sound))
    segments, _ = read(path)
    assert [round(s.start_s, 1) for s in segments] == [3.3]


def test_the_containers_own_start_is_zero(tmp_path: Path) -> None:
    sound = Sound(voiced=((0.5, 2.0),), start_s=100.0)
    recipe = Recipe(seconds=4, sound=sound, scenes=Scenes(start_s=100.0))
    segments, _ = read(make_media(tmp_path / "broadcast.ts", recipe))
    assert segments[0].start_s == pytest.approx(0.3, abs=0.15)


def test_a_gap_in_the_sound_keeps_later_times_true(tmp_path: Path) -> None:
    sound = Sound(voiced=((0.5, 2.0), (7.0, 8.5)), gap_s=(2.5, 6.5), codec="pcm_s16le")
    path = make_media(tmp_path / "gap.mkv", Recipe(seconds=10, sound=sound))
    segments, reader = read(path)
    assert [round(s.start_s, 1) for s in segments] == [0.3, 6.8]
    assert any(a < 2.6 and b > 6.4 for a, b in reader.pauses)


def test_a_silent_video_has_no_segments(tmp_path: Path) -> None:
    segments, reader = read(make_media(tmp_path / "silent.mp4", Recipe(sound=None)))
    assert segments == []
    assert reader.coverage.problem is None


def test_a_quiet_track_is_read_but_gives_nothing(tmp_path: Path) -> None:
    path = make_media(tmp_path / "quiet.mp4", Recipe(seconds=3, sound=Sound(voiced=())))
    segments, reader = read(path)
    assert segments == []
    assert reader.coverage.read_s == pytest.approx(3, abs=0.1)
    assert reader.coverage.problem is None


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".flac"])
def test_a_cut_file_is_read_up_to_its_cut_and_says_so(tmp_path: Path, suffix: str) -> None:
    recipe = Recipe(
        seconds=30,
        sound=Sound(voiced=((0, 30),)),
        options={"movflags": "faststart"} if suffix == ".mp4" else {},
    )
    whole = make_media(tmp_path / f"whole{suffix}", recipe).read_bytes()
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(whole[: len(whole) // 2])
    segments, reader = read(path, max_segment_s=10)
    assert 8 < segments[-1].end_s < 22
    problem = reader.coverage.problem
    assert problem is not None
    assert problem.startswith("the file stops after 00:1")
    assert problem.endswith("of 00:30")


def test_sound_shorter_than_its_video_is_complete(tmp_path: Path) -> None:
    path = make_media(tmp_path / "whole.mkv", Recipe(seconds=12, sound=None))
    sound = Sound(voiced=((0.5, 2.0),), gap_s=(3.0, 99.0), codec="pcm_s16le")
    path = make_media(tmp_path / "short.mkv", Recipe(seconds=12, sound=sound))
    _, reader = read(path)
    assert reader.coverage.read_s < 4
    assert reader.coverage.problem is None


def test_a_duration_that_lies_is_called_out(tmp_path: Path) -> None:
    recipe = Recipe(seconds=20, scenes=None, options={"movflags": "faststart"})
    whole = make_media(tmp_path / "whole.m4a", recipe).read_bytes()
    path = tmp_path / "liar.m4a"
    path.write_bytes(whole[: whole.index(b"mdat") + 4])
    segments, reader = read(path)
    assert segments == []
    assert reader.coverage.problem == "its sound claims to last 00:20, but none of it can be read"


def test_a_codec_without_a_decoder_is_said_so(tmp_path: Path) -> None:
    content = make_media(tmp_path / "plain.mp4").read_bytes()
    path = tmp_path / "odd.mp4"
    path.write_bytes(content.replace(b"mp4a", b"zzzz").replace(b"esds", b"free"))
    segments, reader = read(path)
    assert segments == []
    assert reader.coverage.problem == "its sound is in a format that cannot be decoded here"


def test_damage_in_the_middle_is_passed_over(tmp_path: Path) -> None:
    recipe = Recipe(seconds=20, sound=Sound(voiced=((0, 20),)), scenes=None)
    content = bytearray(make_media(tmp_path / "whole.mp3", recipe).read_bytes())
    third = len(content) // 3
    content[third : third + len(content) // 10] = bytes(len(content) // 10)
    path = tmp_path / "scratched.mp3"
    path.write_bytes(content)
    segments, _ = read(path, max_segment_s=10)
    assert segments[-1].end_s > 15


def test_coverage_is_known_only_at_the_end(tmp_path: Path) -> None:
    path = make_media(tmp_path / "a.mp4")
    reader = AudioReader(path, tmp_path, probe(path, tmp_path), max_segment_s=30)
    with pytest.raises(RuntimeError):
        assert reader.coverage
    assert len(list(reader)) == 1
    assert reader.coverage.read_s == pytest.approx(2, abs=0.1)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = make_media(
        tmp_path / "long.wav", Recipe(seconds=240, sound=Sound(voiced=((0, 240),)), scenes=None)
    )
    found = probe(path, tmp_path)
    tracemalloc.start()
    try:
        reader = AudioReader(path, tmp_path, found, max_segment_s=10)
        total = sum(len(segment.samples) for segment in reader)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert total > 230 * 16_000
    # The whole sound is 7.7 MB at 16 kHz; a page and two segments of 10 s are about 1 MB.
    assert peak_bytes < 3 * 2**20


def test_a_segment_shorter_than_a_second_is_refused(tmp_path: Path) -> None:
    path = make_media(tmp_path / "a.mp4")
    with pytest.raises(ValueError):
        AudioReader(path, tmp_path, probe(path, tmp_path), max_segment_s=0.5)
