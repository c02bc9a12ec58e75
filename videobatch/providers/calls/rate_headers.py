"""Feedback on the limits, from a response: its headers, and Gemini's errors in the body.

Read are
- `x-ratelimit-{limit,remaining,reset}-{requests,tokens,audio-seconds}`, as OpenAI and Groq send
  them (https://platform.openai.com/docs/guides/rate-limits,
  https://console.groq.com/docs/rate-limits);
- `retry-after-ms`, and `Retry-After` in seconds or as a date (RFC 9110, 10.2.3);
- `RetryInfo` and `QuotaFailure` in `error.details` (google.rpc, error_details.proto).

The headers do not name their window: Groq's requests are those of a day, OpenAI's those of a
minute, or of a day on its free tier. `_is_of_a_day` tells them apart. Whatever is odd, negative or
absurd is passed over; nothing raises.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

from videobatch.records import Allowance, Currency, Feedback

TOO_MANY = 429
# "408 Request Timeout" and "425 Too Early" are the server's trouble, like every 5xx.
DOWN = frozenset({408, 425})
# No limit is this high and no wait this long: what says so is something else (a Unix time, say).
MOST = 1e12
LONGEST_S = 31 * 86_400.0

_MINUTE_S, _HOUR_S, _DAY_S = 60.0, 3600.0, 86_400.0
# The currencies that a header may mean, by the length of their window.
_HEADERS: Mapping[str, Mapping[float, Currency]] = {
    "requests": {_MINUTE_S: Currency.REQUESTS_MIN, _DAY_S: Currency.REQUESTS_DAY},
    "tokens": {_MINUTE_S: Currency.TOKENS_IN_MIN, _DAY_S: Currency.TOKENS_DAY},
    "audio-seconds": {_HOUR_S: Currency.AUDIO_S_HOUR, _DAY_S: Currency.AUDIO_S_DAY},
}
_UNITS_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)"
_PLAIN = re.compile(_NUMBER, re.ASCII)
_PART = re.compile(rf"({_NUMBER})(h|ms|m|s|us|µs|ns)", re.ASCII)
_DURATION = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)
_LONGEST_TEXT = 64


def read_feedback(
    status: int, headers: Mapping[str, str], body: object, *, now_s: float
) -> Feedback:
    """The server's feedback. `body` is the decoded JSON, or None; `now_s` (Unix seconds) is for a
    `Retry-After` date where the response bears no date of its own."""
    lower = {name.lower(): value for name, value in headers.items()}
    details = list(_details(body))
    retry_after_s = _retry_after_s(lower, now_s)
    if retry_after_s is None:
        retry_after_s = _retry_info_s(details)
    return Feedback(
        refused=status == TOO_MANY,
        down=status >= 500 or status in DOWN,
        retry_after_s=retry_after_s,
        allowances={**dict(_allowances(lower)), **dict(_quota_failures(details))},
    )


def duration_s(text: str) -> float | None:
    """Seconds from a Go duration (`1m2.5s`, `120ms`) or plain seconds; None for anything else."""
    text = text.strip()
    if len(text) > _LONGEST_TEXT:
        return None
    if _PLAIN.fullmatch(text):
        seconds = float(text)
    elif _DURATION.fullmatch(text):
        seconds = sum(float(n) * _UNITS_S[unit] for n, unit in _PART.findall(text))
    else:
        return None
    return seconds if seconds <= LONGEST_S else None


def _amount(text: object) -> float | None:
    """A count that can be one: from 0 to MOST."""
    if not isinstance(text, str) or len(text) > _LONGEST_TEXT:
        return None
    return float(text) if _PLAIN.fullmatch(text.strip()) and float(text) <= MOST else None


def _allowances(headers: Mapping[str, str]) -> Iterator[tuple[Currency, Allowance]]:
    for name, currencies in _HEADERS.items():
        limit = _amount(headers.get(f"x-ratelimit-limit-{name}"))
        remaining = _amount(headers.get(f"x-ratelimit-remaining-{name}"))
        if not limit or remaining is None or remaining > limit:
            continue
        reset_s = duration_s(headers.get(f"x-ratelimit-reset-{name}", ""))
        allowance = Allowance(limit, remaining, reset_s)
        a_day = _is_of_a_day(allowance)
        if name != "tokens" and reset_s is not None:
            # OpenAI's own example has a minute's tokens back in 6m0s, so those stay a minute's.
            a_day = a_day or reset_s > min(currencies) * 1.02
        yield currencies[_DAY_S if a_day else min(currencies)], allowance


def _is_of_a_day(allowance: Allowance) -> bool:
    """True if the values are those of a bucket that a day fills.

    A bucket that fills all the time is full again after `window * used / limit`, so the three
    values give the window: Groq's 1,998 of 2,000 requests with 1m26.4s to go are a day's. The
    2 % are for rounded values.
    """
    used = allowance.limit - allowance.remaining
    if allowance.reset_s is None or not used:
        return False
    return math.isclose(allowance.reset_s * allowance.limit / used, _DAY_S, rel_tol=0.02)


def _retry_after_s(headers: Mapping[str, str], now_s: float) -> float | None:
    milliseconds = _amount(headers.get("retry-after-ms"))
    if milliseconds is not None and milliseconds / 1000 <= LONGEST_S:
        return milliseconds / 1000
    text = headers.get("retry-after", "")
    seconds = _amount(text)
    if seconds is None:
        until_s = _date_s(text)
        if until_s is None:
            return None
        since_s = _date_s(headers.get("date", ""))
        seconds = max(0.0, until_s - (now_s if since_s is None else since_s))
    return seconds if seconds <= LONGEST_S else None


def _date_s(text: str) -> float | None:
    """Unix seconds from an HTTP date."""
    if not text or len(text) > _LONGEST_TEXT:
        return None
    try:
        date = parsedate_to_datetime(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _details(body: object) -> Iterator[Mapping[str, Any]]:
    """The objects in `error.details`; a streamed error comes in a list."""
    first = body[0] if isinstance(body, list) and body else body
    error = first.get("error") if isinstance(first, Mapping) else None
    details = error.get("details") if isinstance(error, Mapping) else None
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, Mapping):
            yield detail


def _kind(detail: Mapping[str, Any]) -> str:
    return str(detail.get("@type", "")).rpartition(".")[2]


def _retry_info_s(details: list[Mapping[str, Any]]) -> float | None:
    for detail in details:
        delay = detail.get("retryDelay")
        if _kind(detail) == "RetryInfo" and isinstance(delay, str):
            return duration_s(delay)
    return None


def _quota_failures(details: list[Mapping[str, Any]]) -> Iterator[tuple[Currency, Allowance]]:
    for detail in details:
        violations = detail.get("violations")
        if _kind(detail) != "QuotaFailure" or not isinstance(violations, list):
            continue
        for violation in violations:
            if not isinstance(violation, Mapping):
                continue
            currency = _violated(str(violation.get("quotaId", "")))
            # Zero is said of a model that the account may not use at all.
            limit = _amount(violation.get("quotaValue"))
            if currency and limit is not None:
                yield currency, Allowance(limit, 0.0)


def _violated(quota_id: str) -> Currency | None:
    """The currency of a quota such as `GenerateRequestsPerDayPerProjectPerModel-FreeTier` or
    `GenerateContentInputTokensPerModelPerMinute-FreeTier`."""
    a_day, a_minute = "PerDay" in quota_id, "PerMinute" in quota_id
    if a_day == a_minute:
        return None
    if "Token" in quota_id:
        if a_day:
            return Currency.TOKENS_DAY
        return Currency.TOKENS_OUT_MIN if "Output" in quota_id else Currency.TOKENS_IN_MIN
    if "Request" in quota_id:
        return Currency.REQUESTS_DAY if a_day else Currency.REQUESTS_MIN
    return None
