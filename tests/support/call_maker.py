"""A process that makes paid calls: `python -m tests.support.call_maker JSON`.

JSON: {redis_url, api_url, threads, names, seconds}. It makes each of the named calls, those that
were answered before from the store; without names new ones, for so many seconds.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from videobatch.errors import StoppingError
from videobatch.providers.calls.call import Call
from videobatch.providers.calls.keys import KeyRing
from videobatch.providers.calls.transport import Transport
from videobatch.records import Amounts, Currency
from videobatch.state.answers import RedisAnswers
from videobatch.state.connection import connect
from videobatch.state.limits import RedisLimiter, Scope
from videobatch.state.store import Store
from videobatch.telemetry.phases import PhaseTable

PREFIX, SCOPE = "vb", "openai.test.chat"
NEED: Amounts = {Currency.REQUESTS_MIN: 1.0, Currency.MONEY_DAY: 0.01}
PATIENCE_S = 60.0


def main() -> None:
    """Calls until all is answered, or the time is over."""
    told: dict[str, Any] = json.loads(sys.argv[1])
    until_s = time.monotonic() + float(told.get("seconds", 1e6))
    client = connect(told["redis_url"], "caller")
    limiter = RedisLimiter(
        Store(client, PREFIX, patience_s=PATIENCE_S),
        Scope(SCOPE),
        is_stopping=lambda: time.monotonic() > until_s,
    )
    transport = Transport(
        told["api_url"],
        KeyRing(["sk-calls"], "OPENAI_API_KEY"),
        limiter=limiter,
        answers=RedisAnswers(Store(client, PREFIX, patience_s=PATIENCE_S)),
        phases=PhaseTable().join(0),
    )
    threads = int(told["threads"])
    with ThreadPoolExecutor(threads) as pool:
        for thread in range(threads):
            pool.submit(_make, transport, _names(told, thread, until_s))


def _names(told: dict[str, Any], thread: int, until_s: float) -> Iterator[str]:
    if "names" in told:
        yield from told["names"][thread :: int(told["threads"])]
        return
    for number in itertools.count():
        if time.monotonic() > until_s:
            return
        yield f"{os.getpid()}-{thread}-{number}"


def _make(transport: Transport, names: Iterable[str]) -> None:
    for name in names:
        try:
            transport.send(call(name))
        except StoppingError:
            return


def call(name: str) -> Call:
    """A chat whose answer is known by its name."""
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": name}]}
    return Call(
        key=name,
        what=f"the call {name}",
        path="chat/completions",
        need=NEED,
        build=lambda: {"json": body},
        used=lambda _body: NEED,
        answer=lambda body: str(body["choices"][0]["message"]["content"]),
    )


if __name__ == "__main__":
    main()
