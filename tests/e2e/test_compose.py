"""The stack of docker-compose.yml as local processes: a batch, more workers, a lost leader."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, NoPermissionError
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.support.compose import Composed
from tests.support.keys import STACK_KEYS
from tests.support.media import Recipe, Scenes, Sound, make_media
from tests.support.processes import Process
from tests.support.servers import LOOPBACK, free_port
from videobatch.state.connection import connect
from videobatch.state.store import Store
from videobatch.state.views import Views

pytestmark = pytest.mark.real

START_S = 300.0
END_S = 600.0
VIDEOS = 8
# Noise that sounds like syllables keeps the recogniser busy for a second or two.
LECTURE = Recipe(
    seconds=14.0,
    scenes=Scenes(changes_s=(4.0, 8.0, 11.0), fps=5, gop=15),
    sound=Sound(voiced=tuple((at + 0.2, at + 1.7) for at in range(0, 14, 2))),
)


@pytest.fixture
def composed(tmp_path: Path) -> Iterator[Composed]:
    made = Composed(tmp_path / "stack")
    yield made
    made.end()


def get(url: str, password: str | None = None) -> tuple[int, str]:
    """Status and text of a page of Flower."""
    request = urllib.request.Request(url)
    if password is not None:
        code = base64.b64encode(f"videobatch:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {code}")
    try:
        with urllib.request.urlopen(request, timeout=START_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def is_told(port: int, line: str) -> bool:
    _, told = get(f"http://{LOOPBACK}:{port}/metrics")
    return line in told


def leader_of(client: Redis) -> str | None:
    name = client.hget(STACK_KEYS.leader, "name")
    return str(name) if name else None


def test_the_whole_stack(composed: Composed) -> None:
    for number in range(VIDEOS):
        (composed.videos / "course").mkdir(exist_ok=True)
        make_media(composed.videos / "course" / f"lecture {number}.mkv", LECTURE)
    redis = composed.start_redis()
    client = connect(composed.redis_url)
    redis.wait_for(lambda: answers(client), START_S, "Redis answers its user")

    workers = [composed.start("worker") for _ in range(2)]
    metrics = [free_port(), free_port()]
    controllers = [
        composed.start("controller", VIDEOBATCH_METRICS__PORT=str(port)) for port in metrics
    ]
    flower = composed.start("flower")
    # It shows what it was there to hear of.
    is_up = lambda: get(f"{flower_url(composed)}/healthcheck")[1] == "OK"  # noqa: E731
    flower.wait_for(is_up, START_S, "Flower is up")
    recogniser = composed.start("recogniser")
    recogniser.wait_for(partial(composed.is_healthy, "recogniser", recogniser), START_S, "healthy")
    for worker in workers:
        worker.wait_for(partial(composed.is_healthy, "worker", worker), START_S, "healthy")
    for each in controllers:
        each.wait_for(partial(composed.is_healthy, "controller", each), START_S, "healthy")

    # As scripts/compose_submit.sh has it: the folder's name outside.
    outside = {
        "VIDEOBATCH_SUBMIT_FROM": str(composed.folder),
        "VIDEOBATCH_SUBMIT_DIR": "videos/course",
    }
    argv = ("videobatch", "submit", "--detach", "--json")
    exit_code, said, complaint = composed.run_cli(*argv, environment=outside)
    assert exit_code == 0, complaint
    batch = json.loads(said)["batch"]
    views = Views(Store(client, "videobatch"))
    workers[0].wait_for(lambda: done(views, batch) >= 1, END_S, "the first document")

    lost = kill_the_leader(client, controllers)
    lost_at_done = done(views, batch)
    workers += [composed.start("worker") for _ in range(2)]
    standby = next(each for each in controllers if each is not lost)
    standby.wait_for_line("leading", END_S)
    for worker in workers[2:]:
        worker.wait_for(partial(composed.is_healthy, "worker", worker), START_S, "healthy")
    standby.wait_for(lambda: done(views, batch) == VIDEOS, END_S, "every document")
    assert lost_at_done < VIDEOS, "the batch was over before the leader was lost"
    documents = sorted(composed.documents.glob("*/*/summary_report.md"))
    assert len(documents) == VIDEOS
    standby.wait_for(
        lambda: list(composed.documents.glob("*/report.md")), END_S, "the batch's report"
    )

    look_at_flower(composed, flower)
    port = metrics[controllers.index(standby)]
    # The recogniser is heard of through the workers, which find it where both of them meet; and a
    # worker is alive for as long as its last sample is fresh, which one look may just miss.
    for line in (
        f'videobatch_videos{{state="done"}} {VIDEOS}.0',
        "videobatch_leader 1.0",
        f"videobatch_workers {len(workers)}.0",
        "videobatch_recogniser_threads{",
    ):
        standby.wait_for(partial(is_told, port, line), END_S, line)

    for each in (*workers, recogniser):
        each.signal(signal.SIGTERM)
    for each in (*workers, recogniser):
        each.wait_for(partial(ended, each), END_S, "it ends")
        assert each.returncode == 0
        # By its own account within its grace period.
        assert "the grace is over" not in each.log()
    client.close()


def answers(client: Redis) -> bool:
    with contextlib.suppress(RedisConnectionError):
        return bool(client.ping())
    return False


def ended(process: Process) -> bool:
    return not process.is_alive()


def done(views: Views, batch_id: str) -> int:
    batch = views.batch(batch_id)
    assert batch is not None
    return batch.total - batch.open_videos


def kill_the_leader(client: Redis, controllers: list[Process]) -> Process:
    """SIGKILL for the controller that leads."""
    name = leader_of(client)
    assert name is not None
    leader = next(each for each in controllers if name.endswith(f":{each.pid}"))
    os.kill(leader.pid, signal.SIGKILL)
    return leader


def flower_url(composed: Composed) -> str:
    return f"http://{LOOPBACK}:{composed.ports['flower']}"


def look_at_flower(composed: Composed, flower: Process) -> None:
    """Nothing without the password; with it, videos by their names."""
    url = flower_url(composed)
    password = composed.password("flower_password")
    for page in ("/", "/workers", "/tasks", "/broker", "/metrics", "/api/workers", "/api/tasks"):
        assert get(f"{url}{page}")[0] == 401, page
        assert get(f"{url}{page}", "wrong")[0] == 401, page
    assert get(f"{url}/tasks", password)[0] == 200
    assert "flower_" in get(f"{url}/metrics", password)[1]
    flower.wait_for(lambda: rows(url, password), START_S, "the videos are shown")
    shown = rows(url, password)
    assert re.search(r"lecture \d\.mkv · course \(course-", json.dumps(shown, ensure_ascii=False))
    assert {row["kwargs"] for row in shown} <= {"done", "running"} | {
        row["kwargs"] for row in shown if "try" in row["kwargs"]
    }


def rows(url: str, password: str) -> list[dict[str, Any]]:
    """What the page of tasks shows."""
    columns = "&".join(f"columns[{n}][data]={name}" for n, name in enumerate(("args", "kwargs")))
    query = (
        f"draw=1&start=0&length=100&search[value]=&order[0][column]=0&order[0][dir]=asc&{columns}"
    )
    status, text = get(f"{url}/tasks/datatable?{query}", password)
    assert status == 200, text
    found: list[dict[str, Any]] = json.loads(text)["data"]
    return found


def test_redis_of_the_stack_refuses_strangers_and_harm(composed: Composed) -> None:
    redis = composed.start_redis()
    client = connect(composed.redis_url)
    redis.wait_for(lambda: answers(client), START_S, "Redis answers its user")
    port = composed.ports["redis"]
    for url in (f"redis://{LOOPBACK}:{port}/0", f"redis://videobatch:wrong@{LOOPBACK}:{port}/0"):
        with connect(url) as stranger, pytest.raises(AuthenticationError):
            stranger.ping()
    for command in (
        ("FLUSHALL",),
        ("CONFIG", "SET", "dir", "/tmp"),
        ("SHUTDOWN",),
        ("KEYS", "*"),
        ("REPLICAOF", "10.0.0.1", "6379"),
        ("ACL", "LIST"),
        ("SAVE",),
    ):
        with pytest.raises(NoPermissionError):
            client.execute_command(*command)  # type: ignore[no-untyped-call]
    assert client.config_get("maxmemory-policy")
    client.close()
    # The password is nowhere where others could read it.
    password = composed.password("redis_password")
    assert password not in redis.log()
    assert password not in " ".join(psutil.Process(redis.pid).cmdline())


def test_without_a_password_flower_does_not_start(composed: Composed) -> None:
    composed.start_redis()
    flower = composed.start("flower", VIDEOBATCH_FLOWER_PASSWORD_FILE="")
    flower.wait_for(lambda: not flower.is_alive(), START_S, "it ends")
    assert flower.returncode != 0
    assert "behind a password only" in flower.log()


def test_a_folder_that_is_not_mounted_is_named(composed: Composed) -> None:
    composed.start_redis()
    exit_code, _, said = composed.run_cli(
        "videobatch",
        "submit",
        environment={
            "VIDEOBATCH_SUBMIT_FROM": str(composed.folder),
            "VIDEOBATCH_SUBMIT_DIR": "elsewhere",
        },
    )
    assert exit_code == 2
    assert "is not mounted: the containers have" in said
    assert "VIDEOS" in said
