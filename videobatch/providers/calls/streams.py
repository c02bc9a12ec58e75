"""A stream of events as the answer that it adds up to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from videobatch.providers.calls.troubles import first_of, trouble_of

_EVENTS = re.compile(r"\A\s*(:[^\n]*\n\s*)*(event|data|id|retry):", re.IGNORECASE)


def is_stream(text: str) -> bool:
    """True for a stream of events."""
    return _EVENTS.match(text) is not None


def from_events(text: str) -> Any:
    """The answer that a stream of events adds up to, as if it had come whole; an error in it as
    it stands; None for a stream that breaks off, or is none."""
    events = [event for event in _events(text) if isinstance(event, Mapping)]
    for event in events:
        if trouble_of(event):
            return event
    done = [event for event in events if event.get("type") == "transcript.text.done"]
    if done:
        return done[-1]
    if any("candidates" in event for event in events):
        return _joined_candidates(events)
    return _joined_deltas(events)


def _events(text: str) -> Iterator[Any]:
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip() == "data":
            yield decoded(value)


def _joined_deltas(events: Sequence[Mapping[str, Any]]) -> Any:
    texts: list[str] = []
    finish, usage = None, None
    for event in events:
        choice = first_of(event.get("choices"))
        delta = choice.get("delta")
        said = delta.get("content") if isinstance(delta, Mapping) else None
        texts += [said] if isinstance(said, str) else []
        finish = choice.get("finish_reason") or finish
        usage = event.get("usage") or usage
    if not finish:
        return None
    message = {"role": "assistant", "content": "".join(texts)}
    return {"choices": [{"message": message, "finish_reason": finish}], "usage": usage}


def _joined_candidates(events: Sequence[Mapping[str, Any]]) -> Any:
    parts: list[Any] = []
    finish = None
    for event in events:
        candidate = first_of(event.get("candidates"))
        content = candidate.get("content")
        found = content.get("parts") if isinstance(content, Mapping) else None
        parts += found if isinstance(found, list) else []
        finish = candidate.get("finishReason") or finish
    if not finish:
        return None
    return {**events[-1], "candidates": [{"content": {"parts": parts}, "finishReason": finish}]}


def decoded(text: str) -> Any:
    """The text as JSON, or None for what is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
