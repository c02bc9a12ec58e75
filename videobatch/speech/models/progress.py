"""The one who is told how far a model is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Shows how a model comes in."""

    def say(self, line: str) -> None:
        """One line for a person: where the model is looked for, and what came of it."""

    def report(self, done_bytes: int, total_bytes: int) -> None:
        """So many bytes of so many are here; told often."""


class Silent:
    """Shows nothing."""

    def say(self, line: str) -> None:
        """Drops it."""

    def report(self, done_bytes: int, total_bytes: int) -> None:
        """Drops it."""
