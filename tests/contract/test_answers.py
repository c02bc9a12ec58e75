"""Answers of paid calls over a real Redis: stored once, found by everybody, also after a kill."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest
from redis import Redis

from tests.support.keys import KEYS
from tests.support.servers import RedisServer
from videobatch.state.answers import KEPT_S, RedisAnswers
from videobatch.state.connection import connect
from videobatch.state.store import Store

ANSWER = '{"text": "中文 and English", "words": 5}'


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[Redis]:
    with connect(redis_server.url, "answers") as made:
        yield made


def test_what_is_stored_is_found_by_everybody(client: Redis) -> None:
    RedisAnswers(Store(client, "vb")).put("k", ANSWER)
    assert RedisAnswers(Store(client, "vb")).get("k") == ANSWER
    assert RedisAnswers(Store(client, "vb")).get("other") is None
    assert RedisAnswers(Store(client, "another-team")).get("k") is None


def test_without_reading_everything_is_asked_for_anew_and_stored(client: Redis) -> None:
    RedisAnswers(Store(client, "vb")).put("k", "old")
    anew = RedisAnswers(Store(client, "vb"), reads=False)
    assert anew.get("k") is None
    anew.put("k", "new")
    assert RedisAnswers(Store(client, "vb")).get("k") == "new"


def test_a_call_is_open_until_its_answer_is_stored(client: Redis) -> None:
    answers = RedisAnswers(Store(client, "vb"))
    answers.begin("k", "openai whisper-1, a.mp4 from 00:00")
    answers.begin("refused", "openai whisper-1, a.mp4 from 10:00")
    answers.forget("refused")
    (call,) = answers.open_calls()
    assert (call.call_key, call.what) == ("k", "openai whisper-1, a.mp4 from 00:00")
    assert call.began_s == pytest.approx(client.time()[0], abs=5)
    answers.put("k", ANSWER)
    assert answers.open_calls() == []


def test_a_call_that_was_paid_for_in_vain_is_told_and_never_served(client: Redis) -> None:
    answers = RedisAnswers(Store(client, "vb"))
    for number in range(3):
        answers.begin(f"k{number}", "an answer of m")
        answers.spend(f"k{number}", f"a.mp4: an answer of m, {number}", "it holds no JSON")
    assert answers.get("k0") is None
    assert answers.open_calls() == []
    newest = answers.spent_calls()[0]
    assert (newest.what, newest.why) == ("a.mp4: an answer of m, 2", "it holds no JSON")
    assert newest.at_s == pytest.approx(client.time()[0], abs=5)
    assert len(answers.spent_calls()) == 3


def test_what_is_not_as_it_was_stored_is_no_answer(client: Redis) -> None:
    answers = RedisAnswers(Store(client, "vb"))
    for value in ("", "plain", "AAAA", "é"):
        client.set(KEYS.answer("k"), value)
        with answers.flight("k") as flight:
            found = flight.wait()
            assert found == ""
            answers.drop("k", found)
            assert flight.wait() is None


def test_only_the_answer_that_does_not_pass_is_dropped(client: Redis) -> None:
    answers = RedisAnswers(Store(client, "vb"))
    answers.put("k", "bad")
    answers.drop("k", "another")
    assert answers.get("k") == "bad"
    answers.drop("k", "bad")
    assert answers.get("k") is None
    answers.drop("k", "bad")


def test_an_answer_that_is_used_is_kept_longer(client: Redis) -> None:
    answers = RedisAnswers(Store(client, "vb"))
    answers.put("k", ANSWER)
    client.expire(KEYS.answer("k"), 60)
    assert answers.get("k") == ANSWER
    assert client.ttl(KEYS.answer("k")) > KEPT_S - 60


def test_a_kill_of_redis_costs_no_answer(own_redis: RedisServer) -> None:
    with connect(own_redis.url, "answers") as client:
        answers = RedisAnswers(Store(client, "vb"))
        with ThreadPoolExecutor(20) as threads:
            list(threads.map(lambda n: answers.put(f"k{n}", ANSWER), range(50)))
        own_redis.kill()
        own_redis.start()
        assert [answers.get(f"k{number}") for number in range(50)] == [ANSWER] * 50


def test_an_answer_is_on_the_disk_before_anything_else_happens(own_redis: RedisServer) -> None:
    with connect(own_redis.url, "answers") as client:
        RedisAnswers(Store(client, "vb")).put("k", ANSWER)
        if "waitaof" not in client.command():
            pytest.skip("this Redis cannot be asked (before 7.2)")
        assert client.waitaof(1, 0, 1)[0] == 1


def test_a_redis_without_a_file_is_not_waited_for(own_redis: RedisServer) -> None:
    with connect(own_redis.url, "answers") as client:
        client.config_set("appendonly", "no")
        answers = RedisAnswers(Store(client, "vb"))
        for number in range(20):
            answers.put(f"k{number}", ANSWER)
        stats = cast("dict[str, dict[str, int]]", client.info("commandstats"))
        assert stats.get("cmdstat_waitaof", {}).get("calls", 0) <= 1, "it asked again"
        assert answers.get("k19") == ANSWER
