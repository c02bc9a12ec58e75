"""A process that takes permits as fast as it gets them: `python -m tests.support.limit_taker JSON`.

JSON: {url, prefix, jobs: {scope: {limits, need, at_least}}, seconds}. Prints as JSON what it got of
each scope, by Redis' clock: {scope: {permits, began_s, ended_s}}. It is done with a scope once its
budget is used up; else when its time is over and all processes together have `at_least` so many.
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

# Far more than it takes: only a limiter that gives too little is waited for so long.
PATIENCE_S = 300.0


def main() -> None:
    """Takes permits, scope by scope."""
    told: dict[str, Any] = json.loads(sys.argv[1])
    with connect(told["url"], "taker") as client:
        taken = {
            scope: take(client, told["prefix"], scope, job, float(told["seconds"]))
            for scope, job in told["jobs"].items()
        }
    sys.stdout.write(json.dumps(taken) + "\n")


def take(
    client: Redis, prefix: str, scope: str, job: Mapping[str, Any], seconds: float
) -> dict[str, float]:
    """Settles each permit at once, as a call that was served and used all."""
    store = Store(client, prefix)
    began_s, until_s = store.now_s(), time.monotonic() + seconds
    counted = f"taken:{scope}"

    def is_over() -> bool:
        late_s = time.monotonic() - until_s
        if late_s <= 0:
            return False
        return late_s > PATIENCE_S or int(client.get(counted) or 0) >= job["at_least"]

    need = amounts(job["need"])
    limiter = RedisLimiter(store, Scope(scope, amounts(job["limits"])), is_stopping=is_over)
    permits = 0
    while not is_over():
        try:
            permit = limiter.acquire(need)
        except (BudgetError, StoppingError):
            break
        permits += 1
        client.incr(counted)
        limiter.settle(permit, need, Feedback())
    return {"permits": permits, "began_s": began_s, "ended_s": store.now_s()}


def amounts(given: Mapping[str, float]) -> Amounts:
    """The amounts by currency."""
    return {Currency(name): amount for name, amount in given.items()}


if __name__ == "__main__":
    main()
