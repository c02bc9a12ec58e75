"""Answers in OpenAI's shape: rate headers, waits, errors."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from tests.support.api_server.limits import (
    AUDIO,
    CONCURRENCY,
    REQUESTS,
    TOKENS,
    Limits,
    Refusal,
    Standing,
)

JSON = "application/json"
METERED = {REQUESTS: "requests per min", TOKENS: "tokens per min", AUDIO: "audio seconds per hour"}


@dataclass(frozen=True, slots=True)
class Reply:
    """A response before it is written."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    kind: str = JSON


def json_reply(value: Any, headers: tuple[tuple[str, str], ...] = (), status: int = 200) -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False).encode(), headers)


def error_reply(
    status: int,
    message: str,
    kind: str = "invalid_request_error",
    code: str | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> Reply:
    """The body that OpenAI sends with an error."""
    error = {"message": message, "type": kind, "param": None, "code": code}
    return json_reply({"error": error}, headers, status)


def refused_reply(limits: Limits, refusal: Refusal) -> Reply:
    """A 429: with headers, wait and reason, or bare."""
    if not limits.options.headers:
        return Reply(429)
    headers = (
        *rate_headers(limits, REQUESTS, TOKENS),
        *_retry_headers(limits.options.retry_after, refusal.wait_s),
    )
    kind = "audio" if refusal.cause == AUDIO else refusal.cause
    return error_reply(429, _why(refusal), kind, "rate_limit_exceeded", headers)


def _why(refusal: Refusal) -> str:
    if refusal.cause == CONCURRENCY:
        return f"Too many requests in flight. Limit: {refusal.limit:g}."
    on = f"{METERED[refusal.cause]}: Limit {refusal.limit:g}, Requested {refusal.need:g}"
    if refusal.wait_s is None:
        return f"Request too large for {on}."
    return f"Rate limit reached on {on}. Please try again in {go_duration(refusal.wait_s)}."


def rate_headers(limits: Limits, *names: str) -> tuple[tuple[str, str], ...]:
    """`x-ratelimit-*` for these currencies as they stand. Sound has none, as on Groq."""
    if not limits.options.headers:
        return ()
    headers: list[tuple[str, str]] = []
    for name in names:
        if (standing := limits.standing(name)) is not None:
            headers += _standing_headers(name, standing)
    return tuple(headers)


def _standing_headers(name: str, standing: Standing) -> list[tuple[str, str]]:
    # What a float holds as 2.9999999 is three calls.
    remaining = math.floor(standing.remaining + 1e-6)
    return [
        (f"x-ratelimit-limit-{name}", f"{standing.limit:.0f}"),
        (f"x-ratelimit-remaining-{name}", str(remaining)),
        (f"x-ratelimit-reset-{name}", go_duration(standing.refill_s)),
    ]


def _retry_headers(form: str, wait_s: float | None) -> list[tuple[str, str]]:
    """The wait is rounded up, so that a client that obeys is not early."""
    if wait_s is None:
        return []
    headers: list[tuple[str, str]] = []
    if form in ("ms", "both"):
        headers.append(("retry-after-ms", str(math.ceil(wait_s * 1000))))
    if form in ("seconds", "both"):
        headers.append(("retry-after", str(math.ceil(wait_s))))
    if form == "date":
        headers.append(("retry-after", formatdate(math.ceil(time.time() + wait_s), usegmt=True)))
    return headers


def go_duration(seconds: float) -> str:
    """As Go prints a duration, rounded up to milliseconds: `0s`, `120ms`, `1.5s`, `6m0s`."""
    ms = math.ceil(round(seconds * 1000, 3))
    if ms <= 0:
        return "0s"
    if ms < 1000:
        return f"{ms}ms"
    minutes, rest_ms = divmod(ms, 60_000)
    text = f"{rest_ms / 1000:g}s" if rest_ms % 1000 else f"{rest_ms // 1000}s"
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text
