"""Words become statements."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from videobatch.records import Word
from videobatch.speech.recognisers.whisper.decoding import HeardWord
from videobatch.speech.recognisers.whisper.sentences import (
    LONGEST_S,
    MOST_CHARACTERS,
    statements_of,
)


def heard(
    text: str, at_s: float = 0.0, word_s: float = 0.5, language: str = "en"
) -> list[HeardWord]:
    is_apart = text.isascii()
    tokens = text.split() if is_apart else list(text)
    return [
        HeardWord(Word(at_s + i * word_s, at_s + (i + 1) * word_s, t, 0.8), language, is_apart)
        for i, t in enumerate(tokens)
    ]


def texts(words: list[HeardWord]) -> list[str]:
    return [each.text for each in statements_of(words, 0.0, 1e6)]


def test_a_sentence_is_one_statement_whatever_parts_it_came_in() -> None:
    words = [*heard("The front wheel"), *heard("moves to the left. It", 1.5), *heard("stays.", 4)]
    assert texts(words) == ["The front wheel moves to the left.", "It stays."]


def test_a_title_or_a_letter_ends_no_sentence() -> None:
    assert texts(heard("Mr. John F. Kennedy met Dr. Who at 3.5 km. Then he left.")) == [
        "Mr. John F. Kennedy met Dr. Who at 3.5 km.",
        "Then he left.",
    ]


def test_a_long_pause_and_another_language_end_a_statement() -> None:
    words = [*heard("and so"), *heard("we wait", 4), *heard("und dann", 5, language="de")]
    found = statements_of(words, 0.0, 100)
    assert [(u.text, u.language) for u in found] == [
        ("and so", "en"),
        ("we wait", "en"),
        ("und dann", "de"),
    ]


def test_chinese_has_no_spaces() -> None:
    assert texts(heard("我们先看。然后做。", language="zh")) == ["我们先看。", "然后做。"]


def test_a_long_sentence_is_cut_at_a_comma() -> None:
    words = heard(" ".join([*["word"] * 24, "word,", *["next"] * 20]))
    assert [text.split()[0] for text in texts(words)] == ["word", "next"]


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0.05, 2), st.booleans()), max_size=150))
def test_nothing_is_lost_and_no_statement_is_too_long(
    parts: list[tuple[float, float, bool]],
) -> None:
    at_s, words = 0.0, []
    for number, (pause_s, word_s, is_end) in enumerate(parts):
        text = f"w{number}{'.' if is_end else ''}"
        words.append(
            HeardWord(Word(at_s + pause_s, at_s + pause_s + word_s, text, 1.0), "en", True)
        )
        at_s += pause_s + word_s
    found = statements_of(words, 5.0, 1e6)
    assert " ".join(u.text for u in found).split() == [w.word.text for w in words]
    assert [w.text for u in found for w in u.words] == [w.word.text for w in words]
    for each in found:
        assert each.end_s - each.start_s <= LONGEST_S + 0.02
        assert len(each.text) <= MOST_CHARACTERS
