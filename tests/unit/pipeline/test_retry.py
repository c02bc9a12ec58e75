"""The retry rule, as a table."""

from __future__ import annotations

import pytest

from videobatch.pipeline.retry import RetryOptions, next_try
from videobatch.records import ErrorKind, ErrorRecord

OPTIONS = RetryOptions(attempts=4, base_s=2.0, cap_s=10.0)


@pytest.mark.parametrize(
    ("kind", "attempt", "jitter", "retry_after_s", "delay_s", "spend"),
    [
        (ErrorKind.PERMANENT, 1, 0.5, None, None, True),
        (ErrorKind.TRANSIENT, 1, 0.5, None, 1.0, True),
        (ErrorKind.TRANSIENT, 2, 0.5, None, 2.0, True),
        (ErrorKind.TRANSIENT, 3, 1.0, None, 8.0, True),
        (ErrorKind.TRANSIENT, 4, 0.5, None, None, True),
        (ErrorKind.TRANSIENT, 1, 0.0, None, 0.0, True),
        (ErrorKind.THROTTLED, 9, 0.5, 3.0, 3.0, False),
        (ErrorKind.THROTTLED, 9, 0.5, None, 5.0, False),
    ],
)
def test_next_try(
    kind: ErrorKind,
    attempt: int,
    jitter: float,
    retry_after_s: float | None,
    delay_s: float | None,
    spend: bool,
) -> None:
    error = ErrorRecord(kind, "x", "it broke")
    decision = next_try(error, attempt, OPTIONS, jitter, retry_after_s)
    assert (decision.delay_s, decision.spend) == (delay_s, spend)


def test_the_delay_never_exceeds_the_cap() -> None:
    error = ErrorRecord(ErrorKind.TRANSIENT, "x", "it broke")
    options = RetryOptions(attempts=100, base_s=2.0, cap_s=10.0)
    delays = [next_try(error, attempt, options, 0.999).delay_s for attempt in range(1, 100)]
    assert max(d for d in delays if d is not None) <= options.cap_s
