"""A budget, a store of answers, phases and a server in memory, which note the order of events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx

from videobatch.providers.calls.call import Call
from videobatch.providers.calls.keys import KeyRing
from videobatch.providers.calls.transport import Transport
from videobatch.records import Amounts, Counted, Currency, Feedback, Permit, Phase

KEYS = ("sk-first-0123456789", "sk-second-0123456789", "sk-third-0123456789")
BASE_URL = "http://server.test/v1"

Reply = httpx.Response | Exception


class BenchFlight:
    """A flight that nobody else has; `Bench.on_look` may say otherwise."""

    def __init__(self, bench: Bench, call_key: str) -> None:
        self._bench = bench
        self._call_key = call_key
        self.is_kept = True

    def leave(self, answer: str) -> None:
        self._bench.left.append(answer)

    def wait(self) -> str | None:
        self._bench.events.append("look up")
        assert self._bench.phase is Phase.API
        if self._bench.found:
            self.is_kept = False
            return self._bench.found.pop(0)
        self.is_kept = True
        return self._bench.stored.get(self._call_key)

    def is_due(self) -> bool:
        self._bench.on_look()
        return self._call_key not in self._bench.stored


class Bench:
    """One Transport with all that it needs. `events` is what happened, in order.

    The server answers with `replies` in turn, the last one again and again; another `serve` takes
    its place.
    """

    def __init__(self, *replies: Reply, keys: Sequence[str] = KEYS, **options: Any) -> None:
        self.events: list[str] = []
        self.stored: dict[str, str] = {}
        self.notes: dict[str, str] = {}
        self.spent: list[str] = []
        self.settled: list[tuple[Amounts | None, Feedback]] = []
        self.needs: list[Amounts] = []
        self.requests: list[httpx.Request] = []
        self.phase: Phase | None = None
        self.counted: Counter[Counted] = Counter()
        self.landed: list[str] = []
        # Answers that another flight left, and those that this one leaves.
        self.found: list[str] = []
        self.left: list[str] = []
        self.on_look: Callable[[], None] = lambda: None
        self.on_acquire: Callable[[], None] = lambda: None
        self.on_settle: Callable[[], None] = lambda: None
        self.on_put: Callable[[], None] = lambda: None
        self.serve: Callable[[httpx.Request], httpx.Response] = self._in_turn
        self._replies = list(replies)
        self.ring = KeyRing(keys, "OPENAI_API_KEY")
        self.transport = Transport(
            BASE_URL,
            self.ring,
            limiter=self,
            answers=self,
            phases=self,
            wire=httpx.MockTransport(self._served),
            **options,
        )

    # The answers' store.

    @contextmanager
    def flight(self, call_key: str) -> Iterator[BenchFlight]:
        try:
            yield BenchFlight(self, call_key)
        finally:
            self.landed.append(call_key)

    def begin(self, call_key: str, what: str) -> None:
        self.events.append("begin")
        self.notes[call_key] = what

    def put(self, call_key: str, answer: str) -> None:
        self.events.append("put")
        self.on_put()
        self.stored[call_key] = answer
        self.notes.pop(call_key, None)

    def drop(self, call_key: str, answer: str) -> None:
        self.events.append("drop")
        if self.stored.get(call_key) == answer:
            del self.stored[call_key]

    def spend(self, call_key: str, what: str, why: str) -> None:
        self.events.append("spend")
        self.spent.append(why)
        self.notes.pop(call_key, None)

    def forget(self, call_key: str) -> None:
        self.events.append("forget")
        self.notes.pop(call_key, None)

    # The limiter.

    def acquire(self, need: Amounts, *, again: bool = False) -> Permit:
        self.events.append(f"acquire{' again' if again else ''} in {self.phase}")
        self.on_acquire()
        self.needs.append(need)
        return Permit(f"permit-{len(self.needs)}", len(self.needs), need)

    def settle(self, permit: Permit, used: Amounts | None, feedback: Feedback) -> None:
        state = "refused" if feedback.refused else "down" if feedback.down else "served"
        self.events.append(f"settle {state}")
        self.settled.append((used, feedback))
        self.on_settle()

    # The phases.

    @contextmanager
    def mark(self, phase: Phase) -> Iterator[None]:
        before, self.phase = self.phase, phase
        try:
            yield
        finally:
            self.phase = before

    def count(self, what: Counted, amount: int = 1) -> None:
        self.counted[what] += amount

    # The server.

    def _served(self, request: httpx.Request) -> httpx.Response:
        return self.serve(request)

    def _in_turn(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.events.append(f"send in {self.phase}")
        self.requests.append(request)
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply

    @property
    def keys_sent(self) -> list[str]:
        return [request.headers.get("authorization", "") for request in self.requests]


def ok(body: Any, **headers: str) -> httpx.Response:
    return httpx.Response(200, json=body, headers=headers)


def failed(status: int, message: str = "", **error: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"message": message, **error}})


# One call, and what it needs, uses and does.
NEED = {Currency.REQUESTS_MIN: 1.0, Currency.TOKENS_DAY: 50.0, Currency.MONEY_DAY: 0.5}
USED = {Currency.REQUESTS_MIN: 1.0, Currency.TOKENS_DAY: 30.0, Currency.MONEY_DAY: 0.3}
TURNED_AWAY = {Currency.REQUESTS_MIN: 1.0, Currency.TOKENS_DAY: 0.0, Currency.MONEY_DAY: 0.0}
NOTHING = dict.fromkeys(NEED, 0.0)
ONCE = ["acquire in limiter", "begin", "send in api"]
AGAIN = ["acquire again in limiter", "begin", "send in api"]


def _answer(body: Any) -> str:
    return str(body["words"])


def _used(body: Any) -> Amounts:
    return USED


CALL = Call("k", "the call", "talk", NEED, lambda: {"json": {"say": "hello"}}, _used, _answer)
