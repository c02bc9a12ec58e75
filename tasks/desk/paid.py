"""What a worker's child needs to call a paid provider: keys, budget, and the answers so far."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from redis import Redis

from celery_app.worker.children import phases
from config.roles import Group, names
from config.settings import ProviderAccess, Settings
from tasks.desk.sinks import PausingLimiter, PausingRoom, PausingUploads, Present, VideoAnswers
from videobatch.errors import STOPPED, LedgerError, SettingsError, StoppingError
from videobatch.pipeline.options import DocumentOptions
from videobatch.ports import Limiter, Transcriber, VideoTranscriber, Writer
from videobatch.providers.calls.keys import KeyRing
from videobatch.providers.calls.threshold_limiter import ThresholdLimiter
from videobatch.providers.calls.transport import Transport, bearer
from videobatch.providers.catalog import MONEY_ZONE
from videobatch.providers.gemini import model as gemini
from videobatch.providers.gemini.files import GeminiFiles
from videobatch.providers.gemini.transcriber import GeminiTranscriber, GeminiWriter
from videobatch.providers.gemini.video import GeminiVideo
from videobatch.providers.openai.transcriber import OpenAITranscriber
from videobatch.providers.openai.writer import OpenAIWriter
from videobatch.providers.prices import check_price, load_prices
from videobatch.providers.roles import Role, make_role
from videobatch.records import Currency
from videobatch.state.alerts import Alerts
from videobatch.state.answers import RedisAnswers
from videobatch.state.habits import RedisHabits
from videobatch.state.halts import Halts
from videobatch.state.limits import STOP_LOOK_S, RedisLimiter, Scope, scope_part
from videobatch.state.pace import Pace
from videobatch.state.uploads import RedisUploads
from videobatch.telemetry.host import host_id

log = logging.getLogger(__name__)

# Where the day of all money begins, whatever the provider.
BYTES_PER_MBIT = 125_000
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
        halts = Halts(client, settings.prefix)

        def is_over() -> bool:
            # Whoever waits for a permit, or for somebody else's call, reports no progress, and
            # would not hear of a pause or a cancel.
            return is_stopping() or halts.is_over(now.claim)

        self._is_stopping = is_over
        self._now = now
        self._prices = load_prices(settings.api.prices)
        self._alerts = Alerts(client, settings.prefix)
        self._habits = RedisHabits(client, settings.prefix, patience_s=PATIENT_S)
        self._writers: dict[tuple[str, str], Writer] = {}
        self._video: dict[tuple[str, str | None], VideoTranscriber] = {}

    def transcriber(self, options: DocumentOptions) -> Transcriber:
        """Raises SettingsError for a key or an address that is none."""
        role = self._role("speech", options.engine, options.model)
        transport = self._transport(role, options.model)
        if options.engine == gemini.PROVIDER:
            model = self._gemini(transport, options.model)
            return GeminiTranscriber(model, language=options.language)
        return OpenAITranscriber(
            transport,
            options.model,
            prices=self._prices,
            language=options.language,
            habits=self._habits,
        )

    def video_transcriber(self, options: DocumentOptions) -> VideoTranscriber | None:
        """The one that gets whole videos, where the options want that. Raises SettingsError."""
        if options.engine != gemini.PROVIDER or options.media != "video":
            return None
        key = (options.model, options.language)
        if key not in self._video:
            role = self._role("speech", options.engine, options.model)
            transport = self._transport(role, options.model)
            model = self._gemini(transport, options.model)
            files = self._files(transport, role)
            self._video[key] = GeminiVideo(model, files, language=options.language)
        return self._video[key]

    def _files(self, transport: Transport, role: Role) -> GeminiFiles:
        """Room for uploads is the account's, whatever the model; their rate is the host's."""
        settings = self._settings
        account = role.scope
        room = {Currency.BYTES_STORED: float(settings.budget.bytes_stored)}
        limiter = RedisLimiter(
            self._client,
            settings.prefix,
            Scope(f"{account}.files", room),
            patience_s=PATIENT_S,
            is_stopping=self._is_stopping,
        )
        pace = Pace(
            self._client,
            settings.prefix,
            f"upload:{host_id()}",
            settings.api.upload_mbit_s * BYTES_PER_MBIT,
            patience_s=PATIENT_S,
            check_stop=self._check_stop,
        )

        def take(count: int) -> None:
            # Other uploads of this host may have the connection for long.
            with self._now.paused():
                pace.take(count)

        uploads = RedisUploads(
            self._client,
            settings.prefix,
            account,
            patience_s=PATIENT_S,
            is_stopping=self._is_stopping,
            attempt=lambda: self._now.attempt,
        )
        room_now = PausingRoom(limiter, self._now)
        shared = PausingUploads(uploads, self._now)
        return GeminiFiles(transport, shared, room_now, take=take, pause=self._pause)

    def _check_stop(self) -> None:
        if self._is_stopping():
            raise StoppingError(STOPPED)

    def _pause(self, seconds: float) -> None:
        """Waits for what a provider does with an upload. `GeminiFiles` says how long that may
        take: it does not count against the video's own limits."""
        until_s = time.monotonic() + seconds
        with self._now.paused():
            while (left_s := until_s - time.monotonic()) > 0:
                self._check_stop()
                time.sleep(min(left_s, STOP_LOOK_S))

    def writer(self, options: DocumentOptions) -> Writer | None:
        """The one that the options name, if any; kept with its model. Raises SettingsError."""
        if options.writer is None or options.writer_model is None:
            return None
        key = (options.writer, options.writer_model)
        if key not in self._writers:
            self._writers[key] = self._new_writer(*key)
        return self._writers[key]

    def _new_writer(self, name: str, model: str) -> Writer:
        transport = self._transport(self._role("writer", name, model), model)
        context = self._settings.api.context_tokens
        if name == gemini.PROVIDER:
            made = self._gemini(transport, model)
            return GeminiWriter(made, context_tokens=context)
        return OpenAIWriter(
            transport, model, prices=self._prices, context_tokens=context, habits=self._habits
        )

    def _gemini(self, transport: Transport, model: str) -> gemini.GeminiModel:
        return gemini.GeminiModel(transport, model, prices=self._prices, habits=self._habits)

    def _role(self, group: Group, provider: str, model: str) -> Role:
        """Who is asked for a job that names this provider and model. Raises SettingsError."""
        told = names(self._settings, self._access, group, provider).plain()
        found = make_role(**{**told, "model": model})
        if found is None:
            raise SettingsError(
                f"this worker knows no provider {provider}",
                hint="give every worker the same settings as submit has",
            )
        return found

    def _transport(self, role: Role, model: str) -> Transport:
        provider = role.provider
        if self._settings.budget.money_day is not None:
            check_price(self._prices, model)
        limiter = RedisLimiter(
            self._client,
            self._settings.prefix,
            self._scope(role, model),
            patience_s=PATIENT_S,
            is_stopping=self._is_stopping,
            payer=lambda: self._now.payer,
        )
        answers = RedisAnswers(
            self._client,
            self._settings.prefix,
            patience_s=PATIENT_S,
            reads=self._settings.api.reuse,
            is_stopping=self._is_stopping,
            attempt=lambda: self._now.attempt,
        )
        keys = KeyRing(role.keys, role.key_variable, on_refused=self._tell_of_key)
        return Transport(
            role.base_url,
            keys,
            limiter=PausingLimiter(self._policy(limiter), self._now),
            answers=VideoAnswers(answers, self._now),
            phases=phases(),
            base_url_variable=role.url_variable,
            auth=gemini.google_key if provider.name == gemini.PROVIDER else bearer,
        )

    def _policy(self, limiter: RedisLimiter) -> Limiter:
        if self._settings.api.policy == "mirror":
            return limiter
        return ThresholdLimiter(limiter, check_stop=self._check_stop)

    def _tell_of_key(self, message: str) -> None:
        try:
            self._alerts.tell("error", "key_refused", message)
        except LedgerError as error:
            log.info("an alert is lost: %s", error.message)

    def _scope(self, role: Role, model: str) -> Scope:
        api = self._settings.api
        budget = self._settings.budget.model_dump(exclude_none=True, exclude={"bytes_stored"})
        return Scope(
            f"{role.scope}.{scope_part(model)}",
            {Currency(name): amount for name, amount in budget.items()},
            api.day_zone or role.provider.day_zone,
            api.day_zone or MONEY_ZONE,
        )
