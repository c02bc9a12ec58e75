"""The text of an answer, in the shapes of servers."""

from __future__ import annotations

from typing import Any

import pytest

from videobatch.providers.answers.completions import (
    Completion,
    chat_completion,
    gemini_completion,
    is_thought_alone,
)
from videobatch.providers.calls.call import UnfitError

T = '{"title": "T"}'
DRAFT = '{"titel": "a draft"}'


def _chat(message: Any, finish: str | None = "stop") -> Any:
    return {"choices": [{"message": message, "finish_reason": finish}]}


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("plain", _chat({"content": T}), Completion(T, "stop")),
        ("parts", _chat({"content": [{"type": "text", "text": T}]}), Completion(T, "stop")),
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
            Completion(T, "stop"),
        ),
        ("strings in a list", _chat({"content": ["{", '"title": "T"}']}), Completion(T, "stop")),
        (
            "text with a value",
            _chat({"content": [{"type": "text", "text": {"value": T}}]}),
            Completion(T, "stop"),
        ),
        (
            "DeepSeek's thoughts in a field",
            _chat({"content": T, "reasoning_content": DRAFT}),
            Completion(T, "stop"),
        ),
        ("OpenRouter's", _chat({"content": T, "reasoning": DRAFT}), Completion(T, "stop")),
        (
            "vLLM takes the answer for thoughts",
            _chat({"content": None, "reasoning_content": T}),
            Completion(T, "stop"),
        ),
        (
            "out of room while it thinks",
            _chat({"content": None, "reasoning_content": DRAFT}, "length"),
            Completion("", "length"),
        ),
        (
            "a tool's call",
            _chat({"content": None, "tool_calls": [{"function": {"name": "a", "arguments": T}}]}),
            Completion(T, "stop"),
        ),
        (
            "Ollama's, with arguments as an object",
            _chat({"content": "", "tool_calls": [{"function": {"arguments": {"title": "T"}}}]}),
            Completion(T, "stop"),
        ),
        (
            "the old call of a function",
            _chat({"content": None, "function_call": {"name": "a", "arguments": T}}),
            Completion(T, "stop"),
        ),
        ("parsed", _chat({"content": None, "parsed": {"title": "T"}}), Completion(T, "stop")),
        (
            "an old completion",
            {"choices": [{"text": T, "finish_reason": "stop"}]},
            Completion(T, "stop"),
        ),
        ("no reason", _chat({"content": T}, None), Completion(T, "")),
        ("refused", _chat({"content": None, "refusal": "No."}), Completion("", "stop", "No.")),
        (
            "refused in a part",
            _chat({"content": [{"type": "refusal", "refusal": "No."}]}),
            Completion("", "stop", "No."),
        ),
        ("empty", _chat({"content": ""}), Completion("", "stop")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_servers_of_openais_language_send(name: str, body: Any, said: Completion) -> None:
    assert chat_completion(body) == said


@pytest.mark.parametrize(
    "body",
    [None, [], "text", 5, {}, {"choices": None}, {"choices": []}, {"choices": [None]},
     {"choices": {}}, {"choices": [{}]}, {"choices": [{"message": None}]},
     {"choices": [{"message": "text"}]}],
)  # fmt: skip
def test_what_is_no_chat(body: Any) -> None:
    with pytest.raises(UnfitError):
        chat_completion(body)


def _gemini(parts: Any, finish: str = "STOP") -> Any:
    return {"candidates": [{"content": {"parts": parts}, "finishReason": finish}]}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (_gemini([{"text": T}]), Completion(T, "STOP")),
        (_gemini([{"text": DRAFT, "thought": True}, {"text": T}]), Completion(T, "STOP")),
        (_gemini([{"text": "{"}, {"text": '"title": "T"}'}]), Completion(T, "STOP")),
        (_gemini([{"functionCall": {"name": "a", "args": {"title": "T"}}}]), Completion(T, "STOP")),
        (_gemini([{"text": None}, {}, None, 5]), Completion("", "STOP")),
        (_gemini(None, "SAFETY"), Completion("", "SAFETY")),
        ({"candidates": [{"finishReason": "RECITATION"}]}, Completion("", "RECITATION")),
        (
            {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}},
            Completion("", "PROHIBITED_CONTENT"),
        ),
    ],
    ids=str,
)
def test_what_gemini_sends(body: Any, said: Completion) -> None:
    assert gemini_completion(body) == said


@pytest.mark.parametrize(
    "body",
    [None, [], {}, {"candidates": []}, {"candidates": None}, {"candidates": [5]},
     {"promptFeedback": {}}, {"promptFeedback": "no"}],
)  # fmt: skip
def test_what_is_no_answer_of_gemini(body: Any) -> None:
    with pytest.raises(UnfitError):
        gemini_completion(body)


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
