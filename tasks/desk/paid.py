"""Calls to paid providers, as the options of a document name them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from tasks.desk.present import PausingStorage, PausingUploads, Present
from tasks.desk.transports import Group, PaidOptions, Transports
from videobatch.errors import SettingsError
from videobatch.pipeline.options import DocumentOptions
from videobatch.ports import Transcriber, VideoTranscriber, Writer
from videobatch.providers.clients.makers import MAKERS, Model, UploadTools
from videobatch.providers.roles import Role
from videobatch.records import Currency
from videobatch.state.habits import RedisHabits
from videobatch.state.halts import Halts
from videobatch.state.limits import STOP_LOOK_S, RedisLimiter, Scope
from videobatch.state.pace import Pace
from videobatch.state.store import Store
from videobatch.state.uploads import RedisUploads
from videobatch.telemetry.host import host_id


class PaidCalls:
    """Makes who is paid for hearing and for writing: over a transport with key, budget and the
    answers so far. `store` outlasts any outage; `now` is the video whose calls they are."""

    def __init__(
        self,
        options: PaidOptions,
        store: Store,
        is_stopping: Callable[[], bool],
        now: Present,
    ) -> None:
        self._options = options
        self._store = store
        halts = Halts(store)

        def is_over() -> bool:
            # Whoever waits for a permit, or for somebody else's call, reports no progress, and
            # would not hear of a pause or a cancel.
            return is_stopping() or halts.is_over(now.claim)

        self._is_stopping = is_over
        self._now = now
        self._transports = Transports(options, store, is_over, now)
        self._habits = RedisHabits(store)
        self._writers: dict[tuple[str, str], Writer] = {}
        self._video: dict[tuple[str, str, str | None], VideoTranscriber] = {}

    def transcriber(
        self, options: DocumentOptions, clock: Transcriber | None = None
    ) -> Transcriber:
        """The one that the options name; `clock` tells times where it does not. Raises
        SettingsError for a key or an address that is none."""
        role = self._role("speech", options.engine, options.model)
        model = replace(self._model("speech", role, options.model), clock=clock)
        return MAKERS[role.provider.name].transcriber(model, options.language)

    def video_transcriber(self, options: DocumentOptions) -> VideoTranscriber | None:
        """The one that gets whole videos, where the options want that. Raises SettingsError."""
        maker = MAKERS.get(options.engine)
        if maker is None or maker.video_transcriber is None or options.media != "video":
            return None
        key = (options.engine, options.model, options.language)
        if key not in self._video:
            role = self._role("speech", options.engine, options.model)
            model, tools = (
                self._model("speech", role, options.model),
                self._upload_tools(role.scope),
            )
            self._video[key] = maker.video_transcriber(model, options.language, tools)
        return self._video[key]

    def writer(self, options: DocumentOptions) -> Writer | None:
        """The one that the options name, if any; kept with its model. Raises SettingsError."""
        if options.writer is None or options.writer_model is None:
            return None
        key = (options.writer, options.writer_model)
        if key not in self._writers:
            role = self._role("writer", *key)
            model = self._model("writer", role, options.writer_model)
            context_tokens = self._options.context_tokens
            self._writers[key] = MAKERS[role.provider.name].writer(model, context_tokens)
        return self._writers[key]

    def _model(self, group: Group, role: Role, name: str) -> Model:
        transport = self._transports.get(group, role, name)
        return Model(transport, name, self._transports.models, self._habits)

    def _role(self, group: Group, provider: str, model: str) -> Role:
        """The one to ask for a job that names this provider and model. Raises SettingsError."""
        found = self._options.role(group, provider, model)
        if found is None:
            raise SettingsError(
                f"this worker knows no provider {provider}",
                hint="give every worker the same settings as submit has",
            )
        return found

    def _upload_tools(self, account: str) -> UploadTools:
        """Room for uploads is the account's, whatever the model; their rate is the host's."""
        limiter = RedisLimiter(
            self._store,
            Scope(f"{account}.files", {Currency.BYTES_STORED: self._options.stored_bytes}),
            is_stopping=self._is_stopping,
        )
        pace = Pace(
            self._store,
            f"upload:{host_id()}",
            self._options.upload_bytes_per_s,
            check_stop=self._transports.check_stop,
        )

        def take(count: int) -> None:
            # Other uploads of this host may have the connection for long.
            with self._now.paused():
                pace.take(count)

        uploads = RedisUploads(
            self._store, account, is_stopping=self._is_stopping, attempt=lambda: self._now.attempt
        )
        storage = PausingStorage(limiter, self._now)
        shared = PausingUploads(uploads, self._now)
        return UploadTools(shared, storage, take, self._pause)

    def _pause(self, seconds: float) -> None:
        """Waits for what a provider does with an upload. `GeminiFiles` says how long that may
        take: it does not count against the video's own limits."""
        until_s = time.monotonic() + seconds
        with self._now.paused():
            while (left_s := until_s - time.monotonic()) > 0:
                self._transports.check_stop()
                time.sleep(min(left_s, STOP_LOOK_S))
