"""The errors that a body tells of, in the shapes of OpenAI, vLLM, LiteLLM, OpenRouter, FastAPI,
Cloudflare, Google and MiniMax. Nothing here raises."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

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
# Longer ones are cut where they are shown.
MOST_CHARACTERS = 5_000


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error as a body tells of it: its words, the status that it is (None: it has none), what
    it is called, and the parameter that it is about."""

    said: str
    status: int | None = None
    names: frozenset[str] = field(default_factory=frozenset)
    parameter: str = ""


def trouble_of(body: Any) -> Trouble | None:
    """The error that a body tells of, or None for one that tells of none."""
    first = body[0] if isinstance(body, list) and body else body
    if not isinstance(first, Mapping):
        return None
    choice = first_of(first.get("choices"))
    inner = first_of(first.get("errors")) or first.get("error") or choice.get("error")
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
    status = _status(layers, names) or spoken_number(said)
    return Trouble(said, status, names, _parameter(layers))


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
        said = plain_words(inner)
        return f"{said}: {raw}" if isinstance(raw, str) and raw not in said else said
    return plain_words(body)


def plain_words(body: Any) -> str:
    """The words of a body by the names that servers give them, else all of it."""
    if isinstance(body, Mapping):
        for name in _SAID:
            if isinstance(body.get(name), str) and body[name].strip():
                return str(body[name])
    if isinstance(body, str):
        return body
    return as_text(body) if body else ""


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


def spoken_number(said: str) -> int | None:
    """The status of an error that only its words tell of, or None."""
    found = _SPOKEN_NUMBER.search(said[:MOST_CHARACTERS])
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


def first_of(value: Any) -> Mapping[str, Any]:
    """The first object of a list, empty where there is none."""
    first = value[0] if isinstance(value, list) and value else None
    return first if isinstance(first, Mapping) else {}


def as_text(value: Any) -> str:
    """The value as JSON for a person, cut where it is long."""
    try:
        return json.dumps(value, ensure_ascii=False)[:MOST_CHARACTERS]
    except (ValueError, RecursionError):
        return ""
