"""The transcribers of a child: of this machine, or of a provider."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from videobatch.errors import SettingsError
from videobatch.pipeline.options import DocumentOptions
from videobatch.ports import Transcriber
from videobatch.providers.catalog import PROVIDERS
from videobatch.speech.engines import make_transcriber


class Transcribers:
    """The transcribers of this process, each made at its first use and kept with its model."""

    def __init__(
        self, model_dir: Path | None, paid: Callable[[DocumentOptions], Transcriber]
    ) -> None:
        self._paid = paid
        self._model_dir = model_dir
        self._made: dict[tuple[str, str, str | None], Transcriber] = {}

    def get(self, options: DocumentOptions) -> Transcriber:
        """Raises SettingsError if this worker has no such engine or another model."""
        # A provider has many models, an engine of this machine has one.
        model = options.model if options.engine in PROVIDERS else ""
        key = (options.engine, model, options.language)
        if key not in self._made:
            self._made[key] = self._make(options)
        found = self._made[key]
        if found.model != options.model:
            raise SettingsError(
                f"the batch wants the speech model {options.model}, this worker has {found.model}",
                hint="set VIDEOBATCH_SPEECH__MODEL_DIR to the same model everywhere, and retry",
            )
        return found

    def _make(self, options: DocumentOptions) -> Transcriber:
        if options.engine in PROVIDERS:
            return self._paid(options)
        return make_transcriber(
            options.engine, model_dir=self._model_dir, language=options.language
        )
