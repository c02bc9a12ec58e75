"""The controller's loop over a real ledger: one leads, and what the leader puts right."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from controllers import loop
from controllers.loop import Controller
from tests.support.keys import KEYS
from tests.support.samples import sample_of
from tests.support.servers import RedisServer
from tests.support.waiting import wait_for
from videobatch.errors import LedgerError
from videobatch.paths import to_uri
from videobatch.records import VideoJob, VideoResult, VideoState
from videobatch.state.connection import connect
from videobatch.state.ledger import WINDOW_LEAST, Ledger, NewVideo
from videobatch.state.samples import SampleStore
from videobatch.state.views import Views

SOON_S = 5.0
QUEUE = KEYS.queue("videobatch")
MESSAGE = "{task_id} {batch_id} {video_id}"


class World:
    """A Redis and the controllers that share it."""

    def __init__(self, url: str) -> None:
        self.client = connect(url)
        self.ledger = Ledger(self.client, "vb", patience_s=SOON_S)
        self.views = Views(self.client, "vb")
        self.samples = SampleStore(self.client, "vb")

    def controller(self, name: str = "c1", ledger: Ledger | None = None) -> Controller:
        return Controller(name, ledger or self.ledger, QUEUE, MESSAGE, self.views, self.samples)

    def add(self, *video_ids: str, out: Path = Path("/o")) -> None:
        """Opens a batch with these videos."""
        self.ledger.open_batch(
            "b", name="b", out_uri=to_uri(out), root_uri="file:///", provider="offline"
        )
        job = VideoJob("v", "file:///v", "file:///", to_uri(out / "v"), "summary_report", "f")
        self.ledger.add_videos("b", [NewVideo(each, job) for each in video_ids])

    def sample(self, worker: str, slots: int) -> None:
        self.samples.append(worker, sample_of(worker, slots=slots).to_json())

    def publishing(self, field: str) -> str | None:
        value = self.client.hget(KEYS.publishing, field)
        return value if isinstance(value, str) else None

    def queued(self) -> int:
        return int(self.client.llen(QUEUE))

    def state(self, video_id: str) -> VideoState:
        return self.views.videos("b", [video_id])[0].state


@pytest.fixture
def world(redis_server: RedisServer) -> Iterator[World]:
    made = World(redis_server.url)
    yield made
    made.client.close()


# Who leads.


def test_one_of_two_leads(world: World) -> None:
    first, second = world.controller("c1"), world.controller("c2")
    assert [first.tick(), second.tick(), second.tick(), first.tick()] == [True, False, False, True]


def test_the_standby_changes_nothing(world: World) -> None:
    assert world.controller("c1").tick()
    world.client.delete(KEYS.publishing, KEYS.swept_ms)
    assert not world.controller("c2").tick()
    assert not world.client.exists(KEYS.publishing, KEYS.swept_ms)


def test_the_standby_takes_over_after_the_lease(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "LEADER_LEASE_S", 0.2)
    first, second = world.controller("c1"), world.controller("c2")
    assert first.tick()
    waited_s = wait_for(second.tick, SOON_S, "the standby leads")
    assert waited_s > 0.1
    assert not first.tick()


# What the leader does.


def test_a_leader_that_redis_took_back_in_time_is_obeyed_all_the_same(world: World) -> None:
    """Workers have heard of a later leader, whom Redis has forgotten, or of a later clock."""
    leader = world.controller()
    assert leader.tick()
    token = int(str(world.client.hget(KEYS.leader, "token")))
    later = token + 3_600_000
    world.samples.append("w", sample_of("w", leader_token=later).to_json())
    assert leader.tick()
    assert leader.tick()
    raised = int(str(world.client.hget(KEYS.leader, "token")))
    assert raised == later + 1
    # Its workers hear of it, and nothing changes any more.
    world.samples.append("w", sample_of("w", leader_token=raised).to_json())
    assert leader.tick()
    assert leader.tick()
    assert world.client.hget(KEYS.leader, "token") == str(raised)


def test_the_message_comes_back_after_redis_lost_its_data(
    world: World, redis_server: RedisServer
) -> None:
    controller = world.controller()
    assert controller.tick()
    redis_server.flush()
    world.add("v1")
    assert world.queued() == 0, "nothing can be fed without a message"
    assert controller.tick()
    assert (world.publishing("queue"), world.publishing("message")) == (QUEUE, MESSAGE)
    assert world.queued() == 1


def test_the_window_follows_the_slots_that_are_wanted(world: World) -> None:
    controller = world.controller()
    world.add(*(f"v{n}" for n in range(20)))
    controller.tick()
    assert (world.publishing("window"), world.queued()) == (str(WINDOW_LEAST), WINDOW_LEAST)
    world.sample("w1", 5)
    world.sample("w2", 4)
    controller.tick()
    assert (world.publishing("window"), world.queued()) == ("9", 9)
    world.sample("w2", 0)
    controller.tick()
    assert (world.publishing("window"), world.queued()) == ("5", 9)
    world.client.delete(KEYS.alive("w1"))
    controller.tick()
    assert world.publishing("window") == str(WINDOW_LEAST)


def test_expired_leases_are_put_right_and_said(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    controller = world.controller()
    controller.tick()
    world.add("v1")
    assert world.ledger.claim("b", "v1", worker="w1", host="h", pid=1)
    controller.tick()
    assert world.state("v1") is VideoState.RUNNING
    assert "leases" not in caplog.text
    world.client.zadd(KEYS.leases, {"b/v1": 1})
    controller.tick()
    assert world.state("v1").value == "pending"
    assert "1 leases ended, 0 prolonged" in caplog.text


def test_after_an_absence_leases_are_prolonged_first(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world.ledger.sweep()
    world.add("v1")
    assert world.ledger.claim("b", "v1", worker="w1", host="h", pid=1)
    world.client.zadd(KEYS.leases, {"b/v1": 1})
    world.client.set(KEYS.swept_ms, 1)
    world.controller().tick()
    assert world.state("v1") is VideoState.RUNNING
    assert "0 leases ended, 1 prolonged" in caplog.text


def test_reports_of_batches_that_ended(world: World, tmp_path: Path) -> None:
    world.add("v1", out=tmp_path)
    claim = world.ledger.claim("b", "v1", worker="w1", host="h", pid=1)
    assert claim is not None
    controller = world.controller()
    controller.tick()
    assert not (tmp_path / "report.json").exists()
    world.ledger.commit(claim, VideoResult(VideoState.DONE, 1.0, 1.0, 1, 1, ".attempt-1"))
    world.ledger.published(claim)
    controller.tick()
    assert json.loads((tmp_path / "report.json").read_text())["state"] == "finished"
    assert world.ledger.reports_due() == {}


# The loop itself.


class AwayLedger(Ledger):
    """A ledger that does not answer while `error` is set; counts the attempts to lead."""

    error: Exception | None = None
    asked = 0

    def lead(self, name: str, lease_s: float, heard: int = 0) -> int:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return super().lead(name, lease_s, heard)

    def wait_for_ticks(self, count: int) -> None:
        """Returns after so many whole ticks."""
        before = self.asked
        wait_for(lambda: self.asked > before + count, SOON_S, f"{count} ticks")


@contextmanager
def running(controller: Controller) -> Iterator[Callable[[], None]]:
    """The controller in a thread of its own; the call ends it."""
    stop = threading.Event()
    thread = threading.Thread(target=controller.run, args=(stop,), daemon=True)
    thread.start()

    def end() -> None:
        stop.set()
        thread.join(SOON_S)
        assert not thread.is_alive()

    yield end
    end()


@pytest.mark.parametrize("error", [LedgerError("refused"), RedisConnectionError("refused")])
def test_an_outage_is_survived_and_said_once(
    world: World,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(loop, "TICK_S", 0.001)
    ledger = AwayLedger(world.client, "vb", patience_s=SOON_S)
    with running(world.controller(ledger=ledger)):
        ledger.wait_for_ticks(3)
        for _ in range(2):
            ledger.error = error
            ledger.wait_for_ticks(3)
            ledger.error = None
            ledger.wait_for_ticks(3)
    assert caplog.text.count("Redis is away; waiting: refused") == 2
    assert caplog.text.count("Redis is back") == 2
    assert caplog.text.count("leading") == 1


def test_a_change_of_leader_is_said_once(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(loop, "TICK_S", 0.001)
    ledger = AwayLedger(world.client, "vb", patience_s=SOON_S)
    with running(world.controller("c1", ledger)):
        ledger.wait_for_ticks(3)
        world.client.hset(KEYS.leader, mapping={"name": "c2", "until_ms": 10**15})
        wait_for(lambda: "standing by" in caplog.text, SOON_S, "it stands by")
        ledger.wait_for_ticks(3)
        world.client.hset(KEYS.leader, "until_ms", 0)
        wait_for(lambda: caplog.text.count("leading") == 2, SOON_S, "it leads again")
    assert caplog.text.count("standing by") == 1


def test_it_ticks_once_a_second_and_ends_at_once(world: World) -> None:
    ledger = AwayLedger(world.client, "vb", patience_s=SOON_S)
    with running(world.controller(ledger=ledger)) as end:
        wait_for(lambda: ledger.asked == 1, SOON_S, "the first tick")
        until_second_s = wait_for(lambda: ledger.asked == 2, SOON_S, "the second tick")
        assert until_second_s > 0.8
        asked_s = time.monotonic()
        end()
        assert time.monotonic() - asked_s < 0.5
    assert ledger.asked == 2


def test_a_controller_renews_its_health_file_also_on_standby(world: World, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("leads", "waits")]
    stop = threading.Event()
    controllers = [world.controller(file.name) for file in files]
    threads = []
    for controller, file in zip(controllers, files, strict=True):
        controller.health_file = file
        threads.append(threading.Thread(target=controller.run, args=(stop,)))
        threads[-1].start()
    try:
        wait_for(lambda: all(file.exists() for file in files), SOON_S, "both are well")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert [each.rounds.leads for each in controllers].count(True) <= 1


def test_the_leader_puts_a_newer_ledger_in_force_once_all_workers_know_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: list[list[int]] = []
    monkeypatch.setattr(loop, "raise_to", lambda _client, _prefix, known: raised.append(known))
    controller = world.controller()
    world.sample("w1", 1)
    controller.tick()
    assert raised == []
    controller.schema_due_s = 0.0
    controller.tick()
    controller.tick()
    assert raised == [[1]]
