"""One paid call: the order of its steps."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.unit.providers.paid import BASE_URL, CALL, NOTHING, ONCE, USED, Bench, failed, ok
from videobatch.errors import (
    LedgerError,
    PermanentError,
    StoppingError,
)
from videobatch.providers.calls.transport import Transport


def test_the_steps_of_a_call_in_order() -> None:
    bench = Bench(ok({"words": "hello"}))
    assert bench.transport.send(CALL) == "hello"
    assert bench.events == ["look up", *ONCE, "put", "settle served"]
    assert bench.stored == {"k": "hello"}
    assert bench.notes == {}
    assert bench.settled[0][0] == USED
    assert bench.requests[0].url == f"{BASE_URL}/talk"


def test_an_answer_that_is_found_sends_nothing() -> None:
    bench = Bench(ok({"words": "new"}))
    bench.stored["k"] = "old"
    assert bench.transport.send(CALL) == "old"
    assert bench.events == ["look up"]


def test_an_answer_that_came_while_the_call_waited_for_its_permit_is_taken() -> None:
    bench = Bench(ok({"words": "new"}))

    def another_is_quicker() -> None:
        bench.stored["k"] = "theirs"

    bench.on_look = another_is_quicker
    assert bench.transport.send(CALL) == "theirs"
    assert bench.events == ["look up", "acquire in limiter", "settle served", "look up"]
    ((used, feedback),) = bench.settled
    assert (used, feedback.unsent) == (NOTHING, True)
    assert bench.requests == []
    assert bench.notes == {}


def test_an_answer_that_is_not_kept_is_left_to_those_who_wait() -> None:
    bench = Bench(ok({"words": ""}))
    assert bench.transport.send(replace(CALL, is_final=bool)) == ""
    assert bench.left == [""]
    assert bench.stored == {}


def test_an_answer_that_was_left_is_taken_though_it_is_not_final() -> None:
    bench = Bench(ok({"words": "new"}))
    bench.found = [""]
    assert bench.transport.send(replace(CALL, is_final=bool)) == ""
    assert bench.requests == []


def test_an_answer_that_was_left_and_does_not_fit_is_asked_for_anew() -> None:
    def check(text: str) -> None:
        if text == "odd":
            raise PermanentError("it is odd")

    bench = Bench(ok({"words": "new"}))
    bench.found = ["odd"]
    assert bench.transport.send(replace(CALL, check=check)) == "new"


@pytest.mark.parametrize("reply", [ok({"words": "hello"}), failed(400, "no")])
def test_a_flight_ends_with_the_call_however_that_ends(reply: httpx.Response) -> None:
    bench = Bench(reply)
    with contextlib.suppress(PermanentError):
        bench.transport.send(CALL)
    assert bench.landed == ["k"]


def test_the_body_is_built_only_for_a_call_that_is_sent() -> None:
    bench = Bench(ok({"words": "new"}))
    bench.stored["k"] = "old"

    def build() -> dict[str, Any]:
        raise AssertionError("built in vain")

    assert bench.transport.send(replace(CALL, build=build)) == "old"


def test_a_crash_between_sending_and_storing_leaves_the_note() -> None:
    bench = Bench(ok({"words": "hello"}))

    def crash() -> None:
        raise KeyboardInterrupt

    bench.on_put = crash
    with pytest.raises(KeyboardInterrupt):
        bench.transport.send(CALL)
    assert bench.notes == {"k": "the call"}


def test_an_answer_is_kept_even_if_the_limiter_cannot_be_told() -> None:
    bench = Bench(ok({"words": "hello"}))

    def away() -> None:
        raise LedgerError("Redis is away")

    bench.on_settle = away
    with pytest.raises(LedgerError):
        bench.transport.send(CALL)
    assert bench.stored == {"k": "hello"}


def test_a_call_that_may_not_be_sent_leaves_no_note() -> None:
    bench = Bench(ok({"words": "hello"}))

    def stop() -> None:
        raise StoppingError("the worker stops")

    bench.on_acquire = stop
    with pytest.raises(StoppingError):
        bench.transport.send(CALL)
    assert bench.events == ["look up", "acquire in limiter"]


def test_a_worker_stopped_in_the_middle_gives_its_permit_back() -> None:
    bench = Bench(ok({}))

    class Stopped(BaseException):
        pass

    def serve(request: httpx.Request) -> httpx.Response:
        raise Stopped

    transport = Transport(
        BASE_URL,
        bench.ring,
        limiter=bench,
        answers=bench,
        phases=bench,
        wire=httpx.MockTransport(serve),
    )
    with pytest.raises(Stopped):
        transport.send(CALL)
    assert bench.settled[0][0] is None
    assert bench.notes == {"k": "the call"}
