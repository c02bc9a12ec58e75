"""What a worker's child needs to call a paid provider: keys, budget, and the answers so far."""

from __future__ import annotations

from collections.abc import Callable

from redis import Redis

from celery_app.children import phases
from config.settings import ProviderAccess, Settings
from tasks.sinks import PausingLimiter, PresentWatch
from videobatch.pipeline.options import DocumentOptions
from videobatch.providers.keys import KeyRing
from videobatch.providers.openai import OpenAITranscriber
from videobatch.providers.prices import check_price, load_prices
from videobatch.providers.transport import Transport
from videobatch.records import Currency
from videobatch.state.answers import RedisAnswers
from videobatch.state.limits import RedisLimiter, Scope, scope_part

# Running work outlives any outage of Redis.
PATIENT_S = 7 * 24 * 3600.0


class PaidCalls:
    """What this process needs to call a paid provider: keys, budget, and answers so far."""

    def __init__(
        self,
        settings: Settings,
        access: ProviderAccess,
        client: Redis,
        is_stopping: Callable[[], bool],
        now: PresentWatch,
    ) -> None:
        self._settings = settings
        self._access = access
        self._client = client
        self._is_stopping = is_stopping
        self._now = now

    def transcriber(self, options: DocumentOptions) -> OpenAITranscriber:
        """Raises SettingsError for a key or an address that is none."""
        api, prefix = self._settings.api, self._settings.prefix
        budget = self._settings.budget.model_dump(exclude_none=True)
        prices = load_prices(api.prices)
        if Currency.MONEY_DAY.value in budget:
            check_price(prices, options.model)
        scope = Scope(
            f"openai.{api.account}.{scope_part(options.model)}",
            {Currency(name): amount for name, amount in budget.items()},
            api.day_zone,
        )
        limiter = RedisLimiter(
            self._client, prefix, scope, patience_s=PATIENT_S, is_stopping=self._is_stopping
        )
        transport = Transport(
            self._access.openai_base_url,
            KeyRing(self._access.openai_keys(), "OPENAI_API_KEY"),
            limiter=PausingLimiter(limiter, self._now),
            answers=RedisAnswers(self._client, prefix, patience_s=PATIENT_S, reads=api.reuse),
            phases=phases(),
        )
        return OpenAITranscriber(
            transport,
            options.model,
            prices=prices,
            language=options.language,
        )
