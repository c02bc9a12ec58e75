"""What a worker's child needs to call a paid provider: keys, budget, and the answers so far."""

from __future__ import annotations

import logging
from collections.abc import Callable

from redis import Redis

from celery_app.children import phases
from config.settings import ProviderAccess, Settings
from tasks.sinks import PausingLimiter, Present, VideoAnswers
from videobatch.errors import LedgerError, StoppingError
from videobatch.pipeline.options import DocumentOptions
from videobatch.ports import Limiter, Transcriber, Writer
from videobatch.providers.catalog import PROVIDERS, Provider
from videobatch.providers.keys import KeyRing
from videobatch.providers.openai import OpenAITranscriber
from videobatch.providers.openai_writer import OpenAIWriter
from videobatch.providers.prices import check_price, load_prices
from videobatch.providers.threshold import ThresholdLimiter
from videobatch.providers.transport import Transport
from videobatch.records import Currency
from videobatch.state.alerts import Alerts
from videobatch.state.answers import RedisAnswers
from videobatch.state.limits import RedisLimiter, Scope, scope_part

log = logging.getLogger(__name__)

# Where the day of all money begins, whatever the provider.
MONEY_ZONE = "UTC"
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
        now: Present,
    ) -> None:
        self._settings = settings
        self._access = access
        self._client = client
        self._is_stopping = is_stopping
        self._now = now
        self._prices = load_prices(settings.api.prices)
        self._alerts = Alerts(client, settings.prefix)
        self._writers: dict[tuple[str, str], Writer] = {}

    def transcriber(self, options: DocumentOptions) -> Transcriber:
        """Raises SettingsError for a key or an address that is none."""
        transport = self._transport(options.engine, options.model)
        return OpenAITranscriber(
            transport, options.model, prices=self._prices, language=options.language
        )

    def writer(self, options: DocumentOptions) -> Writer | None:
        """The one that the options name, if any; kept with its model. Raises SettingsError."""
        if options.writer is None or options.writer_model is None:
            return None
        key = (options.writer, options.writer_model)
        if key not in self._writers:
            self._writers[key] = OpenAIWriter(
                self._transport(*key),
                options.writer_model,
                prices=self._prices,
                context_tokens=self._settings.api.context_tokens,
            )
        return self._writers[key]

    def _transport(self, name: str, model: str) -> Transport:
        provider = PROVIDERS[name]
        if self._settings.budget.money_day is not None:
            check_price(self._prices, model)
        limiter = RedisLimiter(
            self._client,
            self._settings.prefix,
            self._scope(provider, model),
            patience_s=PATIENT_S,
            is_stopping=self._is_stopping,
            payer=lambda: self._now.payer,
        )
        answers = RedisAnswers(
            self._client,
            self._settings.prefix,
            patience_s=PATIENT_S,
            reads=self._settings.api.reuse,
        )
        keys = KeyRing(self._access.keys(name), provider.key_variable, on_refused=self._tell_of_key)
        return Transport(
            self._access.base_url(name) or provider.base_url,
            keys,
            limiter=PausingLimiter(self._policy(limiter), self._now),
            answers=VideoAnswers(answers, self._now),
            phases=phases(),
            base_url_variable=provider.url_variable,
        )

    def _policy(self, limiter: RedisLimiter) -> Limiter:
        if self._settings.api.policy == "mirror":
            return limiter

        def check_stop() -> None:
            if self._is_stopping():
                raise StoppingError("the worker is stopping")

        return ThresholdLimiter(limiter, check_stop=check_stop)

    def _tell_of_key(self, message: str) -> None:
        try:
            self._alerts.tell("error", "key_refused", message)
        except LedgerError as error:
            log.info("an alert is lost: %s", error.message)

    def _scope(self, provider: Provider, model: str) -> Scope:
        api = self._settings.api
        budget = self._settings.budget.model_dump(exclude_none=True, exclude={"bytes_stored"})
        return Scope(
            f"{provider.name}.{api.account}.{scope_part(model)}",
            {Currency(name): amount for name, amount in budget.items()},
            api.day_zone or provider.day_zone,
            api.day_zone or MONEY_ZONE,
        )
