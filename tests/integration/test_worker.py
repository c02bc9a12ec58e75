"""A real worker: hints pushed as text, slots, samples, deaths of children, stopping."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from celery_app.app import make_app
from celery_app.celery_settings import AppOptions
from tests.support.keys import KEYS
from tests.support.processes import is_there
from tests.support.servers import RedisServer
from tests.support.workers import NODE, Queue, Remote, Worker
from videobatch.records import OVERDUE, Phase, Sample, VideoJob, VideoState
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.samples import SampleStore
from videobatch.state.store import Store
from videobatch.state.views import Views

pytestmark = pytest.mark.real

SOON_S = 300.0
Start = Callable[..., Worker]


@pytest.fixture
def app(redis_server: RedisServer) -> Iterator[Any]:
    made = make_app(AppOptions(broker_url=redis_server.url, key_prefix="vb"))
    yield made
    made.close()


@pytest.fixture
def queue(redis_server: RedisServer, app: Any) -> Iterator[Queue]:
    with redis_server.client() as client:
        yield Queue(client, app)


@pytest.fixture
def start(redis_server: RedisServer, tmp_path: Path) -> Iterator[Start]:
    started: list[Worker] = []

    def make(**options: Any) -> Worker:
        started.append(Worker(redis_server, tmp_path, **options))
        return started[-1]

    yield make
    for worker in started:
        worker.stop()


@pytest.fixture
def remote(app: Any) -> Remote:
    return Remote(app)


def test_message_pushed_as_text_runs_and_shows_both_ids(
    start: Start, remote: Remote, queue: Queue
) -> None:
    worker = start(slots=2)
    queue.publish("hold-a.b_1", batch_id="folder-7")
    worker.wait_for(lambda: queue.running() == 1, SOON_S, "the task runs")
    (task,) = remote("active")
    assert task["name"] == "process_video"
    assert list(task["args"]) == ["folder-7", "hold-a.b_1"]
    assert task["id"].startswith("folder-7:hold-a.b_1:")
    queue.client.set("go", 1)
    worker.wait_for(lambda: queue.running() == 0, SOON_S, "the task ends")
    assert queue.waiting() == 0


def test_events_for_flower_show_both_ids(start: Start, app: Any, queue: Queue) -> None:
    worker = start(slots=1)
    events: list[dict[str, Any]] = []
    with app.connection_for_read() as connection:
        receiver = app.events.Receiver(connection, handlers={"task-received": events.append})
        with receiver.consumer_context(wakeup=False) as (_, channel, _):

            def has_seen_one() -> bool:
                # What is published before the subscription stands is not seen.
                queue.publish("noop-1", batch_id="folder-7")
                with contextlib.suppress(TimeoutError):
                    channel.connection.client.drain_events(timeout=0.2)
                return bool(events)

            worker.wait_for(has_seen_one, SOON_S, "an event")
    assert events[0]["name"] == "process_video"
    assert events[0]["args"] == "('folder-7', 'noop-1')"


def test_slots_follow_exactly_down_up_and_through_a_pause(
    start: Start, remote: Remote, queue: Queue
) -> None:
    worker = start(slots=3)
    queue.publish(*(f"hold-{n}" for n in range(3)))
    worker.wait_for(lambda: queue.running() == 3, SOON_S, "three run")
    assert remote("set_slots", slots=1)["ok"] == {
        "wanted": 1,
        "real": 3,
        "running": 3,
        "pool_size": 3,
        "most": 3,
    }

    queue.client.set("go", 1)
    worker.wait_for(lambda: queue.running() == 0, SOON_S, "three end")
    queue.client.delete("go")
    queue.publish(*(f"hold-{n}" for n in range(3, 8)))
    worker.wait_for(lambda: queue.running() == 1, SOON_S, "one runs")
    # A control command is answered by the loop that would have taken the next message; the main
    # process hears of an end a little after it was noted.
    one = {"wanted": 1, "real": 1, "running": 1, "pool_size": 3, "most": 3}
    worker.wait_for(lambda: remote("slots") == one, SOON_S, "one is known to run")
    assert queue.waiting() == 4

    assert remote("set_slots", slots=3)["ok"]["wanted"] == 3
    worker.wait_for(lambda: queue.running() == 3, SOON_S, "three run again")
    assert remote("slots")["running"] == 3
    assert queue.waiting() == 2

    assert remote("set_slots", slots=0)["ok"]["wanted"] == 0
    queue.client.set("go", 1)
    worker.wait_for(lambda: queue.running() == 0, SOON_S, "all end")
    none = {"wanted": 0, "real": 0, "running": 0, "pool_size": 3, "most": 3}
    worker.wait_for(lambda: remote("slots") == none, SOON_S, "none is known to run")
    assert queue.waiting() == 2
    assert remote("set_slots", slots=3)["ok"]["wanted"] == 3
    worker.wait_for(lambda: len(queue.noted("ended")) == 8, SOON_S, "the paused ones run")


def test_slots_that_make_no_sense_change_nothing(start: Start, remote: Remote) -> None:
    start(slots=3)
    for senseless in (-1, 4, "2", None, True, 1.5):
        assert "slots must be" in remote("set_slots", slots=senseless)["error"]
        assert remote("slots")["wanted"] == 3


def test_buttons_of_flower_leave_the_slots_as_they_are_wanted(
    start: Start, remote: Remote, queue: Queue
) -> None:
    worker = start(slots=2)
    # Each once: asked again it would act again.
    remote.once("pool_grow", n=2)
    assert remote("slots")["wanted"] == 2
    for n in (2, 1):
        remote.once("pool_shrink", n=n)
    worker.wait_for(lambda: remote("slots")["pool_size"] == 1, SOON_S, "one child is left")
    # As the controller does each second.
    remote("set_slots", slots=2)
    queue.publish("hold-1", "hold-2", "hold-3")
    worker.wait_for(lambda: queue.running() == 2, SOON_S, "two run")
    assert queue.waiting() == 1
    for refused in ("autoscale", "pool_restart"):
        assert "error" in remote(refused)
    queue.client.set("go", 1)
    worker.wait_for(lambda: len(queue.noted("ended")) == 3, SOON_S, "all have ended")


def test_a_rate_limit_holds_nothing_back_while_slots_are_free(
    start: Start, remote: Remote, queue: Queue
) -> None:
    """With Celery's own bucket of one, the second would begin ten seconds after the first."""
    worker = start(slots=3)
    assert "ok" in remote("rate_limit", task_name="process_video", rate_limit="6/m")
    queue.publish("hold-0", "hold-1", "hold-2")
    worker.wait_for(lambda: queue.running() == 3, SOON_S, "all slots run")
    assert "ok" in remote("rate_limit", task_name="process_video", rate_limit="0")
    queue.client.set("go", 1)
    worker.wait_for(lambda: len(queue.noted("ended")) == 3, SOON_S, "all end")


def test_wanted_slots_survive_a_reconnect(
    start: Start, remote: Remote, queue: Queue, redis_server: RedisServer
) -> None:
    worker = start(slots=3)
    queue.publish("hold-0", "hold-1", "hold-2")
    worker.wait_for(lambda: queue.running() == 3, SOON_S, "three run")
    assert remote("set_slots", slots=2)["ok"]["wanted"] == 2
    redis_server.cut_clients()
    worker.wait_for_line("Connected to", SOON_S, count=2)
    queue.publish("hold-3", "hold-4")
    assert remote("slots") == {"wanted": 2, "real": 3, "running": 3, "pool_size": 3, "most": 3}
    assert queue.waiting() == 2
    queue.client.set("go", 1)
    worker.wait_for(lambda: len(queue.noted("ended")) == 5, SOON_S, "all end")
    assert remote("slots")["wanted"] == 2


def test_samples_tell_slots_phases_and_memory(
    start: Start, queue: Queue, redis_server: RedisServer
) -> None:
    worker = start(slots=2)
    queue.publish("hold-1")
    with connect(redis_server.url) as client:
        store = SampleStore(Store(client, "vb"))

        shown: list[Sample] = []

        def shows_the_task() -> bool:
            newest = store.alive().get(NODE)
            if newest is not None:
                shown.append(newest.sample)
            return newest is not None and newest.sample.phases[Phase.CPU] == 1

        worker.wait_for(shows_the_task, SOON_S, "a sample with the running task")
        sample = shown[-1]
    assert sample.pid == worker.pid
    assert sorted(sample.child_pids) == sorted(worker.children())
    assert (sample.slots, sample.real_slots, sample.running) == (2, 2, 1)
    assert sample.rss_bytes > 10_000_000
    assert 0.0 <= sample.host.cpu_fraction <= 1.0


class Held:
    """A ledger with one batch whose videos a worker claims."""

    def __init__(self, url: str, *video_ids: str) -> None:
        self.client = connect(url)
        self.ledger = Ledger(Store(self.client, "vb", patience_s=5))
        self.views = Views(Store(self.client, "vb"))
        self.ledger.sweep()
        self.ledger.open_batch("b", name="b", out_uri="file:///o", root_uri="/", provider="offline")
        job = VideoJob("v", "file:///v", "file:///", "file:///o", "summary_report", "f")
        self.ledger.add_videos("b", [NewVideo(each, job) for each in video_ids])

    def state(self, video_id: str) -> VideoState:
        return self.views.videos("b", [video_id])[0].state

    def field(self, video_id: str, name: str) -> str | None:
        value = self.client.hget(KEYS.video("b", video_id), name)
        return value if isinstance(value, str) else None


def test_killed_child_gives_its_video_back_at_once(
    start: Start, queue: Queue, redis_server: RedisServer
) -> None:
    held = Held(redis_server.url, "hold-1")
    worker = start(slots=1)
    queue.publish("hold-1")
    worker.wait_for(lambda: queue.running() == 1, SOON_S, "the task runs")
    assert held.state("hold-1") is VideoState.RUNNING
    child = int(queue.lines("started")[0].split()[1])
    os.kill(child, signal.SIGKILL)
    worker.wait_for(lambda: held.state("hold-1") is VideoState.PENDING, SOON_S, "released")
    # By its worker, which saw it die: no sweep found an end of its lease.
    assert held.field("hold-1", "deaths") == "1"
    assert held.field("hold-1", "losses") in (None, "0")
    worker.wait_for(lambda: len(worker.children()) == 1, SOON_S, "another child")
    assert worker.is_alive()
    queue.publish("nap-2")
    worker.wait_for(lambda: "nap-2" in queue.noted("ended"), SOON_S, "the worker goes on")


def test_a_child_over_its_time_limit_is_ended_by_its_worker(
    start: Start, queue: Queue, redis_server: RedisServer
) -> None:
    held = Held(redis_server.url, "late-1")
    worker = start(slots=1)
    queue.publish("late-1")
    worker.wait_for(lambda: held.field("late-1", "deaths") == "1", SOON_S, "a death")
    assert held.field("late-1", "death") == OVERDUE
    assert "is over its time limit" in worker.log()


def test_how_a_child_died_is_in_the_ledger(
    start: Start, queue: Queue, redis_server: RedisServer
) -> None:
    held = Held(redis_server.url, "hold-1")
    worker = start(slots=1)
    queue.publish("hold-1")
    worker.wait_for(lambda: queue.running() == 1, SOON_S, "the task runs")
    os.kill(int(queue.lines("started")[0].split()[1]), signal.SIGSEGV)
    worker.wait_for(lambda: held.field("hold-1", "deaths") == "1", SOON_S, "a death")
    assert held.field("hold-1", "death") == "SIGSEGV"


@pytest.mark.parametrize("command", ["go_deaf", "cancel_consumer"])
def test_a_worker_that_takes_nothing_starts_its_consumer_anew(
    start: Start, remote: Remote, queue: Queue, command: str
) -> None:
    worker = start(slots=2)
    queue.publish("hold-1")
    worker.wait_for(lambda: queue.running() == 1, SOON_S, "the first task runs")
    arguments = {"queue": "videobatch"} if command == "cancel_consumer" else {}
    remote(command, **arguments)
    # The first one may still be taken from Redis, by the request that was made before.
    queue.publish("nap-2", "nap-3")
    worker.wait_for(lambda: "nap-3" in queue.noted("ended"), 3 * SOON_S, "it is taken after all")
    assert "the consumer starts anew" in worker.log()
    # What ran went on, in the same process.
    assert worker.is_alive()
    assert "hold-1" not in queue.noted("ended")
    queue.client.set("go", 1)
    worker.wait_for(lambda: "hold-1" in queue.noted("ended"), SOON_S, "the first one ends")
    assert len([line for line in queue.lines("started") if line.startswith("hold-1 ")]) == 1


def test_what_found_no_room_is_tried_again_when_there_is_some(start: Start, queue: Queue) -> None:
    client = queue.client
    ledger = Ledger(Store(client, "vb"))
    ledger.set_publishing(queue.key, queue.template)
    ledger.open_batch("b", name="b", out_uri="file:///o", root_uri="file:///", provider="offline")
    job = VideoJob("v", "file:///v", "file:///", "file:///o/v", "summary_report", "f")
    names = ["hold-1", "hold-2"]
    ledger.add_videos("b", [NewVideo(name, job, need_bytes=100 << 20) for name in names])
    client.set("free", 101 << 20)
    # A sweep would feed as well.
    worker = start(slots=2, TEST_SWEEPS="no")
    ledger.feed()
    # The first of a host is admitted; it is young, and most of what is free is promised to it.
    worker.wait_for(lambda: queue.noted("refused") != [], SOON_S, "the second is refused")
    worker.wait_for(lambda: queue.running() == 1, SOON_S, "the first one runs")
    client.set("free", 400 << 20)
    worker.wait_for(lambda: queue.running() == 2, SOON_S, "the second one runs")
    client.set("go", 1)


def test_lease_outlives_its_first_length_while_the_task_runs(
    start: Start, queue: Queue, redis_server: RedisServer
) -> None:
    held = Held(redis_server.url, "hold-1")
    worker = start(slots=1)
    queue.publish("hold-1")
    worker.wait_for(lambda: held.state("hold-1") is VideoState.RUNNING, SOON_S, "claimed")
    first = held.client.zscore(KEYS.leases, "b/hold-1")
    assert first is not None

    def is_renewed() -> bool:
        now = held.client.zscore(KEYS.leases, "b/hold-1")
        return now is not None and now > first

    worker.wait_for(is_renewed, SOON_S, "the lease is prolonged")


def test_stop_waits_for_what_looks_and_gives_it_back(
    start: Start, queue: Queue, redis_server: RedisServer
) -> None:
    held = Held(redis_server.url, "hold-1")
    worker = start(slots=2, TEST_GRACE_S=str(SOON_S))
    queue.publish("hold-1")
    worker.wait_for(lambda: queue.running() == 1, SOON_S, "it runs")
    worker.signal(signal.SIGTERM)
    worker.wait_for(lambda: queue.noted("given-back") == ["hold-1"], SOON_S, "given back")
    queue.publish("nap-2")
    worker.wait_for(lambda: not worker.is_alive(), SOON_S, "the worker ends")
    assert held.state("hold-1") is VideoState.PENDING
    assert held.field("hold-1", "deaths") in (None, "0")
    assert queue.noted("started").count("nap-2") == 0
    assert queue.waiting() == 1


def test_stop_ends_what_does_not_look(
    start: Start, queue: Queue, redis_server: RedisServer
) -> None:
    held = Held(redis_server.url, "stuck-1")
    worker = start(slots=2, TEST_GRACE_S="1.0")
    queue.publish("stuck-1")
    worker.wait_for(lambda: queue.running() == 1, SOON_S, "it runs")
    children = worker.children()
    worker.signal(signal.SIGTERM)
    worker.wait_for(lambda: not worker.is_alive(), SOON_S, "the worker ends")
    worker.wait_for(lambda: not any(map(is_there, children)), SOON_S, "its children with it")
    # No death is counted: its lease ends, or a sweep finds the worker gone.
    assert held.field("stuck-1", "deaths") in (None, "0")
