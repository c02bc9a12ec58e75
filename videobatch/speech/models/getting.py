"""Brings a model to this machine, from the first source that has it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from videobatch.errors import SettingsError, TransientError, VideobatchError
from videobatch.speech.models.catalogue import Model
from videobatch.speech.models.progress import Progress
from videobatch.speech.models.store import ModelStore, as_our_errors

NOT_HAD = "model_not_had"


class Source(Protocol):
    """A place that models come from; `name` is for a person."""

    name: str

    def has(self, model: Model) -> bool:
        """True where it may have the model; asks nobody."""

    def fill(self, model: Model, part: Path, progress: Progress) -> None:
        """Puts the model's files into the folder `part`; what is there of them is gone on with.
        Raises VideobatchError."""


def get_model(
    model: Model, store: ModelStore, sources: Sequence[Source], progress: Progress
) -> Path:
    """The model's folder, whole and verified. Asks the sources in their order, each only where the
    one before failed.

    One process of a machine brings a model: a second one waits, and finds it. Ended at any point
    (Ctrl-C, `kill -9`) it leaves what has come, and the next call goes on with that. Safe to
    repeat. Raises TransientError (`model_not_had`, `disk_full`) and SettingsError.
    """
    found = store.verified(model)
    if found is not None:
        return found
    with store.held(model, lambda: progress.say("another process is fetching it; waiting…")):
        found = store.verified(model)
        return found if found is not None else _bring(model, store, sources, progress)


def _bring(model: Model, store: ModelStore, sources: Sequence[Source], progress: Progress) -> Path:
    part = store.part(model)
    with as_our_errors(store.folder):
        part.mkdir(parents=True, exist_ok=True)
    _check_room(model, store.folder)
    failures: list[str] = []
    for source in sources:
        if not source.has(model):
            continue
        try:
            with as_our_errors(store.folder):
                source.fill(model, part, progress)
            return store.accept(model)
        except VideobatchError as error:
            if error.code == "disk_full" or isinstance(error, SettingsError):
                raise
            failures.append(f"{source.name}: {error.message}")
            progress.say(failures[-1])
    why = "; ".join(failures) or "nobody has it"
    raise TransientError(
        f"the speech model {model.name} cannot be had: {why}",
        hint=f"`videobatch models get {model.name}` tries again, and goes on where it was; in a "
        "closed network HF_ENDPOINT names a mirror, and --from a folder with its files",
        code=NOT_HAD,
    )


def _check_room(model: Model, folder: Path) -> None:
    """Raises TransientError where the disk has no room for the model and for what it is made of."""
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < 2 * model.size_bytes:
        raise TransientError(
            f"the disk of {folder} has {free_bytes / 1e6:,.0f} MB free, and {model.name} needs "
            f"{2 * model.size_bytes / 1e6:,.0f} MB while it is fetched",
            hint="free some space, or set VIDEOBATCH_SPEECH__MODELS_DIR to another folder",
            code="disk_full",
        )
