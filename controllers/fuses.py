"""The daily limits that a person set, and how much of each has been used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from videobatch.providers.catalog import MONEY_ZONE, PROVIDERS
from videobatch.records import Currency
from videobatch.state.limit_views import scope_names
from videobatch.state.limits import RedisLimiter, Scope
from videobatch.state.store import Store


@dataclass(frozen=True, slots=True)
class Fuses:
    """`limits` are those that are set; days begin at midnight in `day_zone` (None: in that of each
    provider)."""

    store: Store
    limits: Mapping[Currency, float]
    day_zone: str | None

    def __call__(self) -> dict[str, float]:
        """The used share, 0 to 1, by limit and scope. Raises LedgerError."""
        if not self.limits:
            return {}
        shares: dict[str, float] = {}
        for scope in scope_names(self.store):
            for currency, spent in self._spent(scope).items():
                if currency in self.limits:
                    whose = "" if currency is Currency.MONEY_DAY else f" of {scope}"
                    name = currency.value.replace("_", " ") + whose
                    shares[name] = spent / self.limits[currency]
        return shares

    def _spent(self, scope: str) -> dict[Currency, float]:
        provider = PROVIDERS.get(scope.partition(".")[0])
        own = self.day_zone or (provider.day_zone if provider else MONEY_ZONE)
        limiter = RedisLimiter(
            self.store, Scope(scope, day_zone=own, money_zone=self.day_zone or MONEY_ZONE)
        )
        return limiter.spent_today()
