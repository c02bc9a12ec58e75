"""One flight for each paid call: the same rules in memory and in Redis; leases in Redis alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, cast

import pytest
from redis import Redis

from tests.support.answers_twin import MemoryAnswers
from tests.support.keys import KEYS
from tests.support.servers import RedisServer
from tests.support.waiting import wait_for
from videobatch.errors import StoppingError
from videobatch.ports import Answers, Flight
from videobatch.state.answers import RedisAnswers
from videobatch.state.call_flights import LEASE_S, CallFlights
from videobatch.state.connection import connect
from videobatch.state.store import Store

SOON_S = 300.0
WANTED = 12
Make = Callable[..., Answers]


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[Redis]:
    with connect(redis_server.url, "flights") as made:
        yield made


@pytest.fixture(params=["memory", "redis"])
def answers(request: pytest.FixtureRequest, client: Redis) -> Make:
    """Makes the answers as another process would see them."""
    shared = MemoryAnswers()

    def make(**options: Any) -> Answers:
        if request.param == "memory":
            return MemoryAnswers(shared, **options)
        return RedisAnswers(Store(client, "vb"), **options)

    return make


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(WANTED) as made:
        yield made


def test_one_sends_and_all_have_the_answer(answers: Make, threads: ThreadPoolExecutor) -> None:
    sent: list[int] = []
    together = threading.Barrier(WANTED)

    def ask(number: int) -> str:
        mine = answers()
        together.wait(SOON_S)
        with mine.flight("k") as flight:
            found = flight.wait()
            if found is None:
                sent.append(number)
                threading.Event().wait(0.3)
                mine.put("k", found := "the answer")
            return found

    assert set(threads.map(ask, range(WANTED))) == {"the answer"}
    assert len(sent) == 1


def test_where_a_flight_ends_without_an_answer_one_of_those_who_wait_sends(
    answers: Make, threads: ThreadPoolExecutor
) -> None:
    with answers().flight("k") as first:
        assert first.wait() is None
        others = [threads.submit(_waits_and_fails, answers()) for _ in range(3)]
        assert not any(other.done() for other in others)
    # Each in its turn, since none of them gets an answer.
    assert [other.result(SOON_S) for other in others] == [None] * 3


def _waits_and_fails(mine: Answers) -> str | None:
    with mine.flight("k") as flight:
        return flight.wait()


def test_other_calls_do_not_wait(answers: Make) -> None:
    with answers().flight("k") as one, answers().flight("other") as another:
        assert one.wait() is None
        assert another.wait() is None
        assert one.is_due()
        assert another.is_due()


def test_a_stored_answer_is_found_and_nothing_is_due(answers: Make) -> None:
    with answers().flight("k") as flight:
        assert flight.wait() is None
        answers().put("k", "theirs")
        assert not flight.is_due()
        assert flight.wait() == "theirs"
    with answers().flight("k") as flight:
        assert not flight.is_due()
        assert flight.wait() == "theirs"


def test_whoever_waits_stops_when_the_worker_does(
    answers: Make, threads: ThreadPoolExecutor
) -> None:
    stop = threading.Event()
    with answers().flight("k") as flight:
        flight.wait()
        waiting = threads.submit(_waits_and_fails, answers(is_stopping=stop.is_set))
        stop.set()
        with pytest.raises(StoppingError):
            waiting.result(SOON_S)
        assert flight.is_due()


def test_a_later_attempt_at_a_video_goes_on_at_once_and_the_earlier_one_sees_it(
    answers: Make,
) -> None:
    with ExitStack() as stack:

        def begun(video: str, mark: str) -> Flight:
            return stack.enter_context(answers(attempt=lambda: (video, mark)).flight("k"))

        first, second = begun("b/v", "1"), begun("b/v", "2")
        assert first.wait() is None
        assert second.wait() is None
        assert second.is_due()
    with answers().flight("k") as after:
        assert after.wait() is None


def test_a_superseded_attempt_is_not_due_and_its_end_ends_nothing(
    answers: Make, threads: ThreadPoolExecutor
) -> None:
    first, second = (answers(attempt=lambda mark=mark: ("b/v", mark)) for mark in "12")
    with second.flight("k") as newer:
        with first.flight("k") as older:
            assert older.wait() is None
            assert newer.wait() is None
        other = threads.submit(_waits_and_fails, answers(attempt=lambda: ("b/w", "1")))
        assert newer.is_due()
        assert not other.done()
    assert other.result(SOON_S) is None


class Looks:
    """Counts how often one who waits looks whether to stop: once for each look in vain."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> bool:
        self.count += 1
        return False


def test_an_answer_that_is_not_kept_is_for_those_who_waited_and_nobody_else(
    answers: Make, threads: ThreadPoolExecutor
) -> None:
    def wait(looks: Looks) -> tuple[str | None, bool]:
        with answers(is_stopping=looks).flight("k") as flight:
            return flight.wait(), flight.is_kept

    looks = [Looks() for _ in range(3)]
    with answers().flight("k") as flight:
        assert flight.wait() is None
        others = [threads.submit(wait, each) for each in looks]
        wait_for(lambda: all(each.count for each in looks), SOON_S, "all wait")
        flight.leave("for you alone")
    assert [other.result(SOON_S) for other in others] == [("for you alone", False)] * 3
    with answers().flight("k") as later:
        assert later.wait() is None
        assert later.is_kept


def test_two_threads_of_one_attempt_send_once(answers: Make, threads: ThreadPoolExecutor) -> None:
    with answers(attempt=lambda: ("b/v", "1")).flight("k") as flight:
        assert flight.wait() is None
        same = answers(attempt=lambda: ("b/v", "1"))
        other = threads.submit(_waits_and_fails, same)
        answers().put("k", "once")
        assert other.result(SOON_S) == "once"


# Leases, in Redis.


def flights(client: Redis, **options: float) -> CallFlights:
    return CallFlights(Store(client, "vb"), kept_s=60, **options)  # type: ignore[arg-type]


def left_behind(client: Redis, **options: float) -> None:
    """A flight whose process has died: nobody renews it."""
    made = flights(client, **options)
    held = ("k", "dead", "", "")
    assert made.take(held).is_ours
    made._held.remove(held)


def waits(client: Redis, threads: ThreadPoolExecutor, **options: float) -> Future[str | None]:
    def wait() -> str | None:
        with flights(client, **options).flight("k") as flight:
            return flight.wait()

    return threads.submit(wait)


def test_what_a_dead_process_left_behind_is_taken_over(
    client: Redis, threads: ThreadPoolExecutor
) -> None:
    left_behind(client, lease_s=0.5)
    assert waits(client, threads, lapsed_s=0.5).result(SOON_S) is None


def test_a_flight_is_held_for_as_long_as_its_process_lives(
    client: Redis, threads: ThreadPoolExecutor
) -> None:
    with flights(client, lease_s=2.0).flight("k") as flight:
        assert flight.wait() is None
        other = waits(client, threads, lapsed_s=2.0)
        first_ms = _until_ms(client)
        # Far longer than the lease and what a lapsed one is looked at.
        wait_for(lambda: _until_ms(client) > first_ms + 5000, SOON_S, "it is renewed")
        assert not other.done()
    assert other.result(SOON_S) is None


def test_a_lapsed_flight_is_not_taken_at_the_first_look(client: Redis) -> None:
    """Redis was away: whoever looks first must not be quicker than its owner's renewal."""
    left_behind(client, lease_s=0.01)
    wait_for(lambda: _is_lapsed(client), SOON_S, "the lease ends")
    asking = flights(client)
    asker = ("k", "another", "", "")
    assert asking.take(asker).theirs == "dead"
    asking._store.run("calls/keep_flights", 60_000, "k", "dead", "", "")
    assert client.hget(KEYS.flight("k"), "lapsed_ms") is None
    assert asking.take(asker).theirs == "dead"


def test_looks_that_do_not_follow_one_another_take_nothing(client: Redis) -> None:
    left_behind(client, lease_s=0.01)
    wait_for(lambda: _is_lapsed(client), SOON_S, "the lease ends")
    asking, asker = flights(client), ("k", "another", "", "")
    assert asking.take(asker).theirs == "dead"
    # As after an outage of a minute: the looks before it say nothing.
    for field in ("looked_ms", "lapsed_ms"):
        client.hincrby(KEYS.flight("k"), field, -60_000)
    assert asking.take(asker).theirs == "dead"


def test_a_flight_that_redis_lost_is_had_again_by_its_owner(client: Redis) -> None:
    with flights(client, lease_s=0.3).flight("k") as flight:
        assert flight.wait() is None
        client.flushdb()
        wait_for(lambda: client.exists(KEYS.flight("k")), SOON_S, "it is renewed")
        assert flight.is_due()
    assert not client.exists(KEYS.flight("k"))


def test_a_flight_that_redis_lost_is_not_taken_by_who_waited_for_it(client: Redis) -> None:
    """A snapshot of a second ago does not know of it, and its call is out all the same."""
    waiting, waiter = flights(client), ("k", "another", "", "")
    with flights(client).flight("k") as flight:
        assert flight.wait() is None
        theirs = waiting.take(waiter).theirs
        client.flushdb()
        assert waiting.take(waiter, waited_for=theirs).theirs == theirs
        # Its owner has it again.
        assert flight.is_due()
        assert waiting.take(waiter, waited_for=theirs).theirs == theirs
    assert waiting.take(waiter, waited_for=theirs).is_ours
    waiting.end(waiter)


def test_a_flight_that_redis_lost_with_its_owner_is_taken_in_the_end(
    client: Redis, threads: ThreadPoolExecutor
) -> None:
    left_behind(client)
    other = waits(client, threads, lapsed_s=0.5)
    wait_for(lambda: client.info("commandstats")["cmdstat_evalsha"]["calls"] > 2, SOON_S, "a look")
    client.flushdb()
    assert other.result(SOON_S) is None


def test_no_renewal_comes_after_the_end(client: Redis) -> None:
    for _ in range(30):
        with flights(client, lease_s=0.003).flight("k") as flight:
            flight.wait()
            time.sleep(0.002)
        assert not client.exists(KEYS.flight("k"))


def test_what_is_left_behind_for_ever_goes_by_itself(client: Redis) -> None:
    left_behind(client)
    assert 0 < client.pttl(KEYS.flight("k")) <= 86_400_000
    assert LEASE_S < 60


def _is_lapsed(client: Redis) -> bool:
    seconds, micros = client.time()
    return seconds * 1000 + micros / 1000 > _until_ms(client) + 1


def _until_ms(client: Redis) -> float:
    return float(cast("str | None", client.hget(KEYS.flight("k"), "until_ms")) or 0)
