"""Headers and bodies of many servers, and the Feedback that they become."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from videobatch.providers.calls.rate_headers import LONGEST_S, duration_s, read_feedback
from videobatch.records import Allowance, Currency, Feedback

NOW_S = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT


def _read(headers: dict[str, str], status: int = 200, body: Any = None) -> Feedback:
    return read_feedback(status, headers, body, now_s=NOW_S)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1m2.5s", 62.5),
        ("120ms", 0.12),
        ("6m0s", 360.0),
        ("1h2m3s", 3723.0),
        ("7", 7.0),
        ("0.25", 0.25),
        (" 3s ", 3.0),
        ("2m59.56s", 179.56),
        ("15µs", 15e-6),
        ("0s", 0.0),
        ("", None),
        ("-1s", None),
        ("-1", None),
        ("1e3", None),
        ("inf", None),
        ("nan", None),
        ("soon", None),
        ("1x", None),
        ("1s2", None),
        ("2027-01-15T08:00:00Z", None),
        ("1800000000", None),
        ("9" * 400, None),
        ("٣s", None),
    ],
)
def test_durations(text: str, seconds: float | None) -> None:
    found = duration_s(text)
    assert found is None if seconds is None else found == pytest.approx(seconds)


def test_openais_headers() -> None:
    found = _read(
        {
            "X-RateLimit-Limit-Requests": "5000",
            "x-ratelimit-remaining-requests": "4999",
            "x-ratelimit-reset-requests": "12ms",
            "x-ratelimit-limit-tokens": "150000",
            "x-ratelimit-remaining-tokens": "149984",
            "x-ratelimit-reset-tokens": "6m0s",
        }
    )
    assert found == Feedback(
        allowances={
            Currency.REQUESTS_MIN: Allowance(5000, 4999, 0.012),
            Currency.TOKENS_IN_MIN: Allowance(150000, 149984, 360.0),
        }
    )


def test_groqs_headers_are_of_a_day_and_an_hour() -> None:
    found = _read(
        {
            "x-ratelimit-limit-requests": "2000",
            "x-ratelimit-remaining-requests": "1998",
            "x-ratelimit-reset-requests": "1m26.4s",
            "x-ratelimit-limit-audio-seconds": "7200",
            "x-ratelimit-remaining-audio-seconds": "7199",
            "x-ratelimit-reset-audio-seconds": "500ms",
        }
    )
    assert found.allowances == {
        Currency.REQUESTS_DAY: Allowance(2000, 1998, 86.4),
        Currency.AUDIO_S_HOUR: Allowance(7200, 7199, 0.5),
    }


@pytest.mark.parametrize(
    ("name", "limit", "remaining", "reset", "currency"),
    [
        ("requests", "60", "59", "1s", Currency.REQUESTS_MIN),
        ("requests", "60", "0", "60s", Currency.REQUESTS_MIN),
        ("requests", "60", "10", "", Currency.REQUESTS_MIN),
        ("requests", "50", "47", "3.362s", Currency.REQUESTS_MIN),
        ("requests", "200", "199", "7m12s", Currency.REQUESTS_DAY),
        ("requests", "14400", "14399", "6s", Currency.REQUESTS_DAY),
        ("requests", "200", "0", "5h", Currency.REQUESTS_DAY),
        ("requests", "200", "200", "0s", Currency.REQUESTS_MIN),
        ("tokens", "500000", "499000", "2m52.8s", Currency.TOKENS_DAY),
        ("tokens", "6000", "5000", "10s", Currency.TOKENS_IN_MIN),
        ("audio-seconds", "28800", "28799", "3s", Currency.AUDIO_S_DAY),
        ("audio-seconds", "7200", "0", "1h", Currency.AUDIO_S_HOUR),
    ],
)
def test_the_window_is_told_by_the_values(
    name: str, limit: str, remaining: str, reset: str, currency: Currency
) -> None:
    headers = {
        f"x-ratelimit-limit-{name}": limit,
        f"x-ratelimit-remaining-{name}": remaining,
        f"x-ratelimit-reset-{name}": reset,
    }
    assert list(_read(headers).allowances) == [currency]


@pytest.mark.parametrize(
    ("limit", "remaining"),
    [
        ("-1", "-1"),
        ("0", "0"),
        ("60", "61"),
        ("60", "-1"),
        ("60", ""),
        ("", "3"),
        ("1e9", "1"),
        ("nan", "1"),
        ("inf", "1"),
        ("9" * 30, "1"),
        ("60;w=60", "59"),
        ("60", "many"),
    ],
)
def test_odd_allowances_are_passed_over(limit: str, remaining: str) -> None:
    headers = {
        "x-ratelimit-limit-requests": limit,
        "x-ratelimit-remaining-requests": remaining,
        "x-ratelimit-reset-requests": "1s",
    }
    assert _read(headers) == Feedback()


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"retry-after": "20"}, 20.0),
        ({"Retry-After": "0"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "20", "retry-after-ms": "250"}, 0.25),
        ({"retry-after": "20", "retry-after-ms": "soon"}, 20.0),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:30 GMT"}, 30.0),
        ({"retry-after": "Fri, 15 Jan 2027 07:00:00 GMT"}, 0.0),
        (
            {
                "retry-after": "Fri, 15 Jan 2027 08:00:30 GMT",
                "date": "Fri, 15 Jan 2027 08:00:20 GMT",
            },
            10.0,
        ),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:30 GMT", "date": "today"}, 30.0),
        ({"retry-after": "Fri, 15 Jan 2097 08:00:30 GMT"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "99999999999"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], wait_s: float | None) -> None:
    found = _read(headers, 429)
    assert found.refused
    assert found.retry_after_s == wait_s


def _gemini(*details: Any) -> dict[str, Any]:
    return {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": list(details)}}


def _violation(quota_id: Any, value: Any) -> dict[str, Any]:
    return {"quotaMetric": "generativelanguage.googleapis.com/x", "quotaId": quota_id} | (
        {} if value is None else {"quotaValue": value}
    )


QUOTA = "type.googleapis.com/google.rpc.QuotaFailure"
RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "36.5s"}


def test_geminis_errors_are_in_the_body() -> None:
    body = _gemini(
        {
            "@type": QUOTA,
            "violations": [
                _violation("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "50"),
                _violation("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "5"),
                _violation("GenerateContentInputTokensPerModelPerMinute-FreeTier", "250000"),
                _violation("GenerateContentOutputTokensPerModelPerMinute", "8000"),
                _violation("GenerateContentInputTokensPerModelPerDay", "0"),
                _violation("SomethingElse", "7"),
                _violation("RequestsPerMinute", "-3"),
                _violation("RequestsPerMinute", None),
                "odd",
            ],
        },
        RETRY,
    )
    for form in (body, [body]):
        found = _read({}, 429, form)
        assert found.retry_after_s == 36.5
        assert found.allowances == {
            Currency.REQUESTS_DAY: Allowance(50, 0),
            Currency.REQUESTS_MIN: Allowance(5, 0),
            Currency.TOKENS_IN_MIN: Allowance(250000, 0),
            Currency.TOKENS_OUT_MIN: Allowance(8000, 0),
            Currency.TOKENS_DAY: Allowance(0, 0),
        }


def test_a_header_goes_before_the_body() -> None:
    assert _read({"retry-after": "3"}, 429, _gemini(RETRY)).retry_after_s == 3


@pytest.mark.parametrize(
    ("status", "refused", "down"),
    [(200, 0, 0), (400, 0, 0), (401, 0, 0), (408, 0, 1), (429, 1, 0), (500, 0, 1), (529, 0, 1)],
)
def test_refused_and_down(status: int, refused: int, down: int) -> None:
    found = _read({}, status)
    assert (found.refused, found.down) == (bool(refused), bool(down))


NAMES = ["retry-after", "retry-after-ms", "date"] + [
    f"x-ratelimit-{part}-{name}"
    for part in ("limit", "remaining", "reset")
    for name in ("requests", "tokens", "audio-seconds")
]
VALUES = st.one_of(
    st.text(max_size=80),
    st.integers().map(str),
    st.floats().map(str),
    st.dates().map(lambda d: d.strftime("%a, %d %b %Y 08:00:00 GMT")),
    st.sampled_from(["0", "1", "60", "59", "1m2.5s", "120ms", "1e400", "-0", "1_000"]),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["error", "details", "@type", "violations", "quotaId", "quotaValue", "retryDelay"]
            ),
            inner | st.sampled_from([QUOTA, RETRY["@type"], "RequestsPerDay", "12", "3s"]),
            max_size=6,
        )
    ),
    max_leaves=30,
)


@given(
    st.integers(100, 599),
    st.dictionaries(st.sampled_from(NAMES), VALUES),
    JSON,
    st.floats(0, 4e9),
)
@example(429, {"retry-after": "Mon, 01 Jan 0001 00:00:00 +2359"}, None, 0.0)
@example(429, {"retry-after": "Mon, 31 Dec 9999 23:59:59 -2359"}, None, 0.0)
def test_nothing_raises_and_nothing_absurd_gets_through(
    status: int, headers: dict[str, str], body: Any, now_s: float
) -> None:
    found = read_feedback(status, headers, body, now_s=now_s)
    waits = [found.retry_after_s, *(a.reset_s for a in found.allowances.values())]
    assert all(0 <= wait <= LONGEST_S for wait in waits if wait is not None)
    for allowance in found.allowances.values():
        assert 0 <= allowance.remaining <= allowance.limit
        assert math.isfinite(allowance.limit)


@given(st.integers(0, 500), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_a_duration_that_go_writes_is_read(h: int, m: int, s: int, ms: int) -> None:
    seconds = h * 3600 + m * 60 + s + ms / 1000
    whole = f"{s}.{ms:03}s"
    text = f"{h}h{m}m{whole}" if h else f"{m}m{whole}" if m else whole
    assert duration_s(text) == pytest.approx(seconds)


@given(
    st.integers(2, 100_000),
    st.data(),
    st.sampled_from([(60.0, Currency.REQUESTS_MIN), (86_400.0, Currency.REQUESTS_DAY)]),
)
def test_a_bucket_tells_its_window(
    limit: int, data: st.DataObject, window: tuple[float, Currency]
) -> None:
    remaining = data.draw(st.integers(0, limit - 1))
    reset_ms = round(window[0] * (limit - remaining) / limit * 1000)
    headers = {
        "x-ratelimit-limit-requests": str(limit),
        "x-ratelimit-remaining-requests": str(remaining),
        "x-ratelimit-reset-requests": f"{reset_ms}ms",
    }
    assert list(_read(headers).allowances) == [window[1]]
