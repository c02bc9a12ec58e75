"""A Redis that is there and says "not now", in each of its ways, costs no video a death."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from tests.support.fleet import BATCH, Fleet, fleet_on
from tests.support.keys import KEYS
from tests.support.media import Recipe, Sound, make_media
from tests.support.outputs import assert_whole
from tests.support.processes import Process
from tests.support.servers import RedisServer
from tests.support.waiting import wait_for
from videobatch.records import VideoState

pytestmark = pytest.mark.real

SOON_S = 300.0
END_S = 120.0
# Two segments; each takes the recogniser more than a second.
TALK = Recipe(seconds=24.0, scenes=None, sound=Sound(voiced=((0.2, 11.0), (13.2, 23.8))))
ENDLESS = "while true do end"


@contextmanager
def is_read_only(server: RedisServer) -> Iterator[None]:
    server.make_replica()
    yield
    server.make_master()


@contextmanager
def misses_replicas(server: RedisServer) -> Iterator[None]:
    server.want_replicas(1)
    yield
    server.want_replicas(0)


@contextmanager
def is_full(server: RedisServer) -> Iterator[None]:
    with server.client() as client:
        client.config_set("maxmemory", 1)
        yield
        client.config_set("maxmemory", 0)


@contextmanager
def is_busy(server: RedisServer) -> Iterator[None]:
    """Somebody's script runs, and answers to others come with BUSY after 50 ms."""

    def run_without_end() -> None:
        with server.client(socket_timeout=END_S) as client, suppress(RedisError):
            client.eval(ENDLESS, 0)

    thread = threading.Thread(target=run_without_end, daemon=True)
    with server.client() as client:
        client.config_set("lua-time-limit", 50)
        thread.start()
        wait_for(lambda: _says_busy(server), SOON_S, "it is busy")
        yield
        client.script_kill()
    thread.join(SOON_S)


def _says_busy(server: RedisServer) -> bool:
    with server.client(socket_timeout=SOON_S) as client:
        try:
            client.ping()
        except RedisError as error:
            return str(error).startswith("BUSY")
    return False


@contextmanager
def is_crowded(server: RedisServer) -> Iterator[None]:
    """No more clients are let in, and those that are in are cut off."""
    with server.client() as client:
        client.ping()
        client.config_set("maxclients", 1)
        server.cut_clients_but(client)
        yield
        client.config_set("maxclients", 10_000)


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_media(tmp_path_factory.mktemp("in") / "talk.wav", TALK)


@pytest.fixture
def fleet(own_redis: RedisServer, tmp_path: Path) -> Iterator[Fleet]:
    with fleet_on(own_redis, tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("phase", "says"),
    [
        (is_read_only, "read only replica"),
        (misses_replicas, "Not enough good replicas"),
        (is_busy, "is busy running a script"),
        (is_crowded, "max number of clients"),
        (is_full, "when used memory > 'maxmemory'"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_video_at_work_survives(
    fleet: Fleet,
    talk: Path,
    phase: Callable[[RedisServer], AbstractContextManager[None]],
    says: str,
) -> None:
    controller = fleet.start_controller()
    worker = fleet.start_worker()
    fleet.submit(talk)
    # Its line comes before it is stored: a phase between the two would keep the second one waiting.
    worker.wait_for(lambda: _heard(fleet), SOON_S, "the first segment is stored")
    with phase(fleet.server):
        # Its result is to be stored next, and the leases are to be renewed.
        worker.wait_for_line("segment 1 recognised", SOON_S)
        _wait_until_said(worker, "leases of w1@here", says)
        _wait_until_said(controller, "Redis is away", says)
    wait_for(lambda: fleet.state("talk") is VideoState.DONE, END_S, "done", fleet.logs)
    video = fleet.video("talk")
    commits, losses = fleet.client.hmget(KEYS.video(BATCH, "talk"), "commits", "losses")
    assert (video.attempts, video.deaths, commits) == (1, 0, "1"), fleet.logs()
    assert losses in (None, "0")
    assert_whole(fleet.out / "talk.wav")
    assert worker.is_alive()
    assert controller.is_alive()
    assert "Traceback" not in fleet.logs(), fleet.logs()
    _works_on(fleet, talk)


def _heard(fleet: Fleet) -> bool:
    return any(name.startswith("segment:0:") for name in fleet.checkpoints("talk"))


def _works_on(fleet: Fleet, talk: Path) -> None:
    """The next video is taken: the worker's consumer has come back as well."""
    later = talk.with_name("later.wav")
    if not later.exists():
        make_media(later, Recipe(seconds=4.0, scenes=None, sound=Sound(voiced=((0.2, 3.0),))))
    fleet.submit(later)
    wait_for(lambda: fleet.state("later") is VideoState.DONE, END_S, "the next", fleet.logs)


def _wait_until_said(process: Process, who: str, what: str) -> None:
    def is_said() -> bool:
        return any(who in line and what in line for line in process.log().splitlines())

    process.wait_for(is_said, SOON_S, f"{who}: {what}")


@pytest.mark.parametrize("phase", [is_read_only, misses_replicas])
def test_what_starts_meanwhile_works_afterwards(
    fleet: Fleet, talk: Path, phase: Callable[[RedisServer], AbstractContextManager[None]]
) -> None:
    with phase(fleet.server):
        controller = fleet.start_controller()
        worker = fleet.begin_worker()
        _wait_until_said(controller, "Redis is away", "")
        _wait_until_said(worker, "leases of w1@here", "waiting")
    _works_on(fleet, talk)
    assert worker.is_alive()
    assert controller.is_alive()
