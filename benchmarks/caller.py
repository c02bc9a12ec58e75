"""A process that calls the test API server as fast as its client lets it.

    python -m benchmarks.caller JSON

JSON: {client, redis_url, api_url, threads, start_s, seconds, per_min, burst}. `client` is `ours`,
`threshold` (the rule to compare with), `static` (a token bucket that was told the right rate) or
`retry` (backoff with full jitter, and nothing else). It begins at `start_s`, Unix time, so that the
start of Python is no part of it. Prints nothing: the server counts.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
from tenacity import (
    RetryError,
    Retrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_random_exponential,
)

from videobatch.errors import StoppingError, TransientError
from videobatch.ports import Limiter
from videobatch.providers.calls.call import Call
from videobatch.providers.calls.keys import KeyRing
from videobatch.providers.calls.threshold_limiter import ThresholdLimiter
from videobatch.providers.calls.transport import Transport
from videobatch.records import Amounts, Currency, Feedback, Permit
from videobatch.state.answers import RedisAnswers
from videobatch.state.connection import connect
from videobatch.state.limits import RedisLimiter, Scope
from videobatch.state.store import Store
from videobatch.telemetry.phases import PhaseTable

PREFIX, SCOPE = "bench", "openai.bench.chat"
NEED: Amounts = {Currency.REQUESTS_MIN: 1.0}

Send = Callable[[str], object]


def main() -> None:
    """Calls from so many threads, each with one call out at a time."""
    told: dict[str, Any] = json.loads(sys.argv[1])
    wait_s = float(told["start_s"]) - time.time()
    until_s = time.monotonic() + wait_s + float(told["seconds"])
    send = CLIENTS[told["client"]](told, until_s)
    assert wait_s > 0, "the process was not ready in time"
    time.sleep(max(0.0, float(told["start_s"]) - time.time()))
    threads = [
        threading.Thread(target=_call_until, args=(send, until_s, number))
        for number in range(int(told["threads"]))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _call_until(send: Send, until_s: float, thread: int) -> None:
    count = 0
    while time.monotonic() < until_s:
        count += 1
        try:
            send(f"{os.getpid()}-{thread}-{count}")
        except (StoppingError, RetryError):
            return
        except TransientError:
            continue


def _stop_at(until_s: float) -> Callable[[], None]:
    def check() -> None:
        if time.monotonic() > until_s:
            raise StoppingError("the time is over")

    return check


def _ours(told: dict[str, Any], until_s: float) -> Send:
    return _through(told, _fleet(told, until_s))


def _threshold(told: dict[str, Any], until_s: float) -> Send:
    inner = _fleet(told, until_s)
    return _through(told, ThresholdLimiter(inner, check_stop=_stop_at(until_s)))


def _static(told: dict[str, Any], until_s: float) -> Send:
    return _through(told, _Bucket(told["per_min"] / 60, told["burst"], _stop_at(until_s)))


def _fleet(told: dict[str, Any], until_s: float) -> RedisLimiter:
    client = connect(told["redis_url"], "caller")
    return RedisLimiter(
        Store(client, PREFIX), Scope(SCOPE), is_stopping=lambda: time.monotonic() > until_s
    )


def _through(told: dict[str, Any], limiter: Limiter) -> Send:
    """The product's own transport with that limiter: a refused call asks it again."""
    transport = Transport(
        told["api_url"],
        KeyRing(["sk-bench"], "OPENAI_API_KEY"),
        limiter=limiter,
        answers=RedisAnswers(Store(connect(told["redis_url"], "answers"), PREFIX)),
        phases=PhaseTable().join(0),
    )
    return lambda name: transport.send(_call(name))


class _Bucket:
    """A token bucket of this process, which was told its share of the right rate. It knows no
    headers, and waits as a refusal asks."""

    def __init__(self, per_s: float, burst: float, check_stop: Callable[[], None]) -> None:
        self._per_s, self._burst = per_s, burst
        self._level, self._at_s = burst, time.monotonic()
        self._not_before_s = 0.0
        self._check_stop = check_stop
        self._lock = threading.Lock()

    def acquire(self, need: Amounts, *, again: bool = False) -> Permit:
        while True:
            with self._lock:
                now_s = time.monotonic()
                grown = self._level + (now_s - self._at_s) * self._per_s
                self._level, self._at_s = min(self._burst, grown), now_s
                if self._level >= 1 and now_s >= self._not_before_s:
                    self._level -= 1
                    return Permit("static", 0, need)
            self._check_stop()
            time.sleep(0.01)

    def settle(self, permit: Permit, used: Amounts | None, feedback: Feedback) -> None:
        if feedback.refused and feedback.retry_after_s:
            with self._lock:
                self._not_before_s = time.monotonic() + feedback.retry_after_s


class _RefusedError(Exception):
    """Not served: to be tried again."""


def _retry(told: dict[str, Any], until_s: float) -> Send:
    client = httpx.Client(timeout=30.0)
    url = f"{told['api_url']}/chat/completions"

    def post(name: str) -> None:
        if not client.post(url, json=_body(name)).is_success:
            raise _RefusedError(name)

    def send(name: str) -> object:
        retrying = Retrying(
            retry=retry_if_exception_type(_RefusedError),
            wait=wait_random_exponential(multiplier=0.5, max=30),
            stop=stop_after_delay(max(0.0, until_s - time.monotonic())),
        )
        return retrying(post, name)

    return send


def _body(name: str) -> dict[str, Any]:
    return {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": name}]}


def _call(name: str) -> Call:
    return Call(
        key=name,
        what="a call of the benchmark",
        path="chat/completions",
        need=NEED,
        build=lambda: {"json": _body(name)},
        used=lambda _body: NEED,
        answer=lambda body: str(body["choices"][0]["message"]["content"]),
    )


CLIENTS: dict[str, Callable[[dict[str, Any], float], Send]] = {
    "ours": _ours,
    "threshold": _threshold,
    "static": _static,
    "retry": _retry,
}

if __name__ == "__main__":
    main()
