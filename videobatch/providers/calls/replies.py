"""A response as it is meant: an error in the body of a 200 is that error, and a stream of events is
the answer that it adds up to.

Gateways hand on what the server behind them said, in a 200 of their own; the shapes are those of
OpenAI, vLLM, LiteLLM, OpenRouter, FastAPI, Cloudflare, Google and MiniMax. Nothing here raises.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import httpx

# What errors are called where they have no number.
NAMED: Mapping[str, int] = MappingProxyType(
    {
        "rate_limit_exceeded": 429,
        "rate_limit_error": 429,
        "resource_exhausted": 429,
        "too_many_requests": 429,
        "insufficient_quota": 429,
        "billing_hard_limit_reached": 429,
        "invalid_api_key": 401,
        "authentication_error": 401,
        "unauthenticated": 401,
        "unauthorized": 401,
        "permission_denied": 403,
        "permission_error": 403,
        "forbidden": 403,
        "unavailable": 503,
        "service_unavailable": 503,
        "overloaded": 503,
        "overloaded_error": 503,
        "bad_gateway": 502,
        "gateway_timeout": 504,
        "deadline_exceeded": 504,
        "internal": 500,
        "internal_error": 500,
        "internal_server_error": 500,
        "internalservererror": 500,
        "server_error": 500,
        "api_error": 500,
        "invalid_request_error": 400,
        "invalid_argument": 400,
        "bad_request": 400,
        "badrequesterror": 400,
        "context_length_exceeded": 400,
        "content_filter": 400,
        "content_policy_violation": 400,
        "failed_precondition": 400,
        "not_found": 404,
        "notfounderror": 404,
        "not_found_error": 404,
        "model_not_found": 404,
    }
)
_NUMBERS = (
    *("code", "status_code", "status", "error_code", "http_code"),
    *("statusCode", "errorCode", "httpCode"),
)
_NAMES = ("code", "type", "status", "reason")
_SAID = ("message", "msg", "detail", "error_msg", "status_msg", "description", "error")
# An error's number where only its words tell of it: "HTTP 502", "503 Service Unavailable".
_SPOKEN_NUMBER = re.compile(
    r"\b(?:http(?:/[\d.]+)?|status(?: code)?|error(?: code)?)\W{1,3}(?P<led>[45]\d\d)\b|"
    r"\b(?P<followed>429|50[0234])\W{1,3}"
    r"(?:too many|internal server|bad gateway|service (?:temporarily )?unavail|gateway time)",
    re.IGNORECASE,
)
_HTML = re.compile(r"\A\s*(<!doctype\s+html|<html|<head|<body|<\?xml)", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_UNSEEN = re.compile(r"<(script|style|title)\b.*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_EVENTS = re.compile(r"\A\s*(:[^\n]*\n\s*)*(event|data|id|retry):", re.IGNORECASE)
# Longer ones are cut where they are shown.
_MOST_CHARACTERS = 5_000


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error as a body tells of it: its words, the status that it is (None: it has none), what
    it is called, and the parameter that it is about."""

    said: str
    status: int | None = None
    names: frozenset[str] = field(default_factory=frozenset)
    parameter: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A response: its status, or that of the error that is its body; the body as JSON (None where
    there is none); its text; and the error, if it is one."""

    status: int
    body: Any
    text: str
    trouble: Trouble | None

    @property
    def is_page(self) -> bool:
        """True for a web page, which is nobody's answer."""
        return _HTML.match(self.text) is not None

    @property
    def is_stream(self) -> bool:
        """True for a stream of events."""
        return _EVENTS.match(self.text) is not None

    @property
    def said(self) -> str:
        """The server's own words, as they came; "" where it said nothing."""
        if self.trouble and self.trouble.said:
            return self.trouble.said
        if self.is_page:
            return _page_words(self.text)
        if self.body is None or isinstance(self.body, str):
            return self.text[:_MOST_CHARACTERS].strip() if self.body is None else self.body
        return _dump(self.body)


def read_reply(response: httpx.Response) -> Reply:
    """The response as it is meant."""
    text = _text(response)
    body = _decoded(text)
    if body is None and _EVENTS.match(text):
        body = from_events(text)
    trouble, status = trouble_of(body), response.status_code
    if trouble is None and _HTML.match(text):
        # A proxy's page about the server behind it.
        told = _spoken_number(_title(text))
        trouble = Trouble(_page_words(text), told) if told else None
    if response.is_success and trouble and trouble.status:
        status = trouble.status
    if not response.is_success and trouble is None:
        trouble = Trouble(_plain_words(body))
    return Reply(status, body, text, trouble)


def trouble_of(body: Any) -> Trouble | None:
    """The error that a body tells of, or None for one that tells of none."""
    first = body[0] if isinstance(body, list) and body else body
    if not isinstance(first, Mapping):
        return None
    choice = _first(first.get("choices"))
    inner = _first(first.get("errors")) or first.get("error") or choice.get("error")
    base = first.get("base_resp")
    if isinstance(base, Mapping) and base.get("status_code"):
        inner = base
    if not inner and not _is_error_itself(first):
        if choice.get("finish_reason") == "error":
            return Trouble("the server broke off its answer", 502)
        return None
    layers = [each for each in (inner, first) if isinstance(each, Mapping)]
    names = frozenset((*_names(layers), *((_name(inner),) if isinstance(inner, str) else ())))
    said = _words(inner, first)
    status = _status(layers, names) or _spoken_number(said)
    return Trouble(said, status, names, _parameter(layers))


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
            yield _decoded(value)


def _joined_deltas(events: Sequence[Mapping[str, Any]]) -> Any:
    texts: list[str] = []
    finish, usage = None, None
    for event in events:
        choice = _first(event.get("choices"))
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
        candidate = _first(event.get("candidates"))
        content = candidate.get("content")
        found = content.get("parts") if isinstance(content, Mapping) else None
        parts += found if isinstance(found, list) else []
        finish = candidate.get("finishReason") or finish
    if not finish:
        return None
    return {**events[-1], "candidates": [{"content": {"parts": parts}, "finishReason": finish}]}


def _is_error_itself(body: Mapping[str, Any]) -> bool:
    """vLLM's `object: error`, FastAPI's `detail`, and bodies whose own number is an error's."""
    if body.get("object") == "error" or body.get("success") is False:
        return True
    if any(body.get(name) for name in ("choices", "candidates", "text", "segments")):
        return False
    is_failed = str(body.get("status", "")).lower() in {"error", "fail", "failed"}
    return (
        bool(body.get("detail")) or is_failed or any(_number(body.get(name)) for name in _NUMBERS)
    )


def _words(inner: Any, body: Mapping[str, Any]) -> str:
    """The error's words; where a gateway says only that there was one, those that it hands on."""
    if isinstance(inner, str):
        return inner
    if isinstance(inner, Mapping):
        metadata = inner.get("metadata")
        raw = metadata.get("raw") if isinstance(metadata, Mapping) else None
        said = _plain_words(inner)
        return f"{said}: {raw}" if isinstance(raw, str) and raw not in said else said
    return _plain_words(body)


def _plain_words(body: Any) -> str:
    if isinstance(body, Mapping):
        for name in _SAID:
            if isinstance(body.get(name), str) and body[name].strip():
                return str(body[name])
    if isinstance(body, str):
        return body
    return _dump(body) if body else ""


def _status(layers: Sequence[Mapping[str, Any]], names: frozenset[str]) -> int | None:
    for layer in layers:
        for name in _NUMBERS:
            if (number := _number(layer.get(name))) is not None:
                return number
    found = [NAMED[name] for name in sorted(names) if name in NAMED]
    # What is said besides "bad request" or "server error" tells more.
    return next(
        (status for status in found if status not in (400, 500)), found[0] if found else None
    )


def _number(value: Any) -> int | None:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value) if len(value) < 9 else 0
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and 400 <= value <= 599 else None


def _spoken_number(said: str) -> int | None:
    found = _SPOKEN_NUMBER.search(said[:_MOST_CHARACTERS])
    return int(found["led"] or found["followed"]) if found else None


def _name(value: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", value[:100].lower()).strip("_")


def _names(layers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for layer in layers:
        for name in _NAMES:
            if isinstance(value := layer.get(name), str):
                yield _name(value)
        inner = layer.get("innererror")
        if isinstance(inner, Mapping) and isinstance(inner.get("code"), str):
            yield _name(inner["code"])


def _parameter(layers: Sequence[Mapping[str, Any]]) -> str:
    found = [layer.get("param") for layer in layers]
    return next((each for each in found if isinstance(each, str)), "")


def _page_words(text: str) -> str:
    named = _title(text)
    shown = html.unescape(" ".join(_UNSEEN.sub(" ", text[: 20 * _MOST_CHARACTERS]).split()))
    return f"a web page: {': '.join(each for each in (named, shown) if each) or 'empty'}"


def _title(text: str) -> str:
    title = _TITLE.search(text)
    return html.unescape(" ".join(title[1].split())) if title else ""


def _text(response: httpx.Response) -> str:
    # UTF-8 unless it says otherwise; a mark at the beginning belongs to no answer.
    return response.text.removeprefix("\ufeff")


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _first(value: Any) -> Mapping[str, Any]:
    first = value[0] if isinstance(value, list) and value else None
    return first if isinstance(first, Mapping) else {}


def _dump(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)[:_MOST_CHARACTERS]
    except (ValueError, RecursionError):
        return ""
