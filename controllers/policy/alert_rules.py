"""The rules of the alerts, by what a person set: pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from controllers.policy.alerting import Rule


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The values from which on something is told; shares 0 to 1, rates in bytes a second."""

    cpu: float = 1.1
    memory: float = 0.92
    disk_bytes_per_s: float = 100e6
    net_bytes_per_s: float = 50e6 / 8
    error_rate: float = 0.10
    api_latency_s: float = 180.0
    quota: float = 0.90
    stalled_s: float = 600.0
    idle_s: float = 30.0
    statements: float = 0.90


def rules_of(at: Thresholds) -> Mapping[str, Rule]:
    """The rules by their codes."""
    rules = (*_of_hosts(at), *_of_videos(at), *_of_the_provider(at))
    return {rule.code: rule for rule in rules}


def _of_hosts(at: Thresholds) -> tuple[Rule, ...]:
    return (
        Rule(
            "cpu_high", at.cpu, at.cpu - 0.05, 60.0, "warning",
            "{subject}: the CPU is above its target", "{subject}: the CPU is at its target again",
        ),
        Rule(
            "memory_high", at.memory, at.memory - 0.07, 10.0, "warning",
            "{subject}: the memory is nearly full", "{subject}: there is memory again",
        ),
        Rule(
            "disk_high", at.disk_bytes_per_s, 0.8 * at.disk_bytes_per_s, 60.0, "warning",
            "{subject}: the disk is busier than it should be", "{subject}: the disk is calm again",
        ),
        Rule(
            "network_high", at.net_bytes_per_s, 0.8 * at.net_bytes_per_s, 60.0, "warning",
            "{subject}: more goes over the network than should",
            "{subject}: the network is calm again",
        ),
    )  # fmt: skip


def _of_videos(at: Thresholds) -> tuple[Rule, ...]:
    return (
        Rule(
            "errors_high", at.error_rate, at.error_rate / 2, 10.0, "error",
            "{subject}: many videos fail; `videobatch status` says why",
            "{subject}: videos succeed again",
        ),
        Rule(
            "stalled", 1.0, 1.0, at.stalled_s, "error",
            "{subject}: nothing has moved for a while; `videobatch top` shows what binds",
            "{subject}: it moves again",
        ),
        Rule(
            "no_consumption", 1.0, 1.0, at.idle_s, "error",
            "videos wait, slots are free, and nobody takes one; restart the workers",
            "videos are taken again",
        ),
        Rule(
            "no_worker", 1.0, 1.0, at.idle_s, "error",
            "videos wait and no worker lives; `videobatch up` starts the local one",
            "workers live again",
        ),
        Rule(
            # Of what is missing: it is told below the share, and over halfway from there to all.
            "statements_low", 1 - at.statements + 1e-9, (1 - at.statements) / 2, 0.0,
            "warning",
            "{subject}: many statements of the language model were not found in their videos; "
            "report.md says in which",
            "{subject}: the statements of the language model are found again",
        ),
    )  # fmt: skip


def _of_the_provider(at: Thresholds) -> tuple[Rule, ...]:
    return (
        Rule(
            "api_errors_high", at.error_rate, at.error_rate / 2, 10.0, "warning",
            "many calls to the provider fail or are refused", "calls to the provider succeed again",
        ),
        Rule(
            "api_slow", at.api_latency_s, at.api_latency_s / 1.5, 30.0, "warning",
            "the provider answers slowly", "the provider answers as usual again",
        ),
        Rule(
            "quota_nearly_used", at.quota, at.quota, 0.0, "warning",
            "most of today's {subject} is used; at its end the batches pause",
            "today's {subject} has begun anew",
        ),
    )  # fmt: skip
