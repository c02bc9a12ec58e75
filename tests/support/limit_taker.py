"""A process that takes permits as fast as it gets them: `python -m tests.support.limit_taker JSON`.

JSON: {url, prefix, jobs: {scope: {limits, need}}, seconds}. Prints how many it got of each scope,
as JSON, once its time is over or the budget is used up.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from redis import Redis

from videobatch.errors import BudgetError, StoppingError
from videobatch.records import Amounts, Currency, Feedback
from videobatch.state.connection import connect
from videobatch.state.limits import RedisLimiter, Scope
from videobatch.state.store import Store


def main() -> None:
    """Takes permits, scope by scope."""
    told: dict[str, Any] = json.loads(sys.argv[1])
    with connect(told["url"], "taker") as client:
        counts = {
            scope: take(client, told["prefix"], scope, job, float(told["seconds"]))
            for scope, job in told["jobs"].items()
        }
    sys.stdout.write(json.dumps(counts) + "\n")


def take(
    client: Redis, prefix: str, scope: str, job: Mapping[str, Mapping[str, float]], seconds: float
) -> int:
    """Settles each permit at once, as a call that was served and used all."""
    until_s = time.monotonic() + seconds
    need = amounts(job["need"])
    limiter = RedisLimiter(
        Store(client, prefix),
        Scope(scope, amounts(job["limits"])),
        is_stopping=lambda: time.monotonic() > until_s,
    )
    taken = 0
    while time.monotonic() <= until_s:
        try:
            permit = limiter.acquire(need)
        except (BudgetError, StoppingError):
            break
        taken += 1
        limiter.settle(permit, need, Feedback())
    return taken


def amounts(given: Mapping[str, float]) -> Amounts:
    """The amounts by currency."""
    return {Currency(name): amount for name, amount in given.items()}


if __name__ == "__main__":
    main()
