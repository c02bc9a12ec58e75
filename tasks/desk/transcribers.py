"""The transcribers of a child: of this machine, or of a provider."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from videobatch.errors import SettingsError
from videobatch.pipeline.options import DocumentOptions
from videobatch.ports import Transcriber
from videobatch.providers.catalog import PROVIDERS
from videobatch.speech.engines import (
    AUTO,
    WHISPER,
    SpeechOptions,
    choose_engine,
    make_transcriber,
)
from videobatch.speech.host.asking import Asker
from videobatch.speech.host.client import SharedTranscriber
from videobatch.speech.host.wire import Wanted
from videobatch.speech.models.catalogue import DEFAULT

log = logging.getLogger(__name__)

# Pocketsphinx holds the interpreter's lock while it decodes: in one process, one at a time.
SHARED = frozenset({WHISPER})


class Transcribers:
    """The transcribers of this process, each made at its first use and kept with its model; where
    the host's recogniser is to be asked (by `asker`), it has the model, and where it `aligns`, it
    tells the times of words for those who are paid and tell none."""

    def __init__(
        self,
        speech: SpeechOptions,
        paid: Callable[[DocumentOptions, Transcriber | None], Transcriber],
        asker: Asker | None = None,
        *,
        aligns: bool = True,
    ) -> None:
        self._paid = paid
        self._aligns = aligns
        self._speech = speech
        self._asker = asker
        self._made: dict[tuple[str, str, str | None, str], Transcriber] = {}

    def get(self, options: DocumentOptions) -> Transcriber:
        """Raises SettingsError if this worker has no such engine, or not that model."""
        key = (options.engine, options.model, options.language, options.chinese)
        if key not in self._made:
            self._made[key] = self._make(options)
        return self._made[key]

    def _make(self, options: DocumentOptions) -> Transcriber:
        if options.engine in PROVIDERS:
            return self._paid(options, self._clock(options))
        speech = replace(self._speech, chinese=options.chinese)
        made = make_transcriber(
            options.engine, model=options.model, language=options.language, options=speech
        )
        if made.model != options.model:
            raise SettingsError(
                f"the batch wants the speech model {options.model}, this worker has {made.model}",
                hint="bring all machines to the same version, and retry",
            )
        if self._asker is None or options.engine not in SHARED:
            return made
        wanted = Wanted(options.engine, options.model, options.language, options.chinese)
        return SharedTranscriber(made, wanted, self._asker)

    def _clock(self, options: DocumentOptions) -> Transcriber | None:
        """Whisper in the host's recogniser, where it is at hand: a child loads no model for it."""
        if self._asker is None or not self._aligns:
            return None
        try:
            here = choose_engine(AUTO, DEFAULT, self._speech)
            if here.name != WHISPER:
                return None
            return self._make(replace(options, engine=here.name, model=here.model))
        except SettingsError as error:
            log.warning("nobody here tells the times of words: %s", error.message)
            return None
