"""The newest readings of the workers that live, together and by host."""

from __future__ import annotations

from collections.abc import Mapping

from videobatch.records import Reading

Readings = Mapping[str, Reading]
"""The newest reading of each worker, by its name."""


def by_host(readings: Readings) -> dict[str, dict[str, Reading]]:
    """The readings of each host's workers, by name."""
    found: dict[str, dict[str, Reading]] = {}
    for worker, reading in sorted(readings.items(), key=lambda each: each[0]):
        found.setdefault(reading.sample.host_id, {})[worker] = reading
    return found


def newest(readings: Readings) -> Reading:
    """The one that was taken last."""
    return min(readings.values(), key=lambda reading: reading.age_s)
