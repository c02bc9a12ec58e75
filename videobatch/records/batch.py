"""The pauses of a batch, each with its cause."""

from __future__ import annotations

from dataclasses import dataclass

# The cause of a pause that a person wants.
PERSON = "person"


@dataclass(frozen=True, slots=True)
class Pause:
    """One reason why a batch is paused. `cause` says whose it is: `person`, or what the engine met
    (`disk_full`, `budget:SCOPE`); `resume_s` is when it passes by itself (Unix seconds, None: it is
    not known)."""

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
        """`person`, `disk_full`, `budget`."""
        return self.cause.partition(":")[0]
