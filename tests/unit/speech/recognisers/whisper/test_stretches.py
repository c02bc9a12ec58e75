"""Speech cut into windows, and times put back in their place."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from videobatch.speech.recognisers.whisper.stretches import (
    PADDING_S,
    WINDOW_S,
    Stretch,
    cut_out,
    placed,
    windows,
)


def stretches(*times: tuple[float, float]) -> list[Stretch]:
    return [Stretch(*each) for each in times]


def test_speech_is_padded_and_a_long_pause_left_out() -> None:
    (window,) = windows(stretches((1, 3), (3.5, 5), (9, 10)), 12.0)
    assert window == (Stretch(1 - PADDING_S, 5 + PADDING_S), Stretch(9 - PADDING_S, 10 + PADDING_S))


def test_a_window_ends_at_the_longest_pause_of_those_that_fill_it() -> None:
    speech = stretches((0, 10), (10.5, 20), (21.5, 27), (27.4, 40))
    assert [window[-1].end_s for window in windows(speech, 40.0)] == [
        pytest.approx(20.4),
        pytest.approx(40.0),
    ]


@given(st.lists(st.tuples(st.floats(0.01, 6), st.floats(0.05, 27)), max_size=30))
def test_all_speech_is_in_one_window_and_none_is_too_long(
    parts: list[tuple[float, float]],
) -> None:
    speech, at_s = [], 0.0
    for pause_s, length_s in parts:
        speech.append(Stretch(at_s + pause_s, at_s + pause_s + length_s))
        at_s += pause_s + length_s
    found = windows(speech, at_s)
    pieces = [piece for window in found for piece in window]
    for window in found:
        assert sum(piece.duration_s for piece in window) <= WINDOW_S + 0.01
    for before, after in pairwise(pieces):
        assert before.end_s <= after.start_s + 1e-6
    for each in speech:
        inside = sum(
            max(0.0, min(each.end_s, p.end_s) - max(each.start_s, p.start_s)) for p in pieces
        )
        assert inside == pytest.approx(each.duration_s, abs=1e-3)


def test_times_of_a_window_are_put_back() -> None:
    window = (Stretch(2, 4), Stretch(10, 13))
    samples = np.arange(16 * 16_000, dtype=np.float32)
    assert len(cut_out(samples, window)) == 5 * 16_000
    assert placed(window, 0.5, 1.0) == (2.5, 3.0)
    assert placed(window, 2.5, 3.0) == (10.5, 11.0)
    # Over the cut: with the part that holds most of it.
    assert placed(window, 1.5, 2.1) == (3.5, 4.0)
    assert placed(window, 1.9, 2.5) == (10.0, 10.5)
    assert placed(window, 4.5, 9.0) == (12.5, 13.0)
