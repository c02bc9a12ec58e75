"""One reader of what models answer: tolerant of the shape, never of the meaning."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from videobatch.providers.answers.completions import (
    Said,
    UnfitError,
    chat_said,
    fitting,
    gemini_said,
    in_seconds,
    is_thought_alone,
    seconds_of,
)


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


def _chat(message: Any, finish: str | None = "stop") -> Any:
    return {"choices": [{"message": message, "finish_reason": finish}]}


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("plain", _chat({"content": T}), Said(T, "stop")),
        ("parts", _chat({"content": [{"type": "text", "text": T}]}), Said(T, "stop")),
        (
            "Mistral's thoughts as a part",
            _chat(
                {
                    "content": [
                        {"type": "thinking", "thinking": [{"type": "text", "text": DRAFT}]},
                        {"type": "text", "text": T},
                    ]
                }
            ),
            Said(T, "stop"),
        ),
        ("strings in a list", _chat({"content": ["{", '"title": "T"}']}), Said(T, "stop")),
        (
            "text with a value",
            _chat({"content": [{"type": "text", "text": {"value": T}}]}),
            Said(T, "stop"),
        ),
        (
            "DeepSeek's thoughts in a field",
            _chat({"content": T, "reasoning_content": DRAFT}),
            Said(T, "stop"),
        ),
        ("OpenRouter's", _chat({"content": T, "reasoning": DRAFT}), Said(T, "stop")),
        (
            "vLLM takes the answer for thoughts",
            _chat({"content": None, "reasoning_content": T}),
            Said(T, "stop"),
        ),
        (
            "out of room while it thinks",
            _chat({"content": None, "reasoning_content": DRAFT}, "length"),
            Said("", "length"),
        ),
        (
            "a tool's call",
            _chat({"content": None, "tool_calls": [{"function": {"name": "a", "arguments": T}}]}),
            Said(T, "stop"),
        ),
        (
            "Ollama's, with arguments as an object",
            _chat({"content": "", "tool_calls": [{"function": {"arguments": {"title": "T"}}}]}),
            Said(T, "stop"),
        ),
        (
            "the old call of a function",
            _chat({"content": None, "function_call": {"name": "a", "arguments": T}}),
            Said(T, "stop"),
        ),
        ("parsed", _chat({"content": None, "parsed": {"title": "T"}}), Said(T, "stop")),
        ("an old completion", {"choices": [{"text": T, "finish_reason": "stop"}]}, Said(T, "stop")),
        ("no reason", _chat({"content": T}, None), Said(T, "")),
        ("refused", _chat({"content": None, "refusal": "No."}), Said("", "stop", "No.")),
        (
            "refused in a part",
            _chat({"content": [{"type": "refusal", "refusal": "No."}]}),
            Said("", "stop", "No."),
        ),
        ("empty", _chat({"content": ""}), Said("", "stop")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_servers_of_openais_language_send(name: str, body: Any, said: Said) -> None:
    assert chat_said(body) == said


@pytest.mark.parametrize(
    "body",
    [None, [], "text", 5, {}, {"choices": None}, {"choices": []}, {"choices": [None]},
     {"choices": {}}, {"choices": [{}]}, {"choices": [{"message": None}]},
     {"choices": [{"message": "text"}]}],
)  # fmt: skip
def test_what_is_no_chat(body: Any) -> None:
    with pytest.raises(UnfitError):
        chat_said(body)


def _gemini(parts: Any, finish: str = "STOP") -> Any:
    return {"candidates": [{"content": {"parts": parts}, "finishReason": finish}]}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (_gemini([{"text": T}]), Said(T, "STOP")),
        (_gemini([{"text": DRAFT, "thought": True}, {"text": T}]), Said(T, "STOP")),
        (_gemini([{"text": "{"}, {"text": '"title": "T"}'}]), Said(T, "STOP")),
        (_gemini([{"functionCall": {"name": "a", "args": {"title": "T"}}}]), Said(T, "STOP")),
        (_gemini([{"text": None}, {}, None, 5]), Said("", "STOP")),
        (_gemini(None, "SAFETY"), Said("", "SAFETY")),
        ({"candidates": [{"finishReason": "RECITATION"}]}, Said("", "RECITATION")),
        ({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}, Said("", "PROHIBITED_CONTENT")),
    ],
    ids=str,
)
def test_what_gemini_sends(body: Any, said: Said) -> None:
    assert gemini_said(body) == said


@pytest.mark.parametrize(
    "body",
    [None, [], {}, {"candidates": []}, {"candidates": None}, {"candidates": [5]},
     {"promptFeedback": {}}, {"promptFeedback": "no"}],
)  # fmt: skip
def test_what_is_no_answer_of_gemini(body: Any) -> None:
    with pytest.raises(UnfitError):
        gemini_said(body)


@pytest.mark.parametrize(
    ("text", "is_alone"),
    [
        ("", True),
        ("  ", True),
        ("<think>and so", True),
        ("<think>and so</think>", True),
        ("<think>and so</think> {", False),
        ('{"title": "cut', False),
    ],
)
def test_whether_only_thoughts_came(text: str, is_alone: bool) -> None:
    assert is_thought_alone(text) == is_alone


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (75, 75),
        (75.5, 75.5),
        ("75", 75),
        ("75.5", 75.5),
        ("75,5", 75.5),
        ("75.5s", 75.5),
        ("75 s", 75),
        ("75 seconds", 75),
        ("75500ms", 75.5),
        ("01:15", 75),
        ("1:15", 75),
        ("01:15.500", 75.5),
        ("00:01:15", 75),
        ("1:01:15", 3675),
        ("00:01:15.500", 75.5),
        ("00:01:15,500", 75.5),
        ("[01:15]", 75),
        ("[75]", 75),
        ("1m15s", 75),
        ("1m15.5s", 75.5),
        ("1h1m15s", 3675),
        ("PT1M15S", 75),
        ("90:00", 5400),
    ],
)
def test_times_as_models_write_them(value: Any, seconds: float) -> None:
    assert seconds_of(value) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "value", [None, True, "", "s", "soon", "1:2:3:4", [], {}, "1" * 50, "12:xx", "NaN", "∞"]
)
def test_what_is_no_time_stays_for_the_check_to_refuse(value: Any) -> None:
    assert seconds_of(value) is value


@pytest.mark.parametrize(
    ("times", "longest_s", "unit_s"),
    [
        ([0.0, 12_500.0, 59_000.0], 60, 0.001),
        ([0.0, 299_000.0], 300, 0.001),
        ([0.0, 12.5, 59.0], 60, 1),
        ([0.0, 70.0], 60, 1),
        ([0.0, 12_500.5], 60, 1),
        ([0.0, 900_000.0], 60, 1),
        ([], 60, 1),
    ],
)
def test_milliseconds_are_known_where_nothing_else_fits(
    times: list[float], longest_s: float, unit_s: float
) -> None:
    assert in_seconds(times, longest_s) == unit_s
