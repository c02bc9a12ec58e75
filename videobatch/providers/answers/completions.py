"""One reader of what models answer, for all providers: tolerant of the shape, never of the meaning.

Models think aloud, put fences around JSON, talk before and after it, and write times in many ways.
`candidates` finds each JSON that an answer may be; whoever asked checks what it means.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

T = TypeVar("T")

# Fields that hold what a model thought, where it does not stand in the text.
_THOUGHTS = ("reasoning_content", "reasoning")
_THOUGHT_PARTS = frozenset({"thinking", "reasoning", "redacted_thinking", "thought"})
_THOUGHT_END = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_THOUGHT_BEGIN = re.compile(r"<(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_FENCE = re.compile(r"(?P<mark>```+|~~~+)[^\n`]*\n(?P<inside>.*?)\n?[ \t]*(?P=mark)", re.DOTALL)
_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)
# An answer is looked at so many times at most.
_MOST_CANDIDATES = 24
_WRAPPINGS = 2
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,3}):(\d{1,2}(?:[.,]\d+)?)")
_SPOKEN = re.compile(
    r"(?:PT)?(?:(\d+)\s*h\s*)?(?:(\d+)\s*m(?:in)?\s*)?(?:(\d+(?:[.,]\d+)?)\s*s(?:ec(?:onds?)?)?)?",
    re.IGNORECASE,
)
_MILLISECONDS = re.compile(r"(\d+(?:[.,]\d+)?)\s*ms", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_LONGEST_TIME = 32


class UnfitError(ValueError):
    """An answer that is not what was asked for; its text is ours, for a person."""


@dataclass(frozen=True, slots=True)
class Said:
    """A model's answer: its text, why it ended, and what it said instead of answering."""

    text: str
    finish: str
    refusal: str = ""


def chat_said(body: Any) -> Said:
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
        return Said(choice["text"], finish)
    text = text_of(message.get("content")) or _called(message)
    if not text.strip() and finish != "length":
        # Some servers take all that a model says for its thoughts.
        text = next((t for name in _THOUGHTS if (t := text_of(message.get(name)))), "")
    refusal = message.get("refusal")
    return Said(text, finish, refusal if isinstance(refusal, str) else _refused(message))


def gemini_said(body: Any) -> Said:
    """The first candidate of Gemini's answer; one that was blocked is empty, with the reason.
    Raises UnfitError where there is none."""
    if not isinstance(body, Mapping):
        raise UnfitError("it holds no candidates")
    candidates, blocked = body.get("candidates"), body.get("promptFeedback")
    candidate = candidates[0] if isinstance(candidates, list) and candidates else None
    if not isinstance(candidate, Mapping):
        if not isinstance(blocked, Mapping) or not blocked.get("blockReason"):
            raise UnfitError("it holds no candidates")
        return Said("", str(blocked["blockReason"]))
    content = candidate.get("content")
    parts = content.get("parts") if isinstance(content, Mapping) else None
    text = text_of(parts) or _called_parts(parts)
    return Said(text, str(candidate.get("finishReason") or ""))


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


def candidates(text: str) -> Iterator[Any]:
    """Each JSON that the answer may be, the likeliest first."""
    rest = without_thoughts(text).strip()
    found = 0
    # All of it comes first: an answer may speak of <think> itself.
    for piece in dict.fromkeys((text.strip(), rest, *_fenced(rest), *_objects(rest))):
        for spelling in dict.fromkeys((piece, _COMMA.sub(lambda m: m[1] or "", piece))):
            try:
                value = json.loads(spelling, strict=False)
            except (ValueError, RecursionError):
                continue
            for meant in _unwrapped(value, _WRAPPINGS):
                yield meant
                found += 1
                if found >= _MOST_CANDIDATES:
                    return
            break


def fitting(text: str, check: Callable[[Any], T]) -> T:
    """What `check` makes of the first JSON in the answer that passes it. Raises UnfitError, with
    what is wrong with the likeliest one."""
    trouble: str | None = None
    for value in candidates(text):
        try:
            return check(value)
        except ValueError as error:
            # What wraps an answer is no worse than the answer: the first one tells.
            trouble = trouble or what_is_wrong(error)
        except (TypeError, LookupError, AttributeError, OverflowError, RecursionError):
            trouble = trouble or "it is of another form than asked for"
    raise UnfitError(trouble or "it holds no JSON")


def what_is_wrong(error: ValueError) -> str:
    """What is wrong with an answer, in our words: a check's own, or of the field that it names."""
    if isinstance(error, json.JSONDecodeError):
        return "it holds no JSON"
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(step) for step in first["loc"]) or "the answer"
    kind = first["type"]
    if kind == "missing":
        return f"{place} is missing"
    if kind == "value_error":
        return f"{place}: {first['msg'].removeprefix('Value error, ')}"
    if kind.endswith(("_too_short", "_too_long")):
        return f"{place} is {'empty' if kind.endswith('short') else 'too long'}"
    if kind.startswith(("greater_than", "less_than", "finite")):
        return f"{place} is out of bounds"
    return f"{place} is of another kind than asked for"


def seconds_of(value: Any) -> Any:
    """Seconds from what models write for a time: 75, "75.5", "75.5s", "01:15", "0:01:15,5",
    "1m15s", "75500ms". Anything else comes back as it is, for a check to refuse."""
    if isinstance(value, bool) or not isinstance(value, str) or len(value) > _LONGEST_TIME:
        return value
    text = value.strip().strip("[]()").strip()
    if _NUMBER.fullmatch(text):
        return _float(text)
    if (found := _MILLISECONDS.fullmatch(text)) is not None:
        return _float(found[1]) / 1000
    if (found := _CLOCK.fullmatch(text)) is not None:
        hours, minutes, seconds = found.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + _float(seconds)
    if text and (found := _SPOKEN.fullmatch(text)) is not None and any(found.groups()):
        hours, minutes, seconds = found.groups()
        return int(hours or 0) * 3600 + int(minutes or 0) * 60 + _float(seconds or "0")
    return value


def in_seconds(starts: Sequence[float], longest_s: float) -> float:
    """The unit of an answer's times, in seconds: 0.001 where the starts can only be milliseconds
    of a sound of that length, else 1."""
    latest = max(starts, default=0.0)
    are_whole = all(float(start).is_integer() for start in starts)
    fits = latest / 1000 <= longest_s + 1.0
    return 0.001 if are_whole and fits and latest > 2 * longest_s + 60 else 1.0


def _float(text: str) -> float:
    number = float(text.replace(",", "."))
    return number if math.isfinite(number) else 0.0


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


def _fenced(text: str) -> Iterator[str]:
    for fence in _FENCE.finditer(text):
        yield fence["inside"]
    # A fence that is never closed holds the rest.
    _, mark, rest = text.rpartition("```")
    if mark and text.count("```") % 2:
        yield rest.partition("\n")[2]


def _objects(text: str) -> Iterator[str]:
    """The stretches from each outermost bracket to its end."""
    at, decoder = 0, json.JSONDecoder(strict=False)
    for _ in range(_MOST_CANDIDATES):
        starts = [place for mark in "{[" if (place := text.find(mark, at)) >= 0]
        if not starts:
            return
        start = min(starts)
        try:
            _, end = decoder.raw_decode(text, start)
            yield text[start:end]
            at = end
        except (ValueError, RecursionError):
            last = max(text.rfind("}"), text.rfind("]"))
            if at == 0 and last > start:
                yield text[start : last + 1]
            at = start + 1


def _unwrapped(value: Any, depth: int) -> Iterator[Any]:
    """The value, and what it may be the wrapping of: JSON as a string, a list of one, an object
    around the answer or the call of a function with it."""
    if isinstance(value, dict | list):
        yield value
    if not depth:
        return
    inner: list[Any] = []
    if isinstance(value, str):
        try:
            inner = [json.loads(value, strict=False)]
        except (ValueError, RecursionError):
            return
    elif isinstance(value, list) and len(value) == 1:
        inner = value
    elif isinstance(value, dict):
        named = [value[name] for name in ("arguments", "parameters", "args") if name in value]
        inner = named or (list(value.values()) if len(value) == 1 else [])
        inner = [each for each in inner if isinstance(each, dict | str)]
    for each in inner:
        yield from _unwrapped(each, depth - 1)
