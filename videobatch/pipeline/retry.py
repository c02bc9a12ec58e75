"""The next try of a failed video: a pure rule from an error and an attempt to a delay."""

from __future__ import annotations

from dataclasses import dataclass

from videobatch.records import ErrorKind, ErrorRecord


@dataclass(frozen=True, slots=True)
class RetryOptions:
    """`attempts` tries in all; the delay before try n+1 is drawn from [0, base * 2^(n-1)], at
    most `cap_s` (full jitter, as in M. Brooker, "Exponential Backoff And Jitter", AWS 2015)."""

    attempts: int = 4
    base_s: float = 2.0
    cap_s: float = 120.0


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """`delay_s` until the next try (None: no further try), and whether this try counted."""

    delay_s: float | None
    spend: bool
    reason: str


def next_try(
    error: ErrorRecord,
    attempt: int,
    options: RetryOptions,
    jitter: float,
    retry_after_s: float | None = None,
) -> RetryDecision:
    """The decision after the `attempt`-th try (from 1) failed; `jitter` is drawn from [0, 1)."""
    if error.kind is ErrorKind.PERMANENT:
        return RetryDecision(None, True, "it would fail again")
    if error.kind is ErrorKind.THROTTLED:
        wait = options.cap_s * jitter if retry_after_s is None else retry_after_s
        return RetryDecision(wait, False, "the provider asked to wait")
    if attempt >= options.attempts:
        return RetryDecision(None, True, f"it failed {attempt} times")
    ceiling = min(options.cap_s, options.base_s * 2.0 ** (attempt - 1))
    return RetryDecision(ceiling * jitter, True, f"try {attempt + 1} of {options.attempts} follows")
