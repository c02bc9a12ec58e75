"""The way to a provider for each model: key, budget, and the answers so far."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from celery_app.worker.children import phases
from tasks.desk.present import PausingLimiter, Present, VideoAnswers
from videobatch.errors import STOPPED, LedgerError, StoppingError
from videobatch.ports import Limiter
from videobatch.providers.calls.keys import KeyRing
from videobatch.providers.calls.threshold_limiter import ThresholdLimiter
from videobatch.providers.calls.transport import Transport
from videobatch.providers.catalog import MONEY_ZONE
from videobatch.providers.defaults import Does, check_price
from videobatch.providers.paid_models import load_models
from videobatch.providers.roles import Role
from videobatch.records import Amounts, Currency
from videobatch.state.alerts import Alerts
from videobatch.state.answers import RedisAnswers
from videobatch.state.limits import RedisLimiter, Scope, scope_part
from videobatch.state.store import PATIENCE_S, Store

log = logging.getLogger(__name__)

Group = Literal["speech", "writer"]

# Running work outlives any outage of Redis.
PATIENT_S = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class PaidOptions:
    """Plain values that paid calls are made by.

    `role` tells who is asked for a group, a provider and a model, None where it knows no such
    provider. `budget` has what is set of rates and fuses, and `stored_bytes`
    what a provider may keep. `is_threshold`: a slow or failing provider gets fewer calls at once.
    """

    role: Callable[[Group, str, str], Role | None]
    budget: Amounts
    stored_bytes: float
    upload_bytes_per_s: float
    prices: Path | None
    day_zone: str | None
    context_tokens: int
    reuses_answers: bool
    is_threshold: bool


class Transports:
    """Makes the transport of a role and a model. `now` is the video whose calls they are."""

    def __init__(
        self,
        options: PaidOptions,
        store: Store,
        is_stopping: Callable[[], bool],
        now: Present,
    ) -> None:
        self._options = options
        self._store = store
        self._is_stopping = is_stopping
        self._now = now
        self.models = load_models(options.prices)
        self._alerts = Alerts(store.with_patience(PATIENCE_S))

    def get(self, group: Group, role: Role, model: str) -> Transport:
        """Raises SettingsError for a key or an address that is none, and for a model whose
        price for that is not known where money is limited."""
        if Currency.MONEY_DAY in self._options.budget:
            does: Does = "writes" if group == "writer" else "hears"
            check_price(self.models, role.provider, model, does)
        return Transport(
            role.base_url,
            KeyRing(role.keys, role.key_variable, on_refused=self._tell_of_key),
            limiter=PausingLimiter(self._limiter(self._scope(role, model)), self._now),
            answers=VideoAnswers(self._answers(), self._now),
            phases=phases(),
            base_url_variable=role.url_variable,
            auth=role.provider.auth,
            is_at_the_provider=role.is_at_the_provider,
        )

    def _limiter(self, scope: Scope) -> Limiter:
        limiter = RedisLimiter(
            self._store, scope, is_stopping=self._is_stopping, payer=lambda: self._now.payer
        )
        if not self._options.is_threshold:
            return limiter
        return ThresholdLimiter(limiter, check_stop=self.check_stop)

    def _answers(self) -> RedisAnswers:
        return RedisAnswers(
            self._store,
            reads=self._options.reuses_answers,
            is_stopping=self._is_stopping,
            attempt=lambda: self._now.attempt,
        )

    def _scope(self, role: Role, model: str) -> Scope:
        day_zone = self._options.day_zone
        return Scope(
            f"{role.scope}.{scope_part(model)}",
            self._options.budget,
            day_zone or role.provider.day_zone,
            day_zone or MONEY_ZONE,
        )

    def check_stop(self) -> None:
        """Raises StoppingError once the video is to stop."""
        if self._is_stopping():
            raise StoppingError(STOPPED)

    def _tell_of_key(self, message: str) -> None:
        try:
            self._alerts.tell("error", "key_refused", message)
        except LedgerError as error:
            log.info("an alert is lost: %s", error.message)
