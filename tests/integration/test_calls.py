"""Kills and restarts in the middle of paid calls; the server's own counts are the evidence."""

from __future__ import annotations

import json
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.support.api_server import ApiServer, Counts
from tests.support.call_maker import PREFIX, SCOPE
from tests.support.keys import KEYS
from tests.support.processes import Process
from tests.support.servers import RedisServer
from tests.support.waiting import wait_for
from videobatch.state.answers import RedisAnswers
from videobatch.state.connection import connect
from videobatch.state.store import Store

pytestmark = pytest.mark.real

CALLS, PROCESSES, THREADS, KILLS = 200, 4, 2, 30
SOON_S, LATENCY_S = 300.0, 0.15
RATE_PER_MIN, STRETCH_S = 600, 10.0
CUT = ("wmax:requests_min", "cut:requests_min")
KNOWN = {"limit:requests_min", CUT[0]}


class Fleet:
    """Four processes that make calls; each can be killed and started again."""

    def __init__(self, folder: Path, redis: RedisServer, api: ApiServer, **told: Any) -> None:
        self._folder = folder
        self._told = {"redis_url": redis.url, "api_url": api.url, "threads": THREADS, **told}
        self.running = [self._start(number) for number in range(PROCESSES)]

    def _start(self, number: int) -> Process:
        told = dict(self._told)
        if "names" in told:
            told["names"] = told["names"][number::PROCESSES]
        argv = [sys.executable, "-m", "tests.support.call_maker", json.dumps(told)]
        return Process(argv, self._folder / f"caller-{number}.log")

    def kill(self, number: int) -> bool:
        """SIGKILL, and a new process in its place; False where it had ended by itself."""
        process = self.running[number]
        if not process.is_alive():
            return False
        process.signal(signal.SIGKILL)
        process.wait_for(lambda: not process.is_alive(), SOON_S, "it is dead")
        self.running[number] = self._start(number)
        return True

    def wait(self) -> None:
        """Until all have ended, in good order."""
        for process in self.running:
            process.wait_for(lambda p=process: not p.is_alive(), SOON_S, "it ends")  # type: ignore[misc]
            assert process.returncode == 0, process.tail()

    def stop(self) -> None:
        for process in self.running:
            process.stop()


@pytest.fixture
def api(tmp_path: Path) -> Iterator[ApiServer]:
    with ApiServer(tmp_path / "api", latency_s=LATENCY_S, jitter=0.5) as made:
        yield made


def test_no_stored_answer_is_paid_for_again_however_many_die(
    own_redis: RedisServer, api: ApiServer, tmp_path: Path
) -> None:
    luck = random.Random(11)
    names = [f"call-{number}" for number in range(CALLS)]
    fleet = Fleet(tmp_path, own_redis, api, names=names)
    stored_twice: list[str] = []
    kills = 0
    try:
        with connect(own_redis.url, "test") as client:
            answers = RedisAnswers(Store(client, PREFIX))
            wait_for(lambda: api.counts().served > 0, SOON_S, "a call is served")
            while kills < KILLS and any(process.is_alive() for process in fleet.running):
                before = {name for name in names if answers.get(name) is not None}
                served = dict(api.counts().identities)
                kills += fleet.kill(luck.randrange(PROCESSES))
                threading.Event().wait(luck.uniform(0.05, 0.4))
                stored_twice += _again(before, served, api.counts())
            fleet.wait()
            counts = api.counts()
            missing = [name for name in names if answers.get(name) is None]
            open_calls = answers.open_calls()
    finally:
        fleet.stop()
    assert kills >= 10
    assert missing == []
    assert open_calls == []
    assert stored_twice == []
    # Only what was out at a kill may have been paid for in vain.
    assert counts.paid_again <= kills * THREADS
    assert counts.served <= CALLS + kills * THREADS


def _again(before: set[str], served: dict[str, int], counts: Counts) -> list[str]:
    """Calls that were served once more although their answers had been stored."""
    by_identity = {_identity(name): name for name in before}
    return [
        by_identity[identity]
        for identity, times in counts.identities.items()
        if identity in by_identity and times > served.get(identity, 0)
    ]


def _identity(name: str) -> str:
    """As the server knows the call: tests.support.api_server.calls._identity."""
    from tests.support.api_server.calls import CHAT, _identity

    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": name}]}
    return _identity(CHAT, body)


def test_what_a_dead_process_had_out_is_listed_as_perhaps_paid(
    own_redis: RedisServer, api: ApiServer, tmp_path: Path
) -> None:
    api.change(latency_s=30.0)
    fleet = Fleet(tmp_path, own_redis, api, names=[f"call-{number}" for number in range(8)])
    try:
        with connect(own_redis.url, "test") as client:
            answers = RedisAnswers(Store(client, PREFIX))
            wait_for(answers.open_calls, SOON_S, "a call is out")
            for process in fleet.running:
                process.signal(signal.SIGKILL)
            (listed,) = answers.open_calls()
    finally:
        fleet.stop()
    assert listed.what.startswith("the call call-")
    assert api.counts().served <= 1


def test_who_waits_for_a_call_whose_process_is_killed_sends_it_in_its_place(
    own_redis: RedisServer, api: ApiServer, tmp_path: Path
) -> None:
    api.change(latency_s=300.0)
    told = {"redis_url": own_redis.url, "api_url": api.url, "threads": 1, "names": ["call-1"]}
    argv = [sys.executable, "-m", "tests.support.call_maker", json.dumps(told)]
    owner = Process(argv, tmp_path / "owner.log")
    waiting: list[Process] = []
    try:
        with connect(own_redis.url, "test") as client:
            answers = RedisAnswers(Store(client, PREFIX))
            wait_for(lambda: api.counts().in_flight, SOON_S, "the call is out")
            waiting = [Process(argv, tmp_path / f"waiting-{n}.log") for n in range(3)]
            wait_for(lambda: _waiting(client) == 3, SOON_S, "three wait for it")
            assert api.counts().admitted == 1
            api.change(latency_s=0.1)
            owner.signal(signal.SIGKILL)
            owner.wait_for(lambda: not owner.is_alive(), SOON_S, "it is dead")
            # It may have been paid for: that is told until the call is made again.
            assert [call.what for call in answers.open_calls()] == ["the call call-1"]
            for each in waiting:
                each.wait_for(lambda p=each: not p.is_alive(), SOON_S, "it ends")  # type: ignore[misc]
                assert each.returncode == 0, each.tail()
            assert answers.open_calls() == []
    finally:
        for process in (owner, *waiting):
            process.stop()
    # Its own, which was lost, and one for all who waited.
    assert api.counts().admitted == 2
    assert api.counts().served == 1


def _waiting(client: Redis) -> int:
    """The processes that make calls and have none out."""
    names = [each["name"] for each in client.client_list()]
    return names.count("caller") - 1 if client.exists(KEYS.flight("call-1")) else 0


@pytest.mark.parametrize("tells", [True, False], ids=["headers", "silent"])
def test_after_a_restart_of_everything_the_old_rate_is_back(
    own_redis: RedisServer, api: ApiServer, tmp_path: Path, tells: bool
) -> None:
    retry_after = "seconds" if tells else "none"
    api.change(requests_per_min=RATE_PER_MIN, burst=10, headers=tells, retry_after=retry_after)
    fleet = Fleet(tmp_path, own_redis, api)
    try:
        wait_for(lambda: api.counts().served > 0, SOON_S, "they call")
        # A silent server's rate is known after the refusals of the first seconds.
        wait_for(lambda: is_known(own_redis), SOON_S, "the rate is known")
        reach(api, (0.95 if tells else 0.8) * RATE_PER_MIN)
        for process in fleet.running:
            process.signal(signal.SIGKILL)
        # Calls that were out end in the old counts.
        wait_for(lambda: api.counts().in_flight == 0, SOON_S, "all calls are over")
        known = known_rate(own_redis)
        own_redis.kill()
        own_redis.start()
        assert known_rate(own_redis) == known
        # Longer than the server's bucket takes to be full: nobody may count on more than that.
        threading.Event().wait(3.0)
        api.reset()
        fleet.stop()
        fleet = Fleet(tmp_path, own_redis, api)
        wait_for(lambda: api.counts().served > 0, SOON_S, "they call again")
        rate_of(api)
        counts = api.counts()
        # Where nothing is told the rate is felt for, and falls to 0.7 of itself at a refusal.
        reach(api, (0.9 if tells else 0.55) * RATE_PER_MIN)
    finally:
        fleet.stop()
    # A silent server tells its rate by a refusal; what was out with that call may be refused too.
    # One that had to be learned anew would cost more: that is what shows that it is back.
    assert counts.refused <= (1 if tells else PROCESSES * THREADS)


def is_known(redis: RedisServer) -> bool:
    """Whether the limiter knows a rate of the server."""
    with connect(redis.url, "test") as client:
        return bool(KNOWN & set(client.hkeys(KEYS.limit(SCOPE))))


def known_rate(redis: RedisServer) -> tuple[str, str]:
    """What the limiter knows of the server's rate: what it was told, or the rate at the last
    refusal and when that was. Never nothing."""
    with connect(redis.url, "test") as client:
        state = client.hgetall(KEYS.limit(SCOPE))
    names = ("limit:requests_min", "window_ms") if "limit:requests_min" in state else CUT
    return state[names[0]], state[names[1]]


def reach(api: ApiServer, per_min: float) -> None:
    """Returns after a stretch with that rate: in one in which the machine stood still there is
    less."""
    wait_for(lambda: rate_of(api) >= per_min, SOON_S, f"{per_min:g} calls a minute")


def rate_of(api: ApiServer) -> float:
    """The calls a minute that are let in, over ten seconds from now on."""
    first, began_s = api.counts().admitted, time.monotonic()
    threading.Event().wait(STRETCH_S)
    return (api.counts().admitted - first) / (time.monotonic() - began_s) * 60
