"""Turns readings into alerts and their ends: thresholds with hysteresis. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A reading at or above `high` for `after_s` seconds is said, once; below `low` for as long it
    is said to be over. `{subject}` in the texts is whose reading it is."""

    code: str
    high: float
    low: float
    after_s: float
    severity: Severity
    raised: str
    ended: str


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure of a subject (a host, a batch, a scope; '' for the fleet), for the rule `code`."""

    code: str
    subject: str
    value: float


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """An alert to be told, or (`info`) its end."""

    severity: Severity
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Watched:
    """A reading that may ask for a change: since when, and whether it has been said."""

    is_raised: bool = False
    since_s: float | None = None


@dataclass(frozen=True, slots=True)
class AlertState:
    """The watched readings, by "code subject"."""

    watched: Mapping[str, Watched] = field(default_factory=dict)


def check(
    measured: Iterable[Measured], at_s: float, state: AlertState, rules: Mapping[str, Rule]
) -> tuple[tuple[AlertEvent, ...], AlertState]:
    """The alerts to be told now. A subject without a reading is forgotten, and its alert with it; a
    reading that is no number changes nothing."""
    events: list[AlertEvent] = []
    watched: dict[str, Watched] = {}
    for each in measured:
        rule, key = rules[each.code], f"{each.code} {each.subject}"
        before = state.watched.get(key, Watched())
        wants = each.value < rule.low if before.is_raised else each.value >= rule.high
        if not wants:
            watched[key] = Watched(before.is_raised)
            continue
        # A clock that was put back begins anew.
        since_s = at_s if before.since_s is None else min(before.since_s, at_s)
        if at_s - since_s < rule.after_s:
            watched[key] = Watched(before.is_raised, since_s)
            continue
        watched[key] = Watched(not before.is_raised)
        text = rule.ended if before.is_raised else rule.raised
        severity: Severity = "info" if before.is_raised else rule.severity
        events.append(AlertEvent(severity, rule.code, text.format(subject=each.subject)))
    return tuple(events), AlertState(watched)
