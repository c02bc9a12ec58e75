"""The terms of a batch that may be paid for: prices, budget, and the size of a question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from videobatch.errors import SettingsError
from videobatch.providers.defaults import Does, check_price
from videobatch.providers.lifetimes import Ending, ending
from videobatch.providers.paid_models import PaidModels, load_models
from videobatch.providers.roles import Role
from videobatch.records import Currency
from videobatch.submission.wish import CheckedWish


@dataclass(frozen=True, slots=True)
class Tariff:
    """The terms of a batch: the user's own file of models and prices (None: the built-in ones), the
    budget of the account, how many tokens the writer's model takes at once, and where the days of
    budgets begin (None: where the provider's do)."""

    own_prices: Path | None = None
    budget: Mapping[Currency, float] = field(default_factory=dict)
    context_tokens: int = 100_000
    day_zone: str | None = None

    @property
    def models(self) -> PaidModels:
        """The catalogue of models. Raises SettingsError for a file that is not right."""
        return load_models(self.own_prices)

    def check(self, wish: CheckedWish) -> None:
        """Raises SettingsError for a model without a price under a spend cap."""
        if Currency.MONEY_DAY not in self.budget:
            return
        models = self.models
        asked: tuple[tuple[Role | None, str | None, Does], ...] = (
            (wish.hears, wish.options.model, "hears"),
            (wish.writes, wish.options.writer_model, "writes"),
        )
        for role, model, does in asked:
            if role is not None and model is not None:
                check_price(models, role.provider, model, does)

    def endings(
        self, wish: CheckedWish, today: date, lasts_s: float = 0.0
    ) -> Iterator[tuple[Ending, tuple[str, ...]]]:
        """The ends that are over, or come before the batch is done (or within a month), of the
        models that are asked at their vendors' own servers (others have days of their own), each
        with the variables that name the model."""
        models = self.models
        named: dict[str, list[str]] = {}
        for role in (wish.hears, wish.writes):
            if role is not None and role.model is not None and role.is_at_the_provider:
                named.setdefault(role.model, []).append(role.model_variable)
        for model, variables in named.items():
            found = ending(models, model, today, lasts_s=lasts_s)
            if found is not None:
                yield found, tuple(variables)

    def check_ends(self, wish: CheckedWish, today: date) -> None:
        """Raises SettingsError for a model that was switched off, with its successor."""
        for found, variables in self.endings(wish, today):
            if found.is_over:
                named = f"={found.successor}" if found.successor else " to one that is served"
                hint = f"set {' and '.join(f'{each}{named}' for each in variables)}"
                raise SettingsError(found.in_words, hint=hint, code="model_gone")

    def is_charged(self, role: Role | None) -> bool:
        """True if somebody is paid for what the role does: a model without a price in one's own
        network costs nothing but one's own machines."""
        if role is None or role.model is None:
            return False
        return not role.is_in_own_network or self.models.price(role.model) is not None
