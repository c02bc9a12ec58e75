"""One budget for the whole fleet: every call to a provider is reserved here first.

`lua/limits/acquire.lua` and `settle.lua` decide, in one step each, for all processes; `_scope.lua`
says what is kept. The rule: mirror the server's own bucket from its answers (a generic cell rate
algorithm), one gate for everybody after a refusal, daily quotas and money as fuses that nothing
passes. Who waits is served fairly between batches.
"""

from __future__ import annotations

import logging
import math
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from videobatch.errors import STOPPED, TOO_LARGE, BudgetError, StoppingError
from videobatch.records import Amounts, Currency, Feedback, Permit
from videobatch.state.alerts import Alerts
from videobatch.state.beats import MICROS, WentBack, tell
from videobatch.state.commands import Value
from videobatch.state.flights import Flights
from videobatch.state.store import Store

log = logging.getLogger(__name__)

FIRST_CEILING = 32
DAY_MS = 86_400_000
# How long a provider keeps an upload that nobody deletes (Gemini).
STORED_S = 48 * 3600.0
# Whoever waits long looks from time to time: a limit may have been raised.
LONGEST_NAP_S = 5.0
STOP_LOOK_S = 0.25
# Amounts are whole numbers in Redis: what one unit of ours is there.
UNITS: Mapping[Currency, int] = {
    Currency.AUDIO_S_HOUR: 1000,
    Currency.AUDIO_S_DAY: 1000,
    Currency.MONEY_DAY: 1_000_000,
}


@dataclass(frozen=True, slots=True)
class Scope:
    """The owner of a budget: a provider's account, and its model where the provider counts so.

    `name` is of [A-Za-z0-9._-]. `limits` are those that the user sets: a rate keeps below what the
    server allows, a daily one is a fuse. The day begins at midnight in `day_zone`. Money is one
    fuse for all scopes together, and its day that of `money_zone`, which is the same for all.
    """

    name: str
    limits: Amounts = field(default_factory=dict)
    day_zone: str = "UTC"
    money_zone: str = "UTC"


class RedisLimiter:
    """Satisfies `ports.Limiter` for one scope.

    `patience_s` is how long a Redis that is away is waited for; `is_stopping` is looked at four
    times a second while a call waits. `payer` says for which "batch/video" the calls of the
    present thread are, "" for none. A call whose process died counts as in flight no longer than
    15 s. Safe for threads.
    """

    def __init__(
        self,
        store: Store,
        scope: Scope,
        *,
        is_stopping: Callable[[], bool] = lambda: False,
        payer: Callable[[], str] = lambda: "",
        stored_s: float = STORED_S,
        in_flight_s: float | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._scope = scope
        self._is_stopping = is_stopping
        self._payer = payer
        self._stored_ms = round(stored_s * 1000)
        self._flights = Flights(self._store, scope.name, in_flight_s)
        self._pause = pause
        self._is_registered = False
        self._alerts = Alerts(store.with_patience(0.0))
        # What Redis may forget: when permits were given, to whom, and what was settled on the day.
        self._out: dict[str, tuple[float, str]] = {}
        self._settled: dict[Currency, tuple[int, int]] = {}
        self._zone, self._money_zone = ZoneInfo(scope.day_zone), ZoneInfo(scope.money_zone)

    def acquire(self, need: Amounts, *, again: bool = False) -> Permit:
        """Waits until the call may be sent. Raises BudgetError and StoppingError."""
        permit_id = secrets.token_hex(8)
        self._register()
        while True:
            reply = self.ask(permit_id, need, again=again)
            if isinstance(reply, Permit):
                self._flights.add(permit_id)
                return reply
            self._wait(reply)

    def _register(self) -> None:
        if not self._is_registered:
            self._store.ask(lambda redis: redis.sadd(self._store.keys.limits, self._scope.name))
            self._is_registered = True

    def ask(self, permit_id: str, need: Amounts, *, again: bool = False) -> Permit | float:
        """The permit, or the seconds after which to ask again. Raises BudgetError."""
        payer = self._payer()
        reply = self._store.run(
            "limits/acquire",
            self._scope.name,
            permit_id,
            self._flights.life_ms,
            int(again),
            _offset_ms(self._zone),
            _offset_ms(self._money_zone),
            FIRST_CEILING,
            self._stored_ms,
            payer,
            *self._arguments(need),
        )
        verdict, *rest, recalled = reply
        if recalled:
            self._tell_recalled(recalled)
        if verdict == "ok":
            self._out[permit_id] = (time.monotonic(), payer)
            return Permit(permit_id, int(rest[0]), dict(need))
        if verdict == "wait":
            return int(rest[0]) / 1000
        raise self._refusal(str(verdict), Currency(str(rest[0])), need, rest[1:])

    def settle(self, permit: Permit, used: Amounts | None, feedback: Feedback) -> None:
        """Ends the call. Safe to repeat."""
        self._flights.remove(permit.permit_id)
        asked_s, payer = self._out.pop(permit.permit_id, (None, ""))
        wait_s, left_s = feedback.retry_after_s, feedback.left_s
        spent, reserved = _pairs(used or {}), _pairs(permit.need)
        reply: list[str] = self._store.run(
            "limits/settle",
            self._scope.name,
            permit.permit_id,
            int(feedback.refused),
            -1 if feedback.unsent else int(feedback.down),
            -1 if wait_s is None else math.ceil(wait_s * 1000),
            _since_ms(left_s),
            _offset_ms(self._zone),
            _offset_ms(self._money_zone),
            int(used is not None),
            len(spent) // 2,
            payer,
            _since_ms(asked_s),
            len(reserved) // 2,
            *spent,
            *reserved,
            *_told(feedback),
        )
        how, *sums = reply
        for name, day, total in zip(sums[::3], sums[1::3], sums[2::3], strict=True):
            known = self._settled.get(Currency(name), (-1, -1))
            self._settled[Currency(name)] = max(known, (int(day), int(total)))
        if how == "lost":
            log.error("Redis had forgotten a call that was out; what it used counts all the same")
            tell(self._alerts, WentBack(None, 0.0))

    def _tell_recalled(self, recalled: list[list[str]]) -> None:
        """Says that Redis went back in time, and what was counted again."""
        usd = sum(int(a) / MICROS for name, a in recalled if name == Currency.MONEY_DAY)
        tell(self._alerts, WentBack(None, usd))

    def release(self, permit_id: str) -> None:
        """Says that the upload of this permit was deleted. Safe to repeat."""
        self._store.run("limits/release_upload", self._scope.name, permit_id)

    def spent_today(self) -> dict[Currency, float]:
        """The amounts used (and reserved) since midnight; of money, by all scopes."""
        keys, now_ms = self._store.keys, int(self._store.now_s()) * 1000
        own_day = (now_ms + _offset_ms(self._zone)) // DAY_MS
        own = keys.limit_spent(self._scope.name, own_day)
        money = keys.money((now_ms + _offset_ms(self._money_zone)) // DAY_MS)
        found = self._store.ask(lambda redis: redis.hgetall(own) | redis.hgetall(money))
        amounts = {k: int(v) for k, v in found.items() if not k.startswith("settled:")}
        return {Currency(k): v / UNITS.get(Currency(k), 1) for k, v in amounts.items()}

    def _arguments(self, need: Amounts) -> list[str | int]:
        arguments: list[str | int] = []
        for currency, amount in need.items():
            limit = self._scope.limits.get(currency)
            whole = -1 if limit is None else math.floor(limit * UNITS.get(currency, 1) + 1e-6)
            window_ms, is_fuse = currency.window_s * 1000, int(currency.is_daily)
            arguments += [currency.value, _whole(currency, amount), whole, window_ms, is_fuse]
            arguments += self._settled.get(currency, (-1, -1))
        return arguments

    def _wait(self, seconds: float) -> None:
        """Naps until it is time to ask again. Raises StoppingError."""
        until_s = time.monotonic() + min(seconds, LONGEST_NAP_S)
        while (left_s := until_s - time.monotonic()) > 0:
            if self._is_stopping():
                raise StoppingError(STOPPED)
            self._pause(min(left_s, STOP_LOOK_S))

    def _refusal(
        self, verdict: str, currency: Currency, need: Amounts, rest: list[str | int]
    ) -> BudgetError:
        what = currency.value.replace("_", " ")
        limit = self._scope.limits.get(currency)
        if verdict == "large":
            return BudgetError(
                f"one call needs {need[currency]:g} of {what}, more than there ever is at once",
                reset_s=None,
                scope=f"{self._scope.name}.{currency.value}",
                hint="raise the limit, or use shorter segments",
                code=TOO_LARGE,
            )
        reset_s = int(rest[0]) / 1000
        when = datetime.fromtimestamp(reset_s, UTC).strftime("%Y-%m-%d %H:%M UTC")
        whose = "all" if currency is Currency.MONEY_DAY else self._scope.name
        scope = f"{whose}.{currency.value}"
        if limit is None or verdict == "told":
            return BudgetError(
                f"the {what} that the provider allows {whose} is used up; it begins anew at {when}",
                reset_s=reset_s,
                scope=scope,
                hint="wait, or ask the provider for more",
            )
        return BudgetError(
            f"the {what} of {whose} is used up ({limit:g}); it begins anew at {when}",
            reset_s=reset_s,
            scope=scope,
            hint=f"wait, or raise VIDEOBATCH_BUDGET__{currency.name}",
        )


def _offset_ms(zone: ZoneInfo) -> int:
    offset = datetime.now(UTC).astimezone(zone).utcoffset()
    return 0 if offset is None else round(offset.total_seconds() * 1000)


def _since_ms(monotonic_s: float | None) -> int:
    """The time since then, -1 where it is not known."""
    return -1 if monotonic_s is None else math.floor((time.monotonic() - monotonic_s) * 1000)


def _pairs(amounts: Amounts) -> list[Value]:
    return [x for c, amount in amounts.items() for x in (c.value, _whole(c, amount))]


def _told(feedback: Feedback) -> list[Value]:
    """The server's allowances, as the script takes them."""
    return [
        x
        for c, allowance in feedback.allowances.items()
        for x in (
            c.value,
            _whole(c, allowance.limit),
            max(0, _whole(c, allowance.remaining)),
            c.window_s * 1000,
            -1 if allowance.reset_s is None else math.ceil(allowance.reset_s * 1000),
        )
    ]


def _whole(currency: Currency, amount: float) -> int:
    # Rounded up, so that a reservation is never smaller than what it stands for.
    return math.ceil(amount * UNITS.get(currency, 1) - 1e-6)


def scope_part(text: str) -> str:
    """A model's name as part of a scope's: other characters than [A-Za-z0-9._-] become `_`."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in text)
