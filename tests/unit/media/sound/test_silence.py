"""Segments from samples alone: bounded, cut at silences, with true times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.support.media import Sound, speech_like
from videobatch.media.sound.pcm import Pcm
from videobatch.media.sound.silence import Segmenter
from videobatch.records import SAMPLE_RATE_HZ, AudioSegment

Voiced = Sequence[tuple[float, float]]


def sound(seconds: float, voiced: Voiced, noise_db: float = -80.0) -> NDArray[np.int16]:
    return speech_like(seconds, Sound(voiced=voiced, noise_db=noise_db), SAMPLE_RATE_HZ)


def cut(
    samples: NDArray[np.int16], longest_s: float, shortest_s: float, piece: int = 16_000
) -> tuple[list[AudioSegment], Segmenter]:
    segmenter = Segmenter(longest_s, shortest_s)
    found: list[AudioSegment] = []
    for begin in range(0, len(samples), piece):
        start_s = begin / SAMPLE_RATE_HZ
        found.extend(segmenter.feed(Pcm(start_s, samples[begin : begin + piece])))
    found.extend(segmenter.finish())
    return found, segmenter


def spans(segments: Sequence[AudioSegment]) -> list[tuple[float, float]]:
    return [(round(s.start_s, 1), round(s.end_s, 1)) for s in segments]


def test_speech_is_cut_at_long_silences_and_silence_left_out() -> None:
    segments, segmenter = cut(sound(20, [(2, 6), (10, 14)]), longest_s=30, shortest_s=3)
    assert spans(segments) == [(1.8, 6.2), (9.8, 14.2)]
    assert [(round(a), round(b)) for a, b in segmenter.pauses] == [(0, 2), (6, 10), (14, 20)]
    assert [s.index for s in segments] == [0, 1]


def test_short_silences_stay_inside_a_segment() -> None:
    segments, segmenter = cut(sound(12, [(1, 4), (5, 8), (8.4, 11)]), longest_s=30, shortest_s=3)
    assert spans(segments) == [(0.8, 11.2)]
    assert [(round(a), round(b)) for a, b in segmenter.pauses] == [(0, 1), (4, 5), (11, 12)]


def test_a_segment_that_is_full_is_cut_in_its_longest_silence() -> None:
    voiced = [(0, 5.8), (6.0, 7.5), (8.1, 14)]
    segments, _ = cut(sound(14, voiced), longest_s=10, shortest_s=9)
    assert len(segments) == 2
    assert segments[0].end_s == pytest.approx(7.8, abs=0.1)
    assert segments[1].start_s == pytest.approx(segments[0].end_s, abs=0.5)


def test_sound_without_silence_is_cut_all_the_same() -> None:
    segments, segmenter = cut(sound(35, [(0, 35)]), longest_s=10, shortest_s=3)
    assert all(s.duration_s <= 10 for s in segments)
    assert sum(s.duration_s for s in segments) == pytest.approx(35, abs=0.3)
    assert segmenter.pauses == []


@pytest.mark.parametrize("noise_db", [-90.0, -70.0, -50.0])
def test_the_noise_floor_is_learned(noise_db: float) -> None:
    segments, _ = cut(sound(24, [(5, 9), (15, 19)], noise_db), longest_s=30, shortest_s=3)
    assert spans(segments) == [(4.8, 9.2), (14.8, 19.2)]


def test_steady_loud_sound_is_no_silence() -> None:
    segments, _ = cut(sound(20, [], noise_db=-30), longest_s=60, shortest_s=5)
    assert spans(segments) == [(0.0, 20.0)]


@pytest.mark.parametrize("samples", [np.zeros(80_000, np.int16), np.full(80_000, 900, np.int16)])
def test_silence_and_a_constant_offset_give_nothing(samples: NDArray[np.int16]) -> None:
    segments, segmenter = cut(samples, longest_s=30, shortest_s=3)
    assert segments == []
    assert segmenter.pauses == [(0.0, 5.0)]


def test_a_click_is_no_speech() -> None:
    samples = np.zeros(160_000, np.int16)
    samples[80_000:80_100] = 20_000
    assert cut(samples, longest_s=30, shortest_s=3)[0] == []


def test_a_gap_of_the_time_stamps_ends_a_segment_and_is_a_pause() -> None:
    segmenter = Segmenter(30, 3)
    voice = sound(2, [(0, 2)])
    found = [*segmenter.feed(Pcm(1.0, voice)), *segmenter.feed(Pcm(60.0, voice))]
    found += segmenter.finish()
    assert spans(found) == [(1.0, 3.0), (60.0, 62.0)]
    assert [(round(a), round(b)) for a, b in segmenter.pauses] == [(3, 60)]


def test_a_hole_of_half_a_second_is_bridged() -> None:
    segmenter = Segmenter(30, 3)
    voice = sound(2, [(0, 2)])
    found = [*segmenter.feed(Pcm(0.0, voice)), *segmenter.feed(Pcm(2.5, voice))]
    found += segmenter.finish()
    assert spans(found) == [(0.0, 4.5)]


def test_time_stamps_that_jump_back_lose_no_sound() -> None:
    segmenter = Segmenter(30, 3)
    voice = sound(2, [(0, 2)])
    found = [*segmenter.feed(Pcm(5.0, voice)), *segmenter.feed(Pcm(1.0, voice))]
    found += segmenter.finish()
    assert sum(len(s.samples) for s in found) == 2 * len(voice)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    longest_s=st.sampled_from([2.0, 7.5, 30.0]),
    piece=st.sampled_from([1_000, 16_000, 170_001]),
)
def test_segments_hold_the_limits_for_any_sound(seed: int, longest_s: float, piece: int) -> None:
    rng = np.random.default_rng(seed)
    edges = np.sort(rng.uniform(0, 40, 2 * int(rng.integers(1, 12)))).reshape(-1, 2)
    samples = sound(40, [(float(a), float(b)) for a, b in edges], float(rng.uniform(-90, -45)))
    segments, _ = cut(samples, longest_s, longest_s / 3, piece)
    again, _ = cut(samples, longest_s, longest_s / 3, 16_000)
    assert [s.content_hash for s in segments] == [s.content_hash for s in again]
    end_s = 0.0
    for segment in segments:
        assert 0 < segment.duration_s <= longest_s
        assert segment.start_s >= end_s - 0.002
        begin = round(segment.start_s * SAMPLE_RATE_HZ)
        assert np.array_equal(segment.samples, samples[begin : begin + len(segment.samples)])
        end_s = segment.end_s
