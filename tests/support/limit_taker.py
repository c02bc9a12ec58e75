"""A process that takes permits as fast as it gets them: `python -m tests.support.limit_taker JSON`.

JSON: {url, prefix, scope, limits, need, seconds}. Prints how many it got, once the time is over or
the budget is used up.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from videobatch.errors import BudgetError, StoppingError
from videobatch.records import Currency, Feedback
from videobatch.state.connection import connect
from videobatch.state.limits import RedisLimiter, Scope


def main() -> None:
    """Takes permits and settles each at once, as a call that was served and used all."""
    told: dict[str, Any] = json.loads(sys.argv[1])
    limits = {Currency(name): amount for name, amount in told["limits"].items()}
    need = {Currency(name): amount for name, amount in told["need"].items()}
    until_s = time.monotonic() + float(told["seconds"])
    taken = 0
    with connect(told["url"], "taker") as client:

        def is_over() -> bool:
            return time.monotonic() > until_s

        limiter = RedisLimiter(
            client, told["prefix"], Scope(told["scope"], limits), is_stopping=is_over
        )
        while not is_over():
            try:
                permit = limiter.acquire(need)
            except (BudgetError, StoppingError):
                break
            taken += 1
            limiter.settle(permit, need, Feedback())
    sys.stdout.write(f"{taken}\n")


if __name__ == "__main__":
    main()
