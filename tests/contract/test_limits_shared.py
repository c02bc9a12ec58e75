"""What scopes, batches and uploads share: money, turns, room; over a real Redis."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from tests.support.keys import KEYS
from tests.support.servers import RedisServer
from tests.support.waiting import wait_for
from videobatch.errors import BudgetError, StoppingError
from videobatch.records import Allowance, Currency, Feedback, Permit
from videobatch.state import limits
from videobatch.state.connection import connect
from videobatch.state.costs import Costs
from videobatch.state.flights import LIFE_S, RENEWALS
from videobatch.state.limits import RedisLimiter, Scope
from videobatch.state.store import Store

ONE = {Currency.REQUESTS_MIN: 1.0}
COSTLY = {**ONE, Currency.MONEY_DAY: 0.5}
UPLOAD = {Currency.BYTES_STORED: 40.0}
ROOM = {Currency.BYTES_STORED: 100.0}
SERVED = Feedback()
SOON_S = 300.0
CALLS = 40


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[Redis]:
    with connect(redis_server.url, "limits") as made:
        yield made


def taken(limiter: RedisLimiter, need: dict[Currency, float], permit_id: str = "p") -> Permit:
    answer = limiter.ask(permit_id, need)
    assert isinstance(answer, Permit), f"to be asked again in {answer} s"
    return answer


# Money.


def test_the_spend_cap_is_one_for_all_models(client: Redis) -> None:
    cap = {Currency.MONEY_DAY: 1.0}
    hears = RedisLimiter(Store(client, "vb"), Scope("openai.a.whisper-1", cap, "Asia/Tokyo"))
    writes = RedisLimiter(Store(client, "vb"), Scope("gemini.a.flash", cap, "America/Los_Angeles"))
    taken(hears, COSTLY)
    taken(writes, COSTLY)
    for limiter in (hears, writes):
        with pytest.raises(BudgetError, match="money day of all is used up"):
            limiter.ask("more", {Currency.MONEY_DAY: 0.01})
        assert limiter.spent_today()[Currency.MONEY_DAY] == pytest.approx(1.0)


def test_a_permit_that_was_not_needed_gives_all_back_and_teaches_nothing(client: Redis) -> None:
    limiter = RedisLimiter(Store(client, "vb"), Scope("s", {Currency.MONEY_DAY: 1.0}))
    before = client.hget(KEYS.limit("s"), "known")
    permit = taken(limiter, COSTLY)
    limiter.settle(permit, dict.fromkeys(COSTLY, 0.0), Feedback(unsent=True))
    assert limiter.spent_today()[Currency.MONEY_DAY] == 0.0
    assert client.hget(KEYS.limit("s"), "known") == before
    assert client.zcard(KEYS.limit_flight("s")) == 0
    assert Costs(Store(client, "vb")).batches() == {}


def test_costs_are_kept_by_batch_video_and_day(client: Redis) -> None:
    payers = iter(["b1/v1", "b1/v2", "b2/v1", "b1/v1", ""])
    limiter = RedisLimiter(Store(client, "vb"), Scope("s"), payer=lambda: next(payers))
    for number in range(5):
        permit = taken(limiter, COSTLY, f"p{number}")
        for _ in range(2):
            limiter.settle(permit, {**ONE, Currency.MONEY_DAY: 0.2}, SERVED)
    costs = Costs(Store(client, "vb"))
    assert costs.batches() == {"b1": pytest.approx(0.6), "b2": pytest.approx(0.2)}
    assert costs.videos("b1") == {"v1": pytest.approx(0.4), "v2": pytest.approx(0.2)}
    (day,) = costs.days()
    assert abs(day - datetime.now(UTC).date()) <= timedelta(days=1)
    assert costs.days()[day] == pytest.approx(1.0)
    assert costs.batch("b2") == costs.video("b1", "v2") == pytest.approx(0.2)
    assert (costs.batch("none"), costs.video("b1", "none"), costs.videos("none")) == (0, 0, {})


def test_what_a_call_without_an_end_may_have_cost_stays(client: Redis) -> None:
    limiter = RedisLimiter(Store(client, "vb"), Scope("s"), payer=lambda: "b/v")
    limiter.settle(taken(limiter, COSTLY), None, Feedback(down=True))
    taken(limiter, COSTLY, "dead")
    assert Costs(Store(client, "vb")).video("b", "v") == pytest.approx(1.0)


# Turns.


def test_a_batch_with_one_call_does_not_stand_behind_all_of_another(client: Redis) -> None:
    batch = threading.local()
    limiter = RedisLimiter(
        Store(client, "vb"), Scope("s", {Currency.REQUESTS_MIN: 60.0}), payer=lambda: batch.name
    )
    batch.name = "large/v"
    limiter.settle(taken(limiter, ONE), ONE, SERVED)
    client.hset(KEYS.limit("s"), "own:requests_min", 0)
    waits = [limiter.ask(f"l{number}", ONE) for number in range(20)]
    assert waits == sorted(waits)  # type: ignore[type-var]
    batch.name = "small/v"
    one, two = limiter.ask("s1", ONE), limiter.ask("s2", ONE)
    assert isinstance(one, float)
    assert isinstance(two, float)
    # A place is a second. Its first one shares the first with the other batch's first, and so on.
    assert one < 3.5
    assert two < 5.5
    again = limiter.ask("refused", ONE, again=True)
    assert isinstance(again, float)
    assert again < 1.5


def test_two_batches_get_equal_shares_however_many_call(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LONGEST_NAP_S", 0.1)
    got: Counter[str] = Counter()
    batch, is_over = threading.local(), threading.Event()
    names = ["large"] * 20 + ["small"] * 4
    with connect(redis_server.url, "shares") as client:
        limiter = RedisLimiter(
            Store(client, "vb"),
            # One a minute by itself, and never more: the test hands out the calls, one by one.
            Scope("s", {Currency.REQUESTS_MIN: 1.0}),
            payer=lambda: f"{batch.name}/v",
            is_stopping=is_over.is_set,
        )

        def call(name: str) -> None:
            batch.name = name
            while True:
                try:
                    permit = limiter.acquire(ONE)
                except StoppingError:
                    return
                got[name] += 1
                limiter.settle(permit, ONE, SERVED)

        hand_out(client, 1)
        batch.name = "first"
        limiter.settle(limiter.acquire(ONE), ONE, SERVED)
        threads = [threading.Thread(target=call, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        try:
            while (before := got.total()) < CALLS:
                is_whole = lambda: client.zcard(KEYS.limit_queue("s")) == len(names)  # noqa: E731
                wait_for(is_whole, SOON_S, "all wait")
                hand_out(client, 1)
                wait_for(lambda n=before: got.total() > n, SOON_S, "one calls")  # type: ignore[misc]
        finally:
            is_over.set()
            for thread in threads:
                thread.join()
        assert client.exists(KEYS.limit_tags("s"), KEYS.limit_queue("s")) <= 2
    # Each has its turn; the last one may have come by itself.
    assert abs(got["large"] - got["small"]) <= 2


def hand_out(client: Redis, calls: int) -> None:
    """So many may be made now, by the user's own limit."""
    client.hset(KEYS.limit("s"), "own:requests_min", calls)


# Uploads.


def test_uploads_never_take_more_room_than_there_is(client: Redis) -> None:
    limiter = RedisLimiter(Store(client, "vb"), Scope("s", ROOM))
    first = taken(limiter, UPLOAD, "a")
    limiter.settle(first, UPLOAD, SERVED)
    limiter.settle(taken(limiter, UPLOAD, "b"), UPLOAD, SERVED)
    assert isinstance(limiter.ask("c", UPLOAD), float)
    # What needs no room does not wait for it.
    limiter.settle(taken(limiter, ONE, "other"), ONE, SERVED)
    for _ in range(2):
        limiter.release("a")
    taken(limiter, UPLOAD, "c")
    assert isinstance(limiter.ask("d", UPLOAD), float)


def test_an_upload_that_came_to_nothing_takes_no_room(client: Redis) -> None:
    limiter = RedisLimiter(Store(client, "vb"), Scope("s", ROOM))
    limiter.settle(taken(limiter, ONE, "first"), ONE, SERVED)
    for number in range(4):
        permit = taken(limiter, UPLOAD, f"u{number}")
        limiter.settle(permit, {Currency.BYTES_STORED: 0.0}, SERVED)
    assert client.hget(KEYS.limit("s"), "stored") == "0"


def test_an_upload_ends_with_its_life(client: Redis) -> None:
    limiter = RedisLimiter(Store(client, "vb"), Scope("s", ROOM), stored_s=0.2)
    for name in ("a", "b"):
        limiter.settle(taken(limiter, UPLOAD, name), UPLOAD, SERVED)
    wait_for(lambda: isinstance(limiter.ask("c", UPLOAD), Permit), SOON_S, "there is room")


def test_an_upload_larger_than_all_room_is_never_waited_for(client: Redis) -> None:
    limiter = RedisLimiter(Store(client, "vb"), Scope("s", ROOM))
    with pytest.raises(BudgetError, match="more than there ever is"):
        limiter.ask("a", {Currency.BYTES_STORED: 101.0})


# What the server says of its day.


@pytest.mark.parametrize("reset_s", [3600.0, None])
def test_a_day_that_the_server_says_is_used_up_is_a_fuse(
    client: Redis, reset_s: float | None
) -> None:
    need = {**ONE, Currency.REQUESTS_DAY: 1.0}
    limiter = RedisLimiter(Store(client, "vb"), Scope("s", day_zone="America/Los_Angeles"))
    told = {Currency.REQUESTS_DAY: Allowance(2000, 0, reset_s)}
    limiter.settle(taken(limiter, need), need, Feedback(refused=True, allowances=told))
    now_s = datetime.now(UTC).timestamp()
    with pytest.raises(BudgetError, match="requests day that the provider allows") as caught:
        limiter.acquire(need, again=True)
    assert caught.value.reset_s is not None
    if reset_s is not None:
        assert caught.value.reset_s - now_s == pytest.approx(reset_s, abs=5)
    else:
        reset = datetime.fromtimestamp(caught.value.reset_s, UTC)
        assert reset.hour in (7, 8)
        assert (reset.minute, reset.second) == (0, 0)
    client.hset(KEYS.limit("s"), mapping={"until:requests_day": 1, "gate_ms": 0})
    permit = taken(limiter, need, "later")
    told = {Currency.REQUESTS_DAY: Allowance(2000, 1999, 10.0)}
    limiter.settle(permit, need, Feedback(allowances=told))
    taken(limiter, need, "more")


# Calls that are out.


def test_a_call_counts_as_in_flight_for_as_long_as_its_process_lives(client: Redis) -> None:
    limiter = RedisLimiter(Store(client, "vb"), Scope("s"))
    permit = limiter.acquire(ONE)
    began_ms = float(client.zscore(KEYS.limit_flight("s"), permit.permit_id) or 0)
    wait_for(
        lambda: (
            float(client.zscore(KEYS.limit_flight("s"), permit.permit_id) or 0) > began_ms + 1000
        ),
        LIFE_S / RENEWALS + SOON_S,
        "it is renewed",
    )
    limiter.settle(permit, ONE, SERVED)
    assert client.zcard(KEYS.limit_flight("s")) == 0
