"""The pauses of a batch, each with its cause."""

from __future__ import annotations

from dataclasses import dataclass

# The cause of a pause that a person wants, and the kind of one for a model that is not served.
PERSON, MODEL = "person", "model"


@dataclass(frozen=True, slots=True)
class GoneModel:
    """A model that is not served any more: who it was to hear or write for (`group`: `speech` or
    `writer`), its provider and its name."""

    group: str
    provider: str
    model: str

    @property
    def cause(self) -> str:
        """The cause of a pause for it."""
        return f"{MODEL}:{self.group}:{self.provider}:{self.model}"


@dataclass(frozen=True, slots=True)
class Pause:
    """One reason why a batch is paused. `cause` says whose it is: `person`, or what the engine met
    (`disk_full`, `budget:SCOPE`, `model:GROUP:PROVIDER:MODEL`); `resume_s` is when it passes by
    itself (Unix seconds, None: it is not known)."""

    cause: str
    message: str
    resume_s: float | None = None

    @property
    def is_by_person(self) -> bool:
        return self.cause == PERSON

    @property
    def in_words(self) -> str:
        """The message for a person; the kind of an engine's cause stands in front."""
        return self.message if self.is_by_person else f"{self.kind}: {self.message}"

    @property
    def kind(self) -> str:
        """`person`, `disk_full`, `budget`, `model`."""
        return self.cause.partition(":")[0]

    @property
    def gone_model(self) -> GoneModel | None:
        """The model whose successor it waits for; None for another cause."""
        kind, *named = self.cause.split(":", 3)
        return GoneModel(*named) if kind == MODEL and len(named) == 3 else None
