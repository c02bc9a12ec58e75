"""Statements, key points and key terms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videobatch.pipeline.text.ranking import text_rank
from videobatch.pipeline.text.sentences import (
    count_words,
    paragraphs,
    statements,
    subject_words,
    words,
)
from videobatch.pipeline.text.summary import as_written, key_points, key_terms, term_counts
from videobatch.records import Utterance

WATER = [
    "the sun warms the water of the ocean",
    "warm water rises into the air as vapour",
    "my neighbour has a small green car",
    "vapour cools and the water falls as rain",
    "rain fills the rivers and the rivers reach the ocean",
    "the sun warms the water of the ocean again",
]


def talk(texts: list[str], step_s: float = 10.0) -> list[Utterance]:
    return [Utterance(i * step_s, i * step_s + 5, text) for i, text in enumerate(texts)]


def test_words_of_two_scripts() -> None:
    assert list(words("Don’t say 机器学习 twice!")) == [
        "don't",
        "say",
        "机器",
        "学习",
        "twice",
    ]
    assert subject_words("We will learn about the rivers in 2024") == ("learn", "rivers")
    assert subject_words("我们的机器") == ("机器",)
    assert count_words([Utterance(0, 1, "three short words 四个字")]) == 6


def test_key_points_are_what_the_talk_is_about_in_order_of_time() -> None:
    found = key_points(talk(WATER), 4)
    texts = [line.text for line in found]
    assert "my neighbour has a small green car" not in texts
    assert texts == sorted(texts, key=WATER.index)
    assert WATER[5] not in texts, "it repeats the first"


def test_key_terms_tell_the_subject() -> None:
    found = key_terms(talk(WATER * 1), 3)
    assert found[0].text in {"water", "sun warms"}
    assert all(term.count >= 2 for term in found)
    assert "the" not in {term.text for term in found}


def test_terms_of_a_part_stand_out_from_the_whole() -> None:
    lines = talk(["water water rain"] * 5 + ["water engine"] * 2 + ["engine piston engine"])
    assert key_terms(lines[5:], 1, background=term_counts(lines))[0].text == "engine"


def test_of_equal_statements_the_surer_one_is_quoted() -> None:
    lines = [
        Utterance(0, 5, "rain fills rivers quickly", 0.1),
        Utterance(10, 15, "rain fills rivers slowly", 0.9),
    ]
    assert key_points(lines, 1)[0].start_s == 10


def test_a_plural_is_no_other_term() -> None:
    lines = talk(["the river is long"] * 3 + ["rivers carry stones"] * 2)
    assert "rivers" not in {term.text for term in key_terms(lines, 5)}


texts = st.lists(
    st.sampled_from(["sun", "water", "ocean", "rain", "river", "air", "the", "of", "and"]),
    max_size=9,
)
talks = st.lists(texts.map(" ".join), max_size=30).map(talk)


@given(talks, st.integers(0, 12))
def test_key_points_are_distinct_statements_in_order(lines: list[Utterance], count: int) -> None:
    found = key_points(lines, count)
    assert len(found) <= count
    assert all(line in lines for line in found)
    assert [line.start_s for line in found] == sorted({line.start_s for line in found})
    assert len({frozenset(words(line.text)) for line in found}) == len(found)


@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=6), max_size=20))
def test_scores_are_shares_that_ignore_order(sentences: list[list[str]]) -> None:
    scores = text_rank(sentences)
    assert len(scores) == len(sentences)
    if sentences:
        assert scores.sum() == pytest.approx(1.0)
        assert (scores > 0).all()
    backwards = text_rank(sentences[::-1])[::-1]
    assert np.allclose(scores, backwards)


@settings(max_examples=5)
@given(st.integers(1_000, 3_000))
def test_long_talks_are_ranked_in_blocks(count: int) -> None:
    lines = talk([f"subject{i % 97} matter{i % 89} topic{i % 83}" for i in range(count)])
    found = key_points(lines, 5)
    assert len(found) == 5
    assert found == tuple(sorted(found, key=lambda line: line.start_s))


def test_cues_are_joined_to_sentences() -> None:
    cues = [
        Utterance(0, 2, "The sun warms"),
        Utterance(2, 4, "the ocean."),
        Utterance(4, 6, "Then it rains."),
        Utterance(20, 22, "Later,"),
        Utterance(30, 31, "much later."),
    ]
    assert [(s.start_s, s.end_s, s.text) for s in statements(cues)] == [
        (0, 4, "The sun warms the ocean."),
        (4, 6, "Then it rains."),
        (20, 22, "Later,"),
        (30, 31, "much later."),
    ]


def test_repeated_cues_and_scraps() -> None:
    cues = [
        Utterance(0, 2, "and"),
        Utterance(2.1, 4, "so my fellow americans"),
        Utterance(4.1, 5, "so my fellow americans"),
        Utterance(9, 10, "ask not what your country"),
        Utterance(11, 12, " \u200b"),
    ]
    assert [s.text for s in statements(cues)] == [
        "and so my fellow americans",
        "ask not what your country",
    ]


def test_chinese_cues_are_joined_without_a_space() -> None:
    cues = [Utterance(0, 2, "今天我们"), Utterance(2, 4, "讲机器学习。"), Utterance(4, 5, "好。")]
    assert [s.text for s in statements(cues)] == ["今天我们讲机器学习。", "好。"]


def test_paragraphs_break_at_pauses_chapters_and_length() -> None:
    times = [(0, 5), (5, 9), (12, 14), (14, 16), (16, 50), (50, 90)]
    lines = [Utterance(a, b, f"line {a}") for a, b in times]
    found = paragraphs(lines, breaks_s=[14], most_s=60)
    starts = [[line.start_s for line in block] for block in found]
    assert starts == [[0, 5], [12], [14, 16], [50]]
    assert paragraphs([]) == []


def test_a_term_is_written_as_it_was_said_first() -> None:
    lines = talk(
        ["the scrap is small", "Newton’s Cs and the United  States", "用Redis保存，redis快"]
    )
    assert [as_written(term, lines) for term in ("newton's", "united states", "redis", "no")] == [
        "Newton's",
        "United  States",
        "Redis",
        "no",
    ]


def test_latin_words_side_by_side_in_chinese_are_one_name() -> None:
    counts = term_counts(
        talk(["我们讲二分查找，Binary Search，一个算法。", "这个算法是John Mauchly写的。"])
    )
    assert {"binary search", "john mauchly"} <= counts.keys()
    assert not {"binary", "search", "john", "mauchly"} & counts.keys()
    assert "binary search" in [term.text for term in key_terms(talk(["讲Binary Search。"]), 3)]


def test_number_words_are_no_terms() -> None:
    said = talk(["ninety nine of a hundred thousand tests, and twenty percent of the tests"])
    assert set(term_counts(said)) == {"tests"}
