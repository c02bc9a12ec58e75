"""The text that a model gave, out of the answer of its server: without its thoughts, with why it
ended."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from videobatch.providers.calls.call import UnfitError

# Fields that hold what a model thought, where it does not stand in the text.
_THOUGHTS = ("reasoning_content", "reasoning")
_THOUGHT_PARTS = frozenset({"thinking", "reasoning", "redacted_thinking", "thought"})
_THOUGHT_END = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_THOUGHT_BEGIN = re.compile(r"<(?:think|thinking|thought|reasoning)>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's answer: its text, why it ended, and what it said instead of answering."""

    text: str
    finish: str
    refusal: str = ""


def chat_completion(body: Any) -> Completion:
    """The first choice of a chat's answer. Raises UnfitError where there is none."""
    choices = body.get("choices") if isinstance(body, Mapping) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, Mapping):
        raise UnfitError("it holds no choices")
    finish = str(choice.get("finish_reason") or "")
    message = choice.get("message")
    if not isinstance(message, Mapping):
        if not isinstance(choice.get("text"), str):
            raise UnfitError("it holds no message")
        return Completion(choice["text"], finish)
    text = text_of(message.get("content")) or _called(message)
    if not text.strip() and finish != "length":
        # Some servers take all that a model says for its thoughts.
        text = next((t for name in _THOUGHTS if (t := text_of(message.get(name)))), "")
    refusal = message.get("refusal")
    return Completion(text, finish, refusal if isinstance(refusal, str) else _refused(message))


def gemini_completion(body: Any) -> Completion:
    """The first candidate of Gemini's answer; one that was blocked is empty, with the reason.
    Raises UnfitError where there is none."""
    if not isinstance(body, Mapping):
        raise UnfitError("it holds no candidates")
    candidates, blocked = body.get("candidates"), body.get("promptFeedback")
    candidate = candidates[0] if isinstance(candidates, list) and candidates else None
    if not isinstance(candidate, Mapping):
        if not isinstance(blocked, Mapping) or not blocked.get("blockReason"):
            raise UnfitError("it holds no candidates")
        return Completion("", str(blocked["blockReason"]))
    content = candidate.get("content")
    parts = content.get("parts") if isinstance(content, Mapping) else None
    text = text_of(parts) or _called_parts(parts)
    return Completion(text, str(candidate.get("finishReason") or ""))


def text_of(content: Any) -> str:
    """The text of a content: a string, a part, or a list of parts without the thoughts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(text_of(part) for part in content)
    if not isinstance(content, Mapping) or content.get("thought") is True:
        return ""
    if content.get("type") in _THOUGHT_PARTS or content.get("type") == "refusal":
        return ""
    text = content.get("text")
    if isinstance(text, Mapping):
        text = text.get("value")
    return text if isinstance(text, str) else ""


def without_thoughts(text: str) -> str:
    """The text behind what a model thought aloud, or before it; all of it where the thoughts have
    no end."""
    text = text.lstrip("\ufeff")
    end = max((found.end() for found in _THOUGHT_END.finditer(text)), default=None)
    if end is None or text[end:].strip():
        return text[end:]
    begin = _THOUGHT_BEGIN.search(text)
    return text[: begin.start()] if begin else ""


def is_thought_alone(text: str) -> bool:
    """True where the model did not come to its answer."""
    rest = without_thoughts(text)
    begin = _THOUGHT_BEGIN.search(rest)
    return not (rest[: begin.start()] if begin else rest).strip()


def _called(message: Mapping[str, Any]) -> str:
    """The arguments of the first function that the model called instead of answering, or what a
    client parsed already."""
    calls = message.get("tool_calls")
    first = calls[0] if isinstance(calls, list) and calls else None
    for call in (first, message.get("function_call")):
        function = call.get("function", call) if isinstance(call, Mapping) else None
        arguments = function.get("arguments") if isinstance(function, Mapping) else None
        if arguments:
            return _as_json(arguments)
    return _as_json(message.get("parsed"))


def _called_parts(parts: Any) -> str:
    for part in parts if isinstance(parts, list) else ():
        call = part.get("functionCall") if isinstance(part, Mapping) else None
        if isinstance(call, Mapping) and call.get("args"):
            return _as_json(call["args"])
    return ""


def _as_json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value) if value else ""


def _refused(message: Mapping[str, Any]) -> str:
    parts = message.get("content")
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, Mapping) and part.get("type") == "refusal":
            return str(part.get("refusal") or "refusal")
    return ""
