"""A Redis that is another one, or went back in time: commands say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from cli.shared import books as shared_books
from cli.shared.books import Books, check_life, mark_recovered
from config.settings import Settings
from tests.support.servers import RedisServer
from videobatch.records import Currency, Feedback
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger
from videobatch.state.limits import RedisLimiter, Scope
from videobatch.state.store import Store
from videobatch.state.views import Views

pytestmark = pytest.mark.real

Check = Callable[[], str]


@pytest.fixture
def books(own_redis: RedisServer) -> Iterator[Books]:
    client = connect(own_redis.url)
    yield Books(
        Ledger(Store(client, "videobatch", patience_s=10)), Views(Store(client, "videobatch"))
    )
    client.close()


@pytest.fixture
def settings(own_redis: RedisServer, tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", redis_url=SecretStr(own_redis.url))


@pytest.fixture
def check(
    books: Books,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Check:
    """What the next command says."""
    monkeypatch.setattr(shared_books, "BEAT_FRESH_MS", 0)

    def said() -> str:
        check_life(books, settings)
        return capsys.readouterr().err

    return said


def test_a_redis_that_went_back_in_time_is_told_once(
    check: Check, own_redis: RedisServer, tmp_path: Path
) -> None:
    assert [check(), check()] == ["", ""]
    own_redis.snapshot(tmp_path / "snapshot")
    check()
    own_redis.roll_back(tmp_path / "snapshot")
    said = " ".join(check().split())
    assert "Redis went back in time" in said
    assert "videobatch recover OUT" in said
    assert check() == ""


def test_money_that_was_forgotten_is_told_and_counts(
    check: Check, books: Books, own_redis: RedisServer, tmp_path: Path
) -> None:
    limiter = RedisLimiter(
        Store(books.ledger.store.client, "videobatch", patience_s=10), Scope("s")
    )
    cost = {Currency.MONEY_DAY: 1.25}
    check()
    own_redis.snapshot(tmp_path / "snapshot")
    limiter.settle(limiter.acquire(cost), cost, Feedback())
    check()
    own_redis.roll_back(tmp_path / "snapshot")
    assert "forgotten 1.25 USD" in check()
    assert limiter.spent_today()[Currency.MONEY_DAY] == pytest.approx(1.25)


def test_an_empty_redis_is_told_until_recover_ran(
    check: Check, books: Books, settings: Settings
) -> None:
    check()
    books.ledger.store.client.flushall()
    for _ in range(2):
        said = check()
        assert "Redis has lost its data" in said
        assert "went back" not in said
    mark_recovered(books, settings)
    assert check() == ""


def test_not_every_command_writes(
    books: Books, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    check_life(books, settings)
    path = settings.home / "ledgers.json"
    before = path.stat().st_mtime_ns
    for _ in range(3):
        check_life(books, settings)
    assert path.stat().st_mtime_ns == before
    assert capsys.readouterr().err == ""
