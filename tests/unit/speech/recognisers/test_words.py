"""Recognised words become lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from videobatch.records import Word
from videobatch.speech.recognisers.words import LONGEST_S, MOST_WORDS, to_utterances


def said(*words: tuple[float, float, str]) -> list[Word]:
    return [Word(start, end, text, 0.5) for start, end, text in words]


def test_a_pause_ends_a_line() -> None:
    found = to_utterances(said((0, 0.5, "one"), (0.5, 1, "two"), (1.5, 2, "three")))
    assert [(u.text, u.start_s, u.end_s) for u in found] == [("One two", 0, 1), ("Three", 1.5, 2)]


def test_confidence_is_the_mean() -> None:
    found = to_utterances([Word(0, 1, "a", 1.0), Word(1, 2, "b", 0.0)])
    assert found[0].confidence == 0.5


def test_no_words_no_lines() -> None:
    assert to_utterances([]) == ()


def test_a_long_run_is_cut_at_its_longest_pause() -> None:
    words = [Word(i, i + 0.8, f"w{i}", 1.0) for i in range(20)]
    words[12] = Word(12.1, 12.8, "w12", 1.0)
    found = to_utterances(words, pause_s=1.0)
    assert [u.text.split()[0] for u in found] == ["W0", "W12"]


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.05, 0.8)), max_size=120))
def test_nothing_is_lost_and_lines_are_short(gaps: list[tuple[float, float]]) -> None:
    at_s, words = 0.0, []
    for number, (gap_s, length_s) in enumerate(gaps):
        at_s += gap_s
        words.append(Word(at_s, at_s + length_s, f"w{number}", 1.0))
        at_s += length_s
    found = to_utterances(words)
    assert " ".join(u.text for u in found).lower().split() == [w.text for w in words]
    for line in found:
        assert line.start_s <= line.end_s
        assert len(line.text.split()) <= MOST_WORDS
        assert line.end_s - line.start_s <= LONGEST_S + 0.02
