"""One second of a worker's life, as it reports it to the rest of the fleet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field

from videobatch.records.wire import from_json, to_json
from videobatch.records.worker import Counted, Phase

# Samples of older workers have these names alone, and older controllers read no others: samples
# bear both until no such program can be beside this one.
FORMER_NAMES = {"slots": "slots_wanted", "real_slots": "slots_real", "most_slots": "slots_most"}


def _also_former(name: str) -> AliasChoices:
    return AliasChoices(name, FORMER_NAMES[name])


def _each_of(names: type[StrEnum]) -> BeforeValidator:
    """All `names`, with 0 for those that the worker does not know. A newer one's others are left
    out."""

    def complete(told: object) -> object:
        if told is None or isinstance(told, Mapping):
            return {name: (told or {}).get(name, 0) for name in names}
        return told

    return BeforeValidator(complete)


@dataclass(frozen=True, slots=True)
class HostReading:
    """One look at the host.

    `cpu_fraction` is the share of `cpu_cores` in use since the last look, 0 to 1. Memory in use
    leaves out what the kernel can drop. Rates are bytes per second since the last look.
    """

    cpu_cores: float
    cpu_fraction: float
    memory_limit_bytes: int
    memory_used_bytes: int
    disk_read_bytes_per_s: float
    disk_write_bytes_per_s: float
    net_received_bytes_per_s: float
    net_sent_bytes_per_s: float


@dataclass(frozen=True, slots=True)
class SpeechReading:
    """One look at the host's recogniser: the segments and stills that wait, and how many of its
    threads are busy; the seconds of sound that it has transcribed since its start, and per second
    of the last while; the stills that it has read. Its memory is None where the system does not
    know it."""

    pid: int
    threads: int
    waiting: int
    busy: int
    sound_s: float
    sound_per_s: float
    memory_bytes: int | None = None
    stills: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """One second of a worker's life.

    `at_s` is wall-clock Unix time, `uptime_s` the worker's own monotonic time. `slots` is how many
    videos the worker was asked to run at once, `real_slots` how many it runs or would take at once,
    `running` the videos it has; `most_slots` is how many it could be asked to run (a worker of an
    older version does not say: then as many as it was). `phases` is how many threads of its
    children did what, in the mean since the last sample, `counted` what they did since the worker's
    start.
    `speech` is what the recogniser of its host does, None where none answers.
    `busy_bytes` is what the children that run a video take, together; it and `pss_bytes` are None
    where the system does not know it. `schema` is the newest version of the ledger that it knows,
    `leader_token` that of the last leader that it obeyed (0: of none).
    """

    at_s: float
    uptime_s: float
    worker: str
    host_id: str
    pid: int
    child_pids: tuple[int, ...]
    slots: Annotated[int, Field(validation_alias=_also_former("slots"))]
    real_slots: Annotated[int, Field(validation_alias=_also_former("real_slots"))]
    running: int
    phases: Annotated[Mapping[Phase, float], _each_of(Phase)]
    rss_bytes: int
    pss_bytes: int | None
    host: HostReading
    most_slots: Annotated[int, Field(validation_alias=_also_former("most_slots"))] = 0
    busy_bytes: int | None = None
    counted: Annotated[Mapping[Counted, int], _each_of(Counted)] = field(
        default_factory=lambda: dict.fromkeys(Counted, 0)
    )
    schema: int = 1
    leader_token: int = 0
    speech: SpeechReading | None = None

    def to_json(self) -> str:
        """The sample as one line of JSON."""
        told = json.loads(to_json(self))
        told |= {former: told[name] for name, former in FORMER_NAMES.items()}
        return json.dumps(told, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> Sample:
        """The sample that `to_json` wrote, here or in another version. Raises
        pydantic.ValidationError."""
        sample = from_json(cls, text)
        return sample if sample.most_slots else replace(sample, most_slots=sample.slots)


@dataclass(frozen=True, slots=True)
class Reading:
    """The newest sample of a worker, and its age in seconds by Redis' clock."""

    sample: Sample
    age_s: float
