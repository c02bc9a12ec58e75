"""The day on which a command runs."""

from __future__ import annotations

from datetime import UTC, date, datetime


def today() -> date:
    """Today's date in UTC, in which vendors' days are told."""
    return datetime.now(UTC).date()
