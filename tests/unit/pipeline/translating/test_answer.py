"""A translator's answer: its lines by number, and what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest

from videobatch.pipeline.translating.answer import (
    is_as_it_was,
    problems_of,
    read_lines,
    read_terms,
)
from videobatch.pipeline.translating.task import Line
from videobatch.records import GlossaryTerm

LINES = [Line(1, "The dam holds 300 tons."), Line(2, "It was built in 1984."), Line(3, "Yes.")]
DAM = GlossaryTerm("dam", "水坝")


def test_lines_are_read_by_their_numbers_whatever_else_stands_there() -> None:
    answer = {
        "lines": [
            {"number": 2, "text": " 它建于1984年。\n"},
            {"number": "1", "text": "[1] 水坝有300吨。"},
            {"number": 1, "text": "another one"},
            {"number": 9, "text": "never asked"},
            {"number": 3, "text": " "},
            {"text": "no number"},
            "nonsense",
        ]
    }
    assert read_lines(answer, LINES) == {1: "水坝有300吨。", 2: "它建于1984年。"}


@pytest.mark.parametrize("answer", [None, [], {}, {"lines": "x"}, {"lines": [{"number": 7}]}])
def test_an_answer_without_any_of_the_lines_is_none(answer: Any) -> None:
    with pytest.raises(ValueError, match="lines"):
        read_lines(answer, LINES)


@pytest.mark.parametrize(
    ("texts", "wrong"),
    [
        ({1: "水坝有300吨。", 2: "它建于1984年。", 3: "是。"}, {}),
        ({1: "水坝有三百吨。", 2: "它建于一九八四年。", 3: "对。"}, {}),
        ({1: "水坝有300吨。", 2: "它建于1984年。"}, {3: "it is missing"}),
        ({1: "水坝有400吨。", 2: "它建于1984年。", 3: "是。"}, {1: "the figure 300 is missing"}),
        ({1: "水坝", 2: "有300吨，建于1984年。", 3: "是。"}, {}),
        ({1: "堤有300吨。", 2: "它建于1984年。", 3: "是。"}, {1: "dam is to be 水坝"}),
        (
            {1: "水坝有300吨。", 2: "It was built in 1984.", 3: "OK."},
            {2: "it is not in Simplified Chinese"},
        ),
    ],
)
def test_what_is_wrong_is_told_by_line(texts: dict[int, str], wrong: dict[int, str]) -> None:
    assert problems_of(LINES, texts, [DAM], "zh") == wrong


def test_a_sentence_left_in_chinese_is_no_english() -> None:
    said = [Line(1, "水坝很高。")]
    assert problems_of(said, {1: "水坝很高。"}, [], "en") == {1: "it is not in English"}
    assert problems_of(said, {1: "The dam is high."}, [], "en") == {}


def test_terms_count_that_are_said_each_once() -> None:
    def term(name: str, translation: str = "译", explanation: str = "") -> dict[str, str]:
        return {"term": name, "translation": translation, "explanation": explanation}

    given = [term("Dam", "水坝", "挡水。"), term("dam", "堤"), term("ocean"), term("ton", ""), {}]
    found = read_terms({"terms": given}, "\n".join(x.text for x in LINES), 40)
    assert found == (GlossaryTerm("Dam", "水坝", "挡水"),)
    assert read_terms({"terms": given}, "dams", 0) == ()
    with pytest.raises(ValueError, match="terms is missing"):
        read_terms({}, "", 40)


@pytest.mark.parametrize(
    ("source", "text", "is_left"),
    [
        ("Привет всем, друзья", "Привет всем, друзья", True),
        ("안녕하세요 여러분", "안녕하세요 여러분", True),
        ("こんにちは", "こんにちは", True),
        ("今日は機械学習の話をします", "今日は機械学習の話をします", True),
        ("Let us begin", "Let us begin", True),
        ("so good", "So good", True),
        ("Hello everybody here today", "Bonjour tout le monde ici", True),
        ("Python and numpy", "Python、NumPy", False),
        ("GitHub", "GitHub", False),
        ("Σ x_i", "Σ xᵢ", False),
        ("Let us begin", "我们开始吧", False),
        ("Я изучаю Python", "我在学 Python", False),
    ],
)
def test_what_is_left_in_another_language_is_no_chinese(
    source: str, text: str, is_left: bool
) -> None:
    assert is_as_it_was(source, text, "zh") is is_left


def test_a_model_s_term_is_no_formula_of_a_spreadsheet() -> None:
    answer = {
        "terms": [{"term": "=cmd", "translation": "命令"}, {"term": "cmd", "translation": "@a"}]
    }
    assert read_terms(answer, "=cmd and cmd", 9) == ()
