"""The newest sample of each worker that lives, parsed where it is read."""

from __future__ import annotations

import logging

import pytest
from redis import Redis

from tests.support.fake_redis import fake_redis
from tests.support.keys import KEYS, PREFIX
from tests.support.samples import sample_of
from videobatch.records import Reading
from videobatch.state.samples import ALIVE_S, SampleStore
from videobatch.state.store import Store


@pytest.fixture
def client() -> Redis:
    return fake_redis()


def test_each_worker_has_its_newest_sample_and_its_age(client: Redis) -> None:
    store = SampleStore(Store(client, PREFIX))
    assert store.alive() == {}
    for worker, running in (("w1", 1), ("w2", 2), ("w1", 3)):
        store.append(worker, sample_of(worker, running=running).to_json())
    found = store.alive()
    assert {worker: each.sample.running for worker, each in found.items()} == {"w1": 3, "w2": 2}
    assert all(isinstance(each, Reading) and 0 <= each.age_s < ALIVE_S for each in found.values())


def test_a_worker_that_is_silent_is_not_alive_and_is_forgotten(client: Redis) -> None:
    store = SampleStore(Store(client, PREFIX))
    store.append("w1", sample_of("w1").to_json())
    store.append("w2", sample_of("w2").to_json())
    client.delete(KEYS.alive("w1"))
    assert list(store.alive()) == ["w2"]
    assert client.smembers(KEYS.workers) == {"w2"}


def test_what_makes_no_sense_is_passed_over_and_told_once(
    client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    store = SampleStore(Store(client, PREFIX))
    store.append("w1", '{"slots_wanted": "many"}')
    store.append("w2", sample_of("w2").to_json())
    store.append("w3", "\x00")
    for _ in range(3):
        assert list(store.alive()) == ["w2"]
    assert caplog.text.count("the samples of w1 are passed over: ") == 1
    assert caplog.text.count("the samples of w3 are passed over: Invalid JSON") == 1
    # One that came to its senses is read, and told of if it loses them again.
    store.append("w1", sample_of("w1").to_json())
    assert list(store.alive()) == ["w1", "w2"]
    store.append("w1", "{}")
    assert list(store.alive()) == ["w2"]
    assert caplog.text.count("the samples of w1 are passed over: ") == 2
