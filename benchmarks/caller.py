"""A process that calls the test API server as fast as its limiter lets it.

    python -m benchmarks.caller JSON

JSON: {redis_url, api_url, threads, seconds, limits}. Prints nothing: the server counts.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from videobatch.errors import StoppingError, TransientError
from videobatch.providers.keys import KeyRing
from videobatch.providers.transport import Call, Transport
from videobatch.records import Currency
from videobatch.state.answers import RedisAnswers
from videobatch.state.connection import connect
from videobatch.state.limits import RedisLimiter, Scope
from videobatch.telemetry.phases import PhaseTable

PREFIX, SCOPE = "bench", "openai.bench.chat"


def main() -> None:
    """Calls from so many threads, each with one call out at a time."""
    told: dict[str, Any] = json.loads(sys.argv[1])
    until_s = time.monotonic() + float(told["seconds"])
    client = connect(told["redis_url"], "caller")
    limits = {Currency(name): amount for name, amount in told["limits"].items()}
    limiter = RedisLimiter(
        client, PREFIX, Scope(SCOPE, limits), is_stopping=lambda: time.monotonic() > until_s
    )
    transport = Transport(
        told["api_url"],
        KeyRing(["sk-bench"], "OPENAI_API_KEY"),
        limiter=limiter,
        answers=RedisAnswers(client, PREFIX),
        phases=PhaseTable().join(0),
    )
    threads = [
        threading.Thread(target=_call_until, args=(transport, until_s, number))
        for number in range(int(told["threads"]))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _call_until(transport: Transport, until_s: float, thread: int) -> None:
    count = 0
    while time.monotonic() < until_s:
        count += 1
        try:
            transport.send(_call(f"{os.getpid()}-{thread}-{count}"))
        except StoppingError:
            return
        except TransientError:
            continue


def _call(name: str) -> Call:
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": name}]}
    need = {Currency.REQUESTS_MIN: 1.0}
    build: Callable[[], dict[str, Any]] = lambda: {"json": body}  # noqa: E731 - a field of Call
    return Call(
        key=name,
        what="a call of the benchmark",
        path="chat/completions",
        need=need,
        build=build,
        used=lambda _body: need,
        answer=lambda body: str(body["choices"][0]["message"]["content"]),
    )


if __name__ == "__main__":
    main()
