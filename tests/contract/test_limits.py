"""The limiter over a real Redis: never more than allowed, by however many processes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import pytest
from redis import Redis

from tests.support.keys import KEYS
from tests.support.processes import ROOT
from tests.support.servers import RedisServer
from tests.support.waiting import wait_for
from videobatch.errors import BudgetError, StoppingError
from videobatch.records import Allowance, Amounts, Currency, Feedback, Permit
from videobatch.state.connection import connect
from videobatch.state.limits import FIRST_CEILING, RedisLimiter, Scope
from videobatch.state.store import Store

PROCESSES = 16
ONE = {Currency.REQUESTS_MIN: 1.0}
SERVED = Feedback()
SOON_S = 300.0


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[Redis]:
    with connect(redis_server.url, "limits") as made:
        yield made


def limiter(client: Redis, limits: Amounts | None = None, **options: float) -> RedisLimiter:
    """A limiter of the scope `s`."""
    return RedisLimiter(Store(client, "vb"), Scope("s", limits or {}), **options)  # type: ignore[arg-type]


def told(limit: float, remaining: float, **more: float | bool) -> Feedback:
    """An answer with the server's request limits in it."""
    allowances = {Currency.REQUESTS_MIN: Allowance(limit, remaining)}
    return Feedback(allowances=allowances, **more)  # type: ignore[arg-type]


def learned(client: Redis, limits: Amounts | None = None) -> RedisLimiter:
    """A limiter that has seen a first answer, without any limit in it."""
    made = limiter(client, limits)
    made.settle(taken(made), ONE, SERVED)
    return made


def taken(limiter: RedisLimiter, need: Amounts = ONE, permit_id: str = "p") -> Permit:
    """A permit that is there at once. AssertionError if it has to be waited for."""
    answer = limiter.ask(permit_id, need)
    assert isinstance(answer, Permit), f"to be asked again in {answer} s"
    return answer


def burst(limiter: RedisLimiter, need: Amounts = ONE) -> list[Permit]:
    """All permits that are there at once."""
    found: list[Permit] = []
    while isinstance(answer := limiter.ask(f"b{len(found)}", need), Permit):
        found.append(answer)
    return found


def holds(limiter: RedisLimiter, count: int, since_s: float, per_s: float = 1.0) -> bool:
    """True if so many permits are there at once, and those that came back since then (monotonic
    clock)."""
    got = len(burst(limiter))
    return count <= got <= count + per_s * (time.monotonic() - since_s)


RATES = {
    Currency.REQUESTS_MIN: (1.0, 30.0),
    Currency.TOKENS_IN_MIN: (400.0, 12_000.0),
    Currency.TOKENS_OUT_MIN: (50.0, 1500.0),
    Currency.AUDIO_S_HOUR: (120.0, 3600.0),
}
FUSES = {
    Currency.MONEY_DAY: (0.07, 1.0),
    Currency.REQUESTS_DAY: (1.0, 40.0),
    Currency.TOKENS_DAY: (300.0, 1000.0),
    Currency.AUDIO_S_DAY: (90.0, 1000.0),
}


HELD = {Currency.BYTES_STORED: (10.0, 95.0)}


def test_many_processes_never_get_more_than_there_is(
    redis_server: RedisServer, client: Redis
) -> None:
    got = by_many(redis_server, {**RATES, **FUSES, **HELD}, seconds=2.0)
    for currency, (amount, limit) in RATES.items():
        most = (limit + got[currency].span_s * limit / currency.window_s) / amount
        assert limit / amount <= got[currency].permits <= most, currency
    for currency, (amount, limit) in FUSES.items():
        permits = got[currency].permits
        assert permits == limit // amount, currency
        made = RedisLimiter(Store(client, "vb"), Scope(currency.value, {currency: limit}))
        assert made.spent_today()[currency] == pytest.approx(permits * amount)

    for currency, (amount, limit) in HELD.items():
        assert got[currency].permits == limit // amount, currency


@dataclass(frozen=True)
class Got:
    """What sixteen processes got of a scope, from the first question to the last answer."""

    permits: int
    span_s: float


def by_many(
    redis_server: RedisServer, wanted: Mapping[Currency, tuple[float, float]], seconds: float
) -> dict[Currency, Got]:
    """The permits of sixteen processes of each currency's own scope, all together.

    They try for so many seconds, and on until what a scope holds has been given: a process that
    the machine does not let run for a while holds the first permit, behind which the others wait.
    """
    jobs = {
        currency.value: {
            "need": {currency.value: amount},
            "limits": {currency.value: limit},
            "at_least": limit // amount,
        }
        for currency, (amount, limit) in wanted.items()
    }
    told = {"url": redis_server.url, "prefix": "vb", "jobs": jobs, "seconds": seconds}
    argv = [sys.executable, "-m", "tests.support.limit_taker", json.dumps(told)]
    running = [
        subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(PROCESSES)
    ]
    ended = [process.communicate(timeout=600) for process in running]
    assert [process.returncode for process in running] == [0] * PROCESSES, ended
    found = [json.loads(out) for out, _ in ended]
    return {currency: together([each[currency.value] for each in found]) for currency in wanted}


def together(taken: Sequence[Mapping[str, float]]) -> Got:
    """All that the processes took of one scope."""
    began_s, ended_s = min(t["began_s"] for t in taken), max(t["ended_s"] for t in taken)
    return Got(sum(int(t["permits"]) for t in taken), ended_s - began_s)


def redis_time_s(client: Redis) -> float:
    seconds, micros = client.time()
    return float(seconds) + float(micros) / 1e6


def test_the_first_call_goes_alone(client: Redis) -> None:
    made = limiter(client)
    first = taken(made)
    assert isinstance(made.ask("other", ONE), float)
    made.settle(first, ONE, SERVED)
    assert len(burst(made)) == FIRST_CEILING


def test_what_the_server_says_is_mirrored(client: Redis) -> None:
    began_s = time.monotonic()
    made = limiter(client)
    made.settle(taken(made), ONE, told(limit=60, remaining=7))
    assert holds(made, 7, began_s)


def test_after_an_idle_time_no_more_is_there_than_was_ever_seen(client: Redis) -> None:
    made = limiter(client)
    made.settle(taken(made), ONE, told(limit=600, remaining=9))
    # As if that had been a minute ago: the server's bucket holds ten, not a minute's worth.
    since_s = time.monotonic()
    client.hset(KEYS.limit("s"), "at:requests_min", redis_time_s(client) * 1000 - 60_000)
    assert holds(made, 10, since_s, per_s=10.0)


def test_calls_that_were_sent_since_are_taken_off(client: Redis) -> None:
    began_s = time.monotonic()
    made = learned(client)
    early, *others = [taken(made, permit_id=f"p{n}") for n in range(4)]
    made.settle(early, ONE, told(limit=60, remaining=10))
    for each in others:
        made.settle(each, None, SERVED)
    assert holds(made, 7, began_s)


def test_an_older_answer_does_not_undo_a_newer_one(client: Redis) -> None:
    began_s = time.monotonic()
    made = learned(client)
    early, late = taken(made, permit_id="early"), taken(made, permit_id="late")
    made.settle(late, ONE, told(limit=60, remaining=3))
    made.settle(early, ONE, told(limit=60, remaining=50))
    assert holds(made, 3, began_s)


def test_what_came_back_while_a_busy_process_had_not_yet_sent_is_not_counted(
    client: Redis,
) -> None:
    made = learned(client)
    permit = taken(made)
    threading.Event().wait(0.5)
    left_s = time.monotonic()
    made.settle(permit, ONE, told(limit=600, remaining=3, left_s=left_s))
    assert holds(made, 3, left_s, per_s=10.0)


def test_the_answer_to_what_was_sent_last_counts_whoever_had_the_first_permit(
    client: Redis,
) -> None:
    began_s = time.monotonic()
    made = learned(client)
    early, late = taken(made, permit_id="early"), taken(made, permit_id="late")
    threading.Event().wait(0.05)
    made.settle(late, ONE, told(limit=60, remaining=9))
    made.settle(early, ONE, told(limit=60, remaining=8, left_s=time.monotonic()))
    # Of those eight the later permit's call may have been one.
    assert holds(made, 7, began_s)


def test_a_limit_of_the_user_holds_below_the_server_s(client: Redis) -> None:
    made = limiter(client, {Currency.REQUESTS_MIN: 5.0})
    made.settle(taken(made), ONE, told(limit=600, remaining=599))
    assert len(burst(made)) <= 5


def test_a_limit_of_the_user_is_a_rate_whatever_the_server_says(client: Redis) -> None:
    # Of an hour: on a busy machine as well, nothing comes back between two lines.
    need, per_hour = {Currency.AUDIO_S_HOUR: 1.0}, 5.0
    made = limiter(client, {Currency.AUDIO_S_HOUR: per_hour})
    began_s = redis_time_s(client)
    for number in range(5):
        permit = taken(made, need, permit_id=f"p{number}")
        allowances = {Currency.AUDIO_S_HOUR: Allowance(600.0, 599.0 - number)}
        made.settle(permit, need, Feedback(allowances=allowances))
    wait = made.ask("more", need)
    assert isinstance(wait, float)
    assert 3600 / per_hour - (redis_time_s(client) - began_s) - 0.01 <= wait <= 3600 / per_hour


def test_after_a_refusal_everybody_waits_as_long_as_the_server_asks(client: Redis) -> None:
    made, other = learned(client), limiter(client)
    refused = taken(made)
    made.settle(refused, {}, told(limit=60, remaining=0, refused=True, retry_after_s=0.4))
    waits = [made.ask("p", ONE, again=True), other.ask("q", ONE)]
    assert all(isinstance(each, float) and each >= 0.3 for each in waits), waits
    before_s = redis_time_s(client)
    made.settle(made.acquire(ONE, again=True), ONE, SERVED)
    assert redis_time_s(client) - before_s >= 0.3


def test_without_a_word_from_the_server_the_wait_doubles(client: Redis) -> None:
    made = learned(client)
    waits: list[float] = []
    began_s = redis_time_s(client)
    for _ in range(3):
        refused = made.acquire(ONE, again=True)
        made.settle(refused, {}, Feedback(refused=True))
        waits.append(closed_s(client))
    assert waits == pytest.approx([0.5, 1.0, 2.0], abs=0.01)
    # Nobody came through while it was closed, the first two times.
    assert redis_time_s(client) - began_s >= waits[0] + waits[1] - 0.01


def closed_s(client: Redis) -> float:
    """How long the gate is closed after the last refusal, by Redis' clock alone: this process may
    come to ask much later."""
    stored = client.hmget(KEYS.limit("s"), ["gate_ms", "cut:requests_min"])
    gate_ms, cut_ms = cast("list[str]", stored)
    return (float(gate_ms) - float(cut_ms)) / 1000


def test_a_refusal_with_quota_left_lowers_the_ceiling(client: Redis) -> None:
    made = learned(client)
    flying = [taken(made, permit_id=f"p{n}") for n in range(6)]
    made.settle(flying[-1], {}, told(limit=6000, remaining=5000, refused=True))
    for each in flying[:-1]:
        made.settle(each, ONE, SERVED)
    wait_for(lambda: isinstance(made.ask("p", ONE), Permit), SOON_S, "the gate opens")
    assert len(burst(made)) == 5 - 1


def test_a_fixed_window_is_known_by_its_long_wait(client: Redis) -> None:
    made = limiter(client)
    made.settle(taken(made), ONE, told(limit=120, remaining=1))
    made.settle(taken(made), {}, told(limit=120, remaining=0, refused=True, retry_after_s=25.0))
    wait = made.ask("p", ONE, again=True)
    assert isinstance(wait, float)
    assert 20.0 < wait <= 25.0
    # The gate alone would let nothing back before; the window gives all back at once.
    end_ms = float(cast("str", client.hget(KEYS.limit("s"), "reset:requests_min")))
    client.hset(KEYS.limit("s"), mapping={"gate_ms": 0, "reset:requests_min": end_ms - 25_000})
    assert len(burst(made)) == FIRST_CEILING


def test_a_server_that_is_down_is_probed_by_one_call_at_a_time(client: Redis) -> None:
    made = learned(client)
    for n in range(3):
        made.settle(taken(made, permit_id=f"p{n}"), None, Feedback(down=True))
    wait_for(lambda: isinstance(made.ask("probe", ONE), Permit), SOON_S, "a probe may go")
    assert burst(made) == []
    made.settle(Permit("probe", 0, ONE), ONE, SERVED)
    assert len(burst(made)) > 1


def test_a_dead_process_stops_counting_as_in_flight_and_its_money_stays_spent(
    client: Redis,
) -> None:
    need = {**ONE, Currency.MONEY_DAY: 0.25}
    made = limiter(client, {Currency.MONEY_DAY: 1.0}, in_flight_s=0.2)
    taken(made, need)
    assert isinstance(made.ask("other", need), float)
    wait_for(lambda: isinstance(made.ask("other", need), Permit), SOON_S, "it is let go")
    assert made.spent_today()[Currency.MONEY_DAY] == pytest.approx(0.5)


def test_what_was_not_used_comes_back_once(client: Redis) -> None:
    need = {**ONE, Currency.MONEY_DAY: 0.60}
    made = limiter(client, {Currency.MONEY_DAY: 1.0})
    permit = taken(made, need)
    for _ in range(2):
        made.settle(permit, {**ONE, Currency.MONEY_DAY: 0.10}, SERVED)
    assert made.spent_today()[Currency.MONEY_DAY] == pytest.approx(0.10)
    taken(made, need)


def test_a_used_up_budget_says_until_when(client: Redis) -> None:
    made = limiter(client, {Currency.REQUESTS_DAY: 1.0})
    need: Mapping[Currency, float] = {Currency.REQUESTS_DAY: 1.0}
    made.settle(taken(made, need), need, SERVED)
    with pytest.raises(BudgetError, match="requests day of s is used up") as caught:
        made.acquire(need)
    reset_s = caught.value.reset_s
    assert reset_s is not None
    reset = datetime.fromtimestamp(reset_s, UTC)
    assert (reset.hour, reset.minute, reset.second) == (0, 0, 0)
    assert 0 < reset_s - redis_time_s(client) <= 86_400
    assert "VIDEOBATCH_BUDGET__REQUESTS_DAY" in caught.value.hint


def test_a_call_larger_than_the_bucket_is_never_waited_for(client: Redis) -> None:
    made = limiter(client, {Currency.TOKENS_IN_MIN: 1000.0})
    with pytest.raises(BudgetError, match="more than there ever is") as caught:
        made.acquire({Currency.TOKENS_IN_MIN: 1001.0})
    assert caught.value.code == "too_large"


def test_whoever_waits_comes_before_whoever_comes_later(client: Redis) -> None:
    # One a minute: nothing comes back while this runs, but for what is put there.
    made = learned(client, {Currency.REQUESTS_MIN: 1.0})
    client.hset(KEYS.limit("s"), "own:requests_min", 0)
    first = made.ask("first", ONE)
    assert isinstance(first, float)
    second = made.ask("second", ONE)
    assert isinstance(second, float)
    assert second >= first + 30.0
    client.hset(KEYS.limit("s"), "own:requests_min", 1)
    assert isinstance(made.ask("newcomer", ONE), float)
    assert isinstance(made.ask("first", ONE), Permit)
    assert isinstance(made.ask("newcomer", ONE), float)


def test_who_does_not_ask_again_is_forgotten(client: Redis) -> None:
    made = learned(client, {Currency.REQUESTS_MIN: 600.0})
    client.hset(KEYS.limit("s"), "own:requests_min", 0)
    made.ask("dead", ONE)
    assert client.hget(KEYS.limit("s"), "booked:requests_min") == "1"
    client.zadd(KEYS.limit_due("s"), {"dead": 1})
    wait_for(lambda: isinstance(made.ask("other", ONE), Permit), SOON_S, "another goes")
    assert client.hget(KEYS.limit("s"), "booked:requests_min") == "0"


def test_a_stop_ends_the_waiting(client: Redis) -> None:
    stops = RedisLimiter(Store(client, "vb"), Scope("s"), is_stopping=lambda: True)
    taken(limiter(client))
    with pytest.raises(StoppingError):
        stops.acquire(ONE)
