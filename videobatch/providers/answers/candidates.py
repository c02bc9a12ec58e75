"""The JSON in what a model answers: tolerant of the shape, never of the meaning.

Models think aloud, put fences around JSON, and talk before and after it. `candidates` finds each
JSON that an answer may be; whoever asked checks what it means.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from pydantic import ValidationError

from videobatch.providers.answers.completions import without_thoughts
from videobatch.providers.calls.call import UnfitError

T = TypeVar("T")
_FENCE = re.compile(r"(?P<mark>```+|~~~+)[^\n`]*\n(?P<inside>.*?)\n?[ \t]*(?P=mark)", re.DOTALL)
_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)
# An answer is looked at so many times at most.
_MOST_CANDIDATES = 24
_WRAPPINGS = 2


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
    """The first JSON in the answer that passes `check`, as that makes it. Raises UnfitError, with
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
    """The fault of an answer, in our words: a check's own, or of the field that it names."""
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
