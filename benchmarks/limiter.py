"""How much of a provider's quota is used, and how much is refused: the server's own counts.

    python -m benchmarks.limiter

Four processes of eight threads call a test server, each thread as fast as the limiter lets it, at
60 and 600 requests a minute, through a quota that halves and doubles, and at a server that says
nothing of its limits. `used` is the share of what a perfect client could have been admitted to,
the first burst included; `refused` the share of 429s among all calls.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks import suite
from benchmarks.figures import Figure, quantile
from config.settings import PROJECT_ROOT
from tests.support.api_server import ApiServer
from tests.support.servers import RedisServer
from videobatch.records import Currency, Feedback
from videobatch.state.connection import connect
from videobatch.state.limits import RedisLimiter, Scope

PROCESSES, THREADS = 4, 8
LATENCY_S = 0.2
USED, REFUSED = 0.98, 0.005
USED_BLIND, REFUSED_BLIND = 0.85, 0.05
ROUNDS = 500
SCRIPT_US, PINGS = 100.0, 3.0


@dataclass(frozen=True, slots=True)
class Case:
    """A server, how long it is called, and what is to be reached."""

    name: str
    seconds: float
    server: Mapping[str, Any]
    used: float = USED
    refused: float = REFUSED
    more_refusals: int = 0
    limits: Mapping[str, float] = field(default_factory=dict)


def cases(effort: suite.Effort) -> Sequence[Case]:
    """In full two minutes each, the changing one three, the silent one five."""
    part = 0.2 if effort.quick else 1.0
    changes = [
        {"at_s": 60 * part, "requests_per_min": 300},
        {"at_s": 120 * part, "requests_per_min": 1200},
    ]
    return (
        Case("60/min", 120 * part, {"requests_per_min": 60}),
        Case("600/min", 120 * part, {"requests_per_min": 600}),
        Case(
            "600, 300, 1200/min",
            180 * part,
            {"requests_per_min": 600, "schedule": changes},
            more_refusals=4,
        ),
        Case(
            "600/min, silent",
            300 * part,
            {"requests_per_min": 600, "burst": 60, "headers": False, "retry_after": "none"},
            USED_BLIND,
            REFUSED_BLIND,
        ),
    )


def measure(effort: suite.Effort) -> list[Figure]:
    """The share used and refused of each case, and what a permit costs."""
    server = RedisServer(effort.folder / "redis")
    try:
        figures: list[Figure] = []
        for number, case in enumerate(cases(effort)):
            server.flush()
            with ApiServer(
                effort.folder / f"api-{number}", latency_s=LATENCY_S, jitter=0.5, **case.server
            ) as api:
                figures += _shares(case, server, api)
        return figures + _overhead(server, effort.rounds(ROUNDS))
    finally:
        server.stop()


def _shares(case: Case, server: RedisServer, api: ApiServer) -> list[Figure]:
    told = {
        "redis_url": server.url,
        "api_url": api.url,
        "threads": THREADS,
        "seconds": case.seconds,
        "limits": case.limits,
    }
    argv = [sys.executable, "-m", "benchmarks.caller", json.dumps(told)]
    api.reset()
    running = [subprocess.Popen(argv, cwd=PROJECT_ROOT) for _ in range(PROCESSES)]
    codes = [process.wait(timeout=case.seconds + 60) for process in running]
    assert codes == [0] * PROCESSES, codes
    counts = api.counts()
    with server.client() as client:
        ran_s = counts.elapsed_s
        asked = int(client.info("commandstats")["cmdstat_evalsha"]["calls"])
    refused = max(0, counts.refused - case.more_refusals) / max(1, counts.served + counts.refused)
    note = f"{counts.served} served, {counts.refused} refused in {ran_s:.0f} s"
    return [
        Figure(
            f"{case.name}: used", counts.used_share * 100, "%", case.used * 100, note, least=True
        ),
        Figure(f"{case.name}: refused", refused * 100, "%", case.refused * 100, note),
        Figure(
            f"{case.name}: scripts",
            asked / ran_s / (PROCESSES * THREADS),
            "/s",
            20.0,
            "of each thread that calls",
        ),
    ]


def _overhead(server: RedisServer, rounds: int) -> list[Figure]:
    """What an uncontended permit takes, beside a PING, and the script in Redis alone."""
    need = {
        Currency.REQUESTS_MIN: 1.0,
        Currency.TOKENS_IN_MIN: 100.0,
        Currency.TOKENS_OUT_MIN: 100.0,
        Currency.MONEY_DAY: 0.001,
    }
    limits = {Currency.TOKENS_IN_MIN: 1e9, Currency.TOKENS_OUT_MIN: 1e9, Currency.MONEY_DAY: 1e6}
    permits: list[float] = []
    pings: list[float] = []
    with connect(server.url, "overhead") as client:
        limiter = RedisLimiter(client, "bench", Scope("overhead", limits))
        limiter.settle(limiter.acquire(need), need, Feedback())
        client.config_resetstat()
        for _ in range(rounds):
            began_s = time.perf_counter()
            permit = limiter.acquire(need)
            permits.append(time.perf_counter() - began_s)
            began_s = time.perf_counter()
            client.ping()
            pings.append(time.perf_counter() - began_s)
            limiter.settle(permit, need, Feedback())
        spent = client.info("commandstats")["cmdstat_evalsha"]
    permit_s, ping_s = quantile(permits, 0.5), quantile(pings, 0.5)
    note = f"{rounds} one at a time, four currencies, medians"
    return [
        Figure("permit", permit_s * 1e6, "µs", note=note),
        Figure("permit to PING", permit_s / ping_s, "x", PINGS, note),
        Figure(
            "script in Redis",
            float(spent["usec_per_call"]),
            "µs",
            SCRIPT_US,
            "mean of both scripts",
        ),
    ]


if __name__ == "__main__":
    suite.alone("limiter", measure, __doc__)
