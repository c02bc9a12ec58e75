"""The share of a provider's quota that is used, and the share refused, by the server's counts.

    python -m benchmarks limiter

Four processes of eight threads call a test server, each thread as fast as its client lets it, at 60
and 600 requests a minute, through a quota that halves and doubles, at a server with a knee, a
ceiling and bursts of errors, and at one that says nothing of its limits. Beside ours, in the same
run, for half the time: retry with backoff and full jitter (tenacity), a static token bucket that
was told the right rate at first, Celery's own `rate_limit` (four workers of eight threads), and
the rule `threshold`. `used` is the share of what a perfect client could have been
admitted to, the first burst included; `refused` the share of 429s among all calls.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks import suite
from benchmarks.figures import Figure, quantile
from config.settings import PROJECT_ROOT
from tests.support.api_server import ApiServer, Counts
from tests.support.servers import RedisServer
from tests.support.waiting import wait_for
from videobatch.records import Currency, Feedback
from videobatch.state.connection import connect
from videobatch.state.limits import RedisLimiter, Scope
from videobatch.state.store import Store

PROCESSES, THREADS = 4, 8
LATENCY_S = 0.2
USED, REFUSED = 0.98, 0.005
USED_BLIND, REFUSED_BLIND = 0.85, 0.05
ROUNDS = 500
SCRIPT_US, PINGS, COMMANDS_PER_S = 100.0, 3.0, 20.0
PEERS = ("retry", "static", "celery", "threshold")
# Until all processes have loaded what they need.
START_S, CELERY_START_S = 4.0, 30.0


@dataclass(frozen=True, slots=True)
class Case:
    """A server, how long it is called, and what is to be reached (None: nothing is promised).
    `more_refusals` are allowed beyond: two at each change of the quota."""

    name: str
    seconds: float
    server: Mapping[str, Any]
    used: float | None = USED
    refused: float | None = REFUSED
    more_refusals: int = 0
    has_peers: bool = False
    peer_seconds: float = 0.0
    peer_server: Mapping[str, Any] = field(default_factory=dict)


def cases(effort: suite.Effort) -> Sequence[Case]:
    """In full one to four minutes each; peers take half as long."""
    part = 0.2 if effort.quick else 1.0
    slow = {"requests_per_min": 60}
    fast = {"requests_per_min": 600}
    errors = [
        {"from_s": 20 * part, "to_s": 25 * part, "share": 0.5, "status": 500},
        {"from_s": 50 * part, "to_s": 56 * part, "status": 503},
    ]
    return (
        Case("60/min", 120 * part, slow, has_peers=True, peer_seconds=60 * part, peer_server=slow),
        Case("600/min", 120 * part, fast, has_peers=True, peer_seconds=60 * part, peer_server=fast),
        Case(
            "600, 300, 1200/min",
            180 * part,
            {**fast, "schedule": _changes(60 * part)},
            more_refusals=4,
            has_peers=True,
            peer_seconds=90 * part,
            peer_server={**fast, "schedule": _changes(30 * part)},
        ),
        Case(
            "600/min, knee at 8, ceiling of 12",
            180 * part,
            {**fast, "burst": 60, "knee": 8, "slope_s": 0.05, "concurrency": 12},
        ),
        # What fails has used its request: the quota is used, and no call is lost.
        Case("600/min, bursts of errors", 90 * part, {**fast, "errors": errors}, used=None),
        Case(
            "600/min, silent",
            240 * part,
            {**fast, "burst": 60, "headers": False, "retry_after": "none"},
            USED_BLIND,
            REFUSED_BLIND,
        ),
    )


def _changes(step_s: float) -> list[dict[str, float]]:
    return [
        {"at_s": step_s, "requests_per_min": 300},
        {"at_s": 2 * step_s, "requests_per_min": 1200},
    ]


def measure(effort: suite.Effort) -> list[Figure]:
    """The share used and refused of each case, and what a permit costs."""
    server = RedisServer(effort.folder / "redis")
    try:
        figures: list[Figure] = []
        for number, case in enumerate(cases(effort)):
            folder = effort.folder / f"api-{number}"
            figures += _of(case, "ours", server, folder)
            for peer in PEERS if case.has_peers else ():
                theirs = replace(
                    case,
                    name=f"{case.name}, {peer}",
                    seconds=case.peer_seconds,
                    server=case.peer_server,
                    used=None,
                    refused=None,
                )
                figures += _of(theirs, peer, server, folder)
        return figures + _overhead(server, effort.rounds(ROUNDS))
    finally:
        server.stop()


def _of(case: Case, client: str, server: RedisServer, folder: Any) -> list[Figure]:
    server.flush()
    with ApiServer(folder / client, latency_s=LATENCY_S, jitter=0.5, **case.server) as api:
        if client == "celery":
            return _shares(case, _celery(case, server, api))
        counts = _called(case, client, server, api)
        figures = _shares(case, counts)
        if client != "ours":
            return figures
        with server.client() as redis:
            asked = int(redis.info("commandstats")["cmdstat_evalsha"]["calls"])
        per_s = asked / case.seconds / (PROCESSES * THREADS)
        note = "of each thread that calls"
        return [*figures, Figure(f"{case.name}: scripts", per_s, "/s", COMMANDS_PER_S, note)]


def _called(case: Case, client: str, server: RedisServer, api: ApiServer) -> Counts:
    """The server's counts while four processes called it."""
    start_s = time.time() + START_S
    per_min = float(case.server["requests_per_min"])
    told = {
        "client": client,
        "redis_url": server.url,
        "api_url": api.url,
        "threads": THREADS,
        "start_s": start_s,
        "seconds": case.seconds,
        "per_min": per_min / PROCESSES,
        "burst": float(case.server.get("burst", per_min)) / PROCESSES,
    }
    argv = [sys.executable, "-m", "benchmarks.caller", json.dumps(told)]
    with server.client() as redis:
        redis.config_resetstat()
    running = [subprocess.Popen(argv, cwd=PROJECT_ROOT) for _ in range(PROCESSES)]
    time.sleep(max(0.0, start_s - 0.05 - time.time()))
    api.reset(restart=True)
    time.sleep(max(0.0, start_s + case.seconds - time.time()))
    counts = api.counts()
    codes = [process.wait(timeout=120) for process in running]
    assert codes == [0] * PROCESSES, codes
    return counts


def _celery(case: Case, server: RedisServer, api: ApiServer) -> Counts:
    """The same with Celery's workers, which find more tasks than they can do."""
    share = float(case.server["requests_per_min"]) / PROCESSES
    environment = {
        **os.environ,
        "BENCH_REDIS_URL": server.url,
        "BENCH_API_URL": api.url,
        "BENCH_RATE_LIMIT": f"{share:g}/m",
    }
    argv = [sys.executable, "-m", "celery", "-A", "benchmarks.rate_limited", "worker"]
    options = ["-P", "threads", "-c", str(THREADS), "--without-gossip", "--without-mingle"]
    running = [
        subprocess.Popen(
            [*argv, *options, "-n", f"w{number}@bench", "-l", "WARNING"],
            cwd=PROJECT_ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for number in range(PROCESSES)
    ]
    try:
        with server.client() as redis:
            wait_for(
                lambda: (
                    len(redis.client_list(_type="normal")) > PROCESSES
                    and redis.pubsub_numpat() + len(redis.pubsub_channels()) > 0
                ),
                CELERY_START_S,
                "the workers are connected",
            )
            wanted = int(case.seconds * 1200 / 60) + 700
            published = subprocess.run(
                [sys.executable, "-m", "benchmarks.rate_limited", str(wanted)],
                cwd=PROJECT_ROOT,
                env=environment,
                check=True,
            )
            assert published.returncode == 0
            wait_for(lambda: api.counts().admitted > 0, CELERY_START_S, "they call")
        api.reset(restart=True)
        time.sleep(case.seconds)
        return api.counts()
    finally:
        for process in running:
            process.kill()
            process.wait()


def _shares(case: Case, counts: Counts) -> list[Figure]:
    over = max(0, counts.refused - case.more_refusals)
    refused = over / max(1, counts.served + counts.refused)
    note = (
        f"{counts.served} served, {counts.refused} refused, {counts.failed} failed "
        f"in {counts.elapsed_s:.0f} s"
    )
    used, most = case.used, case.refused
    return [
        Figure(
            f"{case.name}: used",
            counts.used_share * 100,
            "%",
            None if used is None else used * 100,
            note,
            least=True,
        ),
        Figure(
            f"{case.name}: refused", refused * 100, "%", None if most is None else most * 100, note
        ),
    ]


def _overhead(server: RedisServer, rounds: int) -> list[Figure]:
    """Times an uncontended permit, beside a PING, and the script in Redis alone."""
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
        limiter = RedisLimiter(Store(client, "bench"), Scope("overhead", limits))
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
