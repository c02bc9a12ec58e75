"""Calls to a provider: their need, their permits, the server's feedback, the uploads kept there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Currency(StrEnum):
    """A quantity that a provider meters, with the window that it is counted in."""

    REQUESTS_MIN = "requests_min"
    REQUESTS_DAY = "requests_day"
    TOKENS_IN_MIN = "tokens_in_min"
    TOKENS_OUT_MIN = "tokens_out_min"
    TOKENS_DAY = "tokens_day"
    AUDIO_S_HOUR = "audio_s_hour"
    AUDIO_S_DAY = "audio_s_day"
    MONEY_DAY = "money_day"
    # Not used up but held: what the provider keeps of uploads.
    BYTES_STORED = "bytes_stored"

    @property
    def is_daily(self) -> bool:
        """True for what begins anew at midnight."""
        return self.value.endswith("_day")

    @property
    def window_s(self) -> int:
        """The length of the window in seconds; 0 for what is held until it is given back."""
        if self is Currency.BYTES_STORED:
            return 0
        return {"min": 60, "hour": 3600, "day": 86_400}[self.value.rpartition("_")[2]]


Amounts = Mapping[Currency, float]
"""How much of each currency: requests, tokens, seconds of sound, US dollars, bytes."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """The rest of one currency, as a server reports it: `remaining` of `limit`, and the seconds
    until all of it is back (None: not said)."""

    limit: float
    remaining: float
    reset_s: float | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """The news about the limits in the answer to a call.

    `refused`: too many calls (429). `down`: the server cannot be reached or fails (5xx).
    `retry_after_s` is the wait that it asks for. Neither: the call was served. `left_s` is when
    the whole request had left, by `time.monotonic()`, None where that is not known. `unsent`: there
    was no need of the call any more, and nothing was sent.
    """

    refused: bool = False
    down: bool = False
    retry_after_s: float | None = None
    allowances: Mapping[Currency, Allowance] = field(default_factory=dict)
    left_s: float | None = None
    unsent: bool = False


@dataclass(frozen=True, slots=True)
class Permit:
    """The right to send one call: its number among those of its scope, from 1."""

    permit_id: str
    number: int
    need: Amounts


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An upload at a provider: `name` and `uri` as the provider calls it; its permit holds its
    room."""

    name: str
    uri: str
    mime: str
    permit_id: str
