"""Kinds of videos by what they take of the memory."""

from __future__ import annotations

import pytest

from videobatch.pipeline.needs import Medium, kind_of, medium_of, need_mib, planned_kind
from videobatch.records import Probe, VideoTrack


@pytest.mark.parametrize(
    ("name", "with_speech", "kind", "mib"),
    [
        ("a/b.MP4", True, "video+speech", 300),
        ("b.mkv", False, "video", 200),
        ("c.mp3", True, "sound+speech", 200),
        ("d.FLAC", False, "sound", 100),
        ("no suffix", True, "video+speech", 300),
    ],
)
def test_the_plan_knows_sound_from_pictures_and_whether_speech_is_recognised(
    name: str, with_speech: bool, kind: str, mib: int
) -> None:
    assert planned_kind(name, with_speech=with_speech) == (kind, mib << 20)


@pytest.mark.parametrize(
    ("size", "medium"),
    [
        (None, Medium.SOUND),
        ((1920, 1080), Medium.VIDEO),
        ((1080, 1920), Medium.VIDEO),
        ((2560, 1440), Medium.VIDEO),
        ((3840, 2160), Medium.VIDEO_4K),
        ((4096, 2304), Medium.VIDEO_4K),
        ((5120, 2880), Medium.VIDEO_8K),
        ((7680, 4320), Medium.VIDEO_8K),
    ],
)
def test_the_probe_tells_the_size_of_the_pictures(
    size: tuple[int, int] | None, medium: Medium
) -> None:
    track = None if size is None else VideoTrack(0, "h264", *size, 0, 25.0)
    assert medium_of(Probe("mp4", 1.0, 1, "x", track, None)) is medium


def test_larger_ones_are_thought_to_need_more() -> None:
    needs = [need_mib(medium, with_speech=each) for medium in Medium for each in (False, True)]
    assert all(need > 0 for need in needs)
    for with_speech in (False, True):
        by_size = [need_mib(medium, with_speech=with_speech) for medium in Medium]
        assert by_size == sorted(by_size)


def test_reading_slides_is_a_kind_of_its_own_but_for_sound() -> None:
    kind, need_bytes = planned_kind("a.mp4", with_speech=True, with_slides=True)
    assert kind == "video+slides+speech"
    assert need_bytes > planned_kind("a.mp4", with_speech=True)[1]
    assert need_mib(Medium.VIDEO, with_speech=True, slides_mib=450) == 750
    assert need_mib(Medium.SOUND, with_speech=True, slides_mib=450) == 200
    for with_slides in (False, True):
        assert planned_kind("a.mp3", with_speech=True, with_slides=with_slides) == (
            "sound+speech", 200 << 20,
        )  # fmt: skip
    assert kind_of(Medium.VIDEO_4K, with_slides=True) == "video-4k+slides"
