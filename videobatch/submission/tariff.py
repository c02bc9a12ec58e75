"""The terms of a batch that may be paid for: prices, budget, and the size of a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from videobatch.providers.prices import PriceTable, check_price, load_prices
from videobatch.providers.roles import Role
from videobatch.records import Currency
from videobatch.submission.wish import CheckedWish


@dataclass(frozen=True, slots=True)
class Tariff:
    """The terms of a batch: the user's own file of `prices` (None: the built-in ones alone), the
    budget of the account, and how many tokens the writer's model takes at once."""

    own_prices: Path | None = None
    budget: Mapping[Currency, float] = field(default_factory=dict)
    context_tokens: int = 100_000

    @property
    def prices(self) -> PriceTable:
        """The prices of models. Raises SettingsError for a file that is not right."""
        return load_prices(self.own_prices)

    def check(self, wish: CheckedWish) -> None:
        """Raises SettingsError for a model without a price under a spend cap."""
        if Currency.MONEY_DAY not in self.budget:
            return
        prices = self.prices
        for model in (wish.options.model if wish.hears else None, wish.options.writer_model):
            if model is not None:
                check_price(prices, model)

    def is_charged(self, role: Role | None) -> bool:
        """True if somebody is paid for what the role does: a model without a price in one's own
        network costs nothing but one's own machines."""
        if role is None or role.model is None:
            return False
        return not role.is_in_own_network or self.prices.price(role.model) is not None
