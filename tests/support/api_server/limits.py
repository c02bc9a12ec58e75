"""Who is admitted: the quotas, the ceiling, the bursts of errors, as time and schedule say.

No clock is read: `now_s` comes with each call, in seconds since the start. The schedule's steps
and the ends of outages take effect at their exact times, however late the next call comes.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.api_server.options import Options, Outage
from tests.support.api_server.quotas import ROUNDING, Bucket, Quota, Window

REQUESTS, TOKENS, AUDIO, CONCURRENCY = "requests", "tokens", "audio_s", "concurrency"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call gets a 429, and in how many seconds it would be admitted (None: unknown)."""

    cause: str
    wait_s: float | None
    limit: float
    need: float = 1.0


@dataclass(frozen=True, slots=True)
class Standing:
    """A quota as the headers tell it: `remaining` of `limit`, all back in `refill_s`."""

    limit: float
    remaining: float
    refill_s: float


class Limits:
    """The state that decides. A call that fails, or that its tokens refuse, stays spent."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.quotas: dict[str, Quota] = {}
        self.in_flight = 0
        self._now_s = 0.0
        self._random = random.Random(options.seed)
        self._base = options
        self._fit_quotas()
        self._recount()

    # --- time -----------------------------------------------------------------------------

    def advance(self, now_s: float) -> None:
        """Brings everything to `now_s`, through all that was scheduled on the way."""
        while (edge_s := self.next_edge_s()) is not None and edge_s <= now_s:
            self._move(edge_s)
            for step in self.options.schedule:
                if step.at_s == edge_s:
                    self.options = self.options.changed(step.changes)
                    self._fit_quotas()
        self._move(max(now_s, self._now_s))

    def _move(self, now_s: float) -> None:
        reachable = self.outage() is None
        self._now_s = now_s
        for quota in self.quotas.values():
            quota.advance(now_s, reachable=reachable)
        if self.outage() is None and not reachable:
            for quota in self.quotas.values():
                quota.advance(now_s)

    def next_edge_s(self) -> float | None:
        """When the schedule or an outage next changes something."""
        return min((at_s for at_s in self._edges() if at_s > self._now_s), default=None)

    def _edges(self) -> Iterator[float]:
        for step in self.options.schedule:
            yield step.at_s
        for outage in self.options.outages:
            yield outage.from_s
            if outage.to_s is not None:
                yield outage.to_s

    def outage(self) -> Outage | None:
        """The one that runs at this moment."""
        return next((o for o in self.options.outages if o.covers(self._now_s)), None)

    def change(self, now_s: float, changes: Mapping[str, Any]) -> None:
        """New values from now on. Raises ValueError (or pydantic's, which is one)."""
        self.advance(now_s)
        options = self.options.changed(dict(changes))
        if "seed" in changes:
            self._random = random.Random(options.seed)
        self._base = self._base.changed(dict(changes))
        self.options = options
        self._fit_quotas()
        self._move(self._now_s)

    def recount(self, now_s: float) -> None:
        """What a perfect client could have had is counted from now, with what is there."""
        self.advance(now_s)
        self._recount()

    def _recount(self) -> None:
        for quota in self.quotas.values():
            quota.recount(reachable=self.outage() is None)

    def restart(self) -> None:
        """Time is 0 again: full quotas, the schedule from its beginning, the seed's luck."""
        self.options = self._base
        self._random = random.Random(self.options.seed)
        self._now_s = 0.0
        self._fit_quotas()
        for quota in self.quotas.values():
            quota.restart(0.0)
        self._recount()

    # --- quotas ---------------------------------------------------------------------------

    def _fit_quotas(self) -> None:
        """The quotas as the options want them; one that is new begins full."""
        options = self.options
        if options.requests_per_min is not None and options.window_s is not None:
            self._fit_window(options.requests_per_min, options.window_s)
        else:
            self._fit_bucket(REQUESTS, options.requests_per_min, 60.0, options.burst, least=1.0)
        self._fit_bucket(TOKENS, options.tokens_per_min, 60.0, options.token_burst)
        self._fit_bucket(AUDIO, options.audio_s_per_hour, 3600.0, options.audio_burst_s)

    def _fit_window(self, per_min: float, window_s: float) -> None:
        limit = max(1.0, math.floor(per_min * window_s / 60.0 + ROUNDING))
        quota = self.quotas.get(REQUESTS)
        if isinstance(quota, Window) and quota.window_s == window_s:
            quota.change(limit, reachable=self.outage() is None)
        else:
            self.quotas[REQUESTS] = Window(limit, window_s, self._now_s)

    def _fit_bucket(
        self, name: str, rate: float | None, period_s: float, burst: float | None, least: float = 0
    ) -> None:
        if rate is None:
            self.quotas.pop(name, None)
            return
        capacity = max(least, rate if burst is None else burst)
        quota = self.quotas.get(name)
        if isinstance(quota, Bucket):
            quota.change(rate / period_s, capacity)
        else:
            self.quotas[name] = Bucket(
                rate / period_s, capacity, self._now_s, whole=name == REQUESTS
            )

    # --- calls ----------------------------------------------------------------------------

    def admit(self, now_s: float) -> Refusal | None:
        """None, and the call has its request and its place in flight; `leave` gives the place
        back. The ceiling is asked first: a call above it costs no request."""
        self.advance(now_s)
        ceiling = self.options.concurrency
        if ceiling is not None and self.in_flight >= ceiling:
            return Refusal(CONCURRENCY, None, ceiling)
        refusal = self._take({REQUESTS: 1.0})
        self.in_flight += refusal is None
        return refusal

    def charge(self, now_s: float, needs: Mapping[str, float]) -> Refusal | None:
        """Takes what the body told, all of it or nothing."""
        self.advance(now_s)
        return self._take(needs)

    def _take(self, needs: Mapping[str, float]) -> Refusal | None:
        metered = [(n, self.quotas[n], need) for n, need in needs.items() if n in self.quotas]
        for name, quota, need in metered:
            wait_s = quota.wait_s(need)
            if wait_s != 0.0:
                return Refusal(name, wait_s, self._limit(name), need)
        for _, quota, need in metered:
            quota.take(need)
        return None

    def leave(self) -> None:
        """A call that was admitted has ended."""
        self.in_flight -= 1

    def latency_s(self) -> float:
        """How long an answer takes with this many in flight."""
        options = self.options
        latency_s = options.latency_s + options.slope_s * max(0, self.in_flight - options.knee)
        return latency_s * (1.0 + options.jitter * self._random.uniform(-1.0, 1.0))

    def fails(self) -> int | None:
        """The status of the error that this admitted call gets instead of an answer."""
        for errors in self.options.errors:
            ended = errors.to_s is not None and self._now_s >= errors.to_s
            if self._now_s >= errors.from_s and not ended and self._random.random() < errors.share:
                return errors.status
        return None

    # --- reading --------------------------------------------------------------------------

    def _limit(self, name: str) -> float:
        options = self.options
        rates = {REQUESTS: options.requests_per_min, TOKENS: options.tokens_per_min}
        return {**rates, AUDIO: options.audio_s_per_hour}[name] or 0.0

    def standing(self, name: str) -> Standing | None:
        """None where it is not metered. `limit` is a minute's even where a window is shorter."""
        if (quota := self.quotas.get(name)) is None:
            return None
        return Standing(self._limit(name), quota.level, quota.refill_s())

    def permitted(self) -> dict[str, float]:
        """What a perfect client could have had of each currency that is metered."""
        return {name: quota.offer.total for name, quota in self.quotas.items()}
