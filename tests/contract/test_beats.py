"""A Redis that went back in time: it is noticed and told, and what was spent counts as ever."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis

from tests.support.servers import RedisServer
from videobatch.errors import BudgetError
from videobatch.records import Currency, Feedback, Permit
from videobatch.state.alerts import Alerts
from videobatch.state.beats import WENT_BACK, Beats, Seen
from videobatch.state.connection import connect
from videobatch.state.costs import Costs
from videobatch.state.ledger import Ledger
from videobatch.state.limits import RedisLimiter, Scope
from videobatch.state.presence import Sweeper
from videobatch.state.store import Store

pytestmark = pytest.mark.real

CALL = {Currency.REQUESTS_MIN: 1.0, Currency.REQUESTS_DAY: 1.0, Currency.MONEY_DAY: 0.5}
USED = {**CALL, Currency.MONEY_DAY: 0.4}
LIMITS = {Currency.MONEY_DAY: 2.0, Currency.REQUESTS_DAY: 100.0}
SERVED = Feedback()


@dataclass
class World:
    server: RedisServer
    client: Redis
    snapshots: Path

    def snapshot(self) -> None:
        self.server.snapshot(self.snapshots)

    def roll_back(self) -> None:
        self.server.roll_back(self.snapshots)

    def limiter(self, scope: str = "s") -> RedisLimiter:
        """That of another process."""
        return RedisLimiter(Store(self.client, "vb", patience_s=10), Scope(scope, LIMITS))

    def beats(self, name: str, seen: Seen | None = None) -> Beats:
        return Beats(Store(self.client, "vb", patience_s=10), name, seen=seen)

    def codes(self) -> list[str]:
        return [alert.code for alert in Alerts(Store(self.client, "vb")).recent(60)]

    def spent_usd(self) -> float:
        return self.limiter().spent_today().get(Currency.MONEY_DAY, 0.0)

    def calls(self, scope: str = "s") -> float:
        return self.limiter(scope).spent_today().get(Currency.REQUESTS_DAY, 0.0)


@pytest.fixture
def world(own_redis: RedisServer, tmp_path: Path) -> Iterator[World]:
    client = connect(own_redis.url)
    yield World(own_redis, client, tmp_path / "snapshot")
    client.close()


def call(limiter: RedisLimiter) -> None:
    limiter.settle(limiter.acquire(CALL), USED, SERVED)


def test_nothing_is_told_of_a_redis_that_goes_on(world: World) -> None:
    beats = world.beats("p")
    assert [beats.look() for _ in range(3)] == [None, None, None]
    call(world.limiter())
    assert beats.look() is None
    world.server.restart()
    assert (beats.look(), world.beats("another").look()) == (None, None)
    # One that was away for so long that its mark is gone knows nothing.
    long_ago = Seen(mark_ms=1)
    assert world.beats("stopped", long_ago).look() is None
    assert world.codes() == []


def test_each_process_that_saw_more_notices_it(world: World) -> None:
    first, second, late = (world.beats(name) for name in ("a", "b", "c"))
    first.look()
    second.look()
    world.snapshot()
    for beats in (first, second, late):
        assert beats.look() is None
    world.roll_back()
    for beats in (first, second):
        found = beats.look()
        assert found is not None
        assert found.lost_s is not None
        assert found.lost_s > 0
        assert beats.look() is None
    found = late.look()
    assert found is not None
    assert found.lost_s is None


def test_a_sweep_tells_of_it_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    sweepers = [Sweeper(Ledger(Store(world.client, "vb", patience_s=10))) for _ in range(2)]
    for sweeper in sweepers:
        sweeper.sweep()
    world.snapshot()
    for sweeper in sweepers:
        sweeper.sweep()
    world.roll_back()
    for sweeper in sweepers:
        sweeper.sweep()
        sweeper.sweep()
    assert world.codes() == [WENT_BACK]
    assert "Redis went back in time" in caplog.text


@pytest.mark.parametrize("is_empty", [False, True])
def test_what_a_process_spent_counts_again_at_its_next_call(world: World, is_empty: bool) -> None:
    limiter = world.limiter()
    call(limiter)
    world.snapshot()
    for _ in range(2):
        call(limiter)
    if is_empty:
        world.client.flushall()
    else:
        world.roll_back()
    assert world.spent_usd() == pytest.approx(0.0 if is_empty else 0.4)
    call(limiter)
    assert world.spent_usd() == pytest.approx(4 * 0.4)
    assert world.calls() == 4
    assert sum(Costs(Store(world.client, "vb")).days().values()) == pytest.approx(1.6)
    assert WENT_BACK in world.codes()
    with pytest.raises(BudgetError, match="money day of all is used up"):
        limiter.acquire(CALL)


def test_a_second_day_s_money_is_not_spent_by_anybody(world: World) -> None:
    """Who spent it may be gone: a process that only looks remembers the sum."""
    beats, spender = world.beats("main"), world.limiter()
    beats.look()
    world.snapshot()
    for _ in range(4):
        call(spender)
    beats.look()
    world.roll_back()
    found = beats.look()
    assert found is not None
    assert found.recalled_usd == pytest.approx(1.6)
    assert world.spent_usd() == pytest.approx(1.6)
    beats.look()
    call_more = world.limiter("another")
    with pytest.raises(BudgetError):
        call_more.acquire(CALL)
    # Whoever remembers the same afterwards adds nothing.
    assert spender.ask("p", {Currency.MONEY_DAY: 0.1, Currency.REQUESTS_DAY: 1.0})
    assert world.spent_usd() == pytest.approx(1.7)


def test_a_call_that_was_out_counts_though_its_permit_is_lost(world: World) -> None:
    limiter = RedisLimiter(
        Store(world.client, "vb", patience_s=10), Scope("s", LIMITS), payer=lambda: "b/v"
    )
    world.snapshot()
    known, unknown = limiter.acquire(CALL), limiter.acquire(CALL)
    world.roll_back()
    for _ in range(2):
        limiter.settle(known, USED, SERVED)
        limiter.settle(unknown, None, SERVED)
    assert world.spent_usd() == pytest.approx(0.4 + 0.5)
    assert world.calls() == 2
    assert Costs(Store(world.client, "vb")).video("b", "v") == pytest.approx(0.9)
    assert WENT_BACK in world.codes()


def test_a_permit_that_is_settled_twice_is_no_lost_one(world: World) -> None:
    limiter = world.limiter()
    permit = limiter.ask("p", CALL)
    assert isinstance(permit, Permit)
    for _ in range(3):
        limiter.settle(permit, USED, SERVED)
    assert world.spent_usd() == pytest.approx(0.4)
    # Its answer was lost, and it is sent again by the same call.
    again = limiter.acquire(CALL)
    limiter.settle(again, USED, SERVED)
    limiter._out[again.permit_id] = (time.monotonic(), "")
    limiter.settle(again, USED, SERVED)
    assert world.spent_usd() == pytest.approx(0.8)
    assert world.codes() == []


def test_sums_of_a_day_that_is_over_are_not_put_upon_the_next(world: World) -> None:
    beats = world.beats("p", Seen(-1, 3, 5_000_000))
    found = beats.look()
    assert found is not None
    assert found.recalled_usd == pytest.approx(5.0)
    assert world.spent_usd() == 0.0
