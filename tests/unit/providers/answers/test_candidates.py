"""The JSON in what a model answers, and what is wrong with it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from videobatch.providers.answers.candidates import fitting
from videobatch.providers.calls.call import UnfitError


class Title(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    title: str


T = '{"title": "T"}'
DRAFT = '{"titel": "a draft"}'


@pytest.mark.parametrize(
    "text",
    [
        T,
        f"\ufeff{T}",
        f"<think>Is it {DRAFT}?</think>\n{T}",
        f"<think>\nlong\n</think>\n\n```json\n{T}\n```",
        f"thinking without a beginning: {DRAFT}</think>{T}",
        f"<thinking>hm</thinking>{T}",
        f"<THINK>hm</THINK>{T}",
        f"{T}\n<think>was that right?</think>",
        f"<think>never closed, and then: {T}",
        f"Sure! Here it is:\n```json\n{T}\n```\nHope that helps.",
        f"```JSON\n{T}\n```",
        f"```\n{T}\n```",
        f"~~~json\n{T}\n~~~",
        f"```json {T}```",
        f"```json\n{T}",
        f"   ```json\n  {T}\n   ```  ",
        f"```python\nprint('no')\n```\nand\n```json\n{T}\n```",
        f"```json\n{DRAFT}\n```\nNo, rather:\n```json\n{T}\n```",
        f"The answer is {T}.",
        f"[1] says: {T}",
        json.dumps(T),
        json.dumps(json.dumps({"title": "T"})),
        f"[{T}]",
        f'{{"answer": {T}}}',
        f'{{"name": "answer", "arguments": {T}}}',
        f'{{"name": "answer", "arguments": {json.dumps(T)}}}',
        '{"title": "T",}',
        '{"title": "T",\n}',
        f"{T}{T}",
        f"{T}\n\x00",
        '{"title": "T"}\n</s>',
    ],
)
def test_answers_of_the_form_that_was_asked_for(text: str) -> None:
    assert fitting(text, Title.model_validate) == Title(title="T")


@pytest.mark.parametrize(
    "title",
    ["a </think> tag", "a ```fence```", "a <think> tag", 'quotes " and {braces}', "a, ]b"],
)
def test_marks_inside_an_answer_are_its_own(title: str) -> None:
    text = json.dumps({"title": title})
    assert fitting(text, Title.model_validate).title == title


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no JSON"),
        ("I cannot help with that.", "no JSON"),
        ('{"title": "T"', "no JSON"),
        ('{"title": "cut in the mid', "no JSON"),
        ('{"title": 5}', "title is of another kind"),
        ("{}", "title is missing"),
        ('{"title": null}', "title is of another kind"),
        ("null", "no JSON"),
        ("5", "no JSON"),
        ("[]", "another kind"),
        ("[" * 100_000, "no JSON"),
        ("{" * 50_000, "no JSON"),
        ('{"a":' * 5_000 + "1" + "}" * 5_000, ""),
        ('{"title": "T", "more": 1}', "more is of another kind"),
        ("<think>" * 3000, "no JSON"),
        ("```" * 3000, "no JSON"),
    ],
)
def test_what_means_something_else_is_refused_in_our_words(text: str, why: str) -> None:
    with pytest.raises(UnfitError) as caught:
        fitting(text, Title.model_validate)
    assert why in str(caught.value)
    assert "Input should" not in str(caught.value)
    assert "pydantic" not in str(caught.value)


def test_a_check_that_fails_in_an_odd_way_is_told_in_our_words() -> None:
    def odd(value: Any) -> Any:
        return value["no such"]

    with pytest.raises(UnfitError, match="another form"):
        fitting(T, odd)
