"""What servers were found not to take, for one process and, over a real Redis, for all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from tests.support.keys import KEYS
from tests.support.servers import RedisServer
from videobatch.ports import Habits
from videobatch.providers.calls.habits import OwnHabits
from videobatch.state.connection import connect
from videobatch.state.habits import KEPT_S, RedisHabits
from videobatch.state.store import Store

SERVER, MODEL = "https://server.test/v1", "m"


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[Redis]:
    with connect(redis_server.url, "habits") as made:
        yield made


@pytest.fixture(params=["own", "redis"])
def habits(request: pytest.FixtureRequest, client: Redis) -> Habits:
    return OwnHabits() if request.param == "own" else RedisHabits(Store(client, "vb"))


def test_what_was_learned_is_known_of_that_server_and_model_alone(habits: Habits) -> None:
    assert habits.known(SERVER, MODEL) == frozenset()
    habits.learn(SERVER, MODEL, "max_tokens")
    habits.learn(SERVER, MODEL, "max_tokens")
    habits.learn(SERVER, MODEL, "pictures")
    assert habits.known(SERVER, MODEL) == {"max_tokens", "pictures"}
    assert habits.known(SERVER, "another") == frozenset()
    assert habits.known("https://other.test/v1", MODEL) == frozenset()


def test_all_workers_know_it_for_a_week(client: Redis) -> None:
    RedisHabits(Store(client, "vb")).learn(SERVER, MODEL, "pictures")
    assert RedisHabits(Store(client, "vb")).known(SERVER, MODEL) == {"pictures"}
    assert RedisHabits(Store(client, "another-team")).known(SERVER, MODEL) == frozenset()
    (key,) = client.keys(KEYS.habits("*"))
    assert KEPT_S - 60 < client.ttl(key) <= KEPT_S


def test_what_others_learned_is_looked_for_from_time_to_time(
    client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = RedisHabits(Store(client, "vb")), RedisHabits(Store(client, "vb"))
    assert ours.known(SERVER, MODEL) == frozenset()
    theirs.learn(SERVER, MODEL, "pictures")
    # Not at each call: it stands in this process for a while.
    assert ours.known(SERVER, MODEL) == frozenset()
    monkeypatch.setattr("videobatch.state.habits.LOOK_S", 0.0)
    assert ours.known(SERVER, MODEL) == {"pictures"}
