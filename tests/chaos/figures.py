"""The figures of a run, for the table at its end."""

from __future__ import annotations

from collections.abc import Sequence

_ROWS: list[str] = []


def note(what: str, figure: object) -> None:
    """Adds a line to the table."""
    _ROWS.append(f"{what:<46} {figure}")


def note_times(what: str, times_s: Sequence[float], target_s: float) -> None:
    """Adds median, 99th percentile and most of the times, and the target for the second."""
    note(
        what,
        f"p50 {quantile(times_s, 0.5):.2f} s, p99 {quantile(times_s, 0.99):.2f} s, "
        f"most {max(times_s):.2f} s ({len(times_s)} times; target p99 {target_s:g} s)",
    )


def rows() -> list[str]:
    return list(_ROWS)


def quantile(times_s: Sequence[float], share: float) -> float:
    """The time that the share of all does not exceed (nearest rank)."""
    ordered = sorted(times_s)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
