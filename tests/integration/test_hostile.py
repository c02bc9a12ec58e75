"""Messages that somebody forged: each is refused and logged, and the worker goes on."""

from __future__ import annotations

import base64
import json
import os
import pickle
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from celery_app.app import make_app
from celery_app.celery_settings import AppOptions
from celery_app.messages import MOST_CHARS, is_id
from tests.support.servers import RedisServer
from tests.support.workers import Queue, Worker

pytestmark = pytest.mark.real

SOON_S = 300.0


class Opens:
    """What writes a file as soon as somebody unpickles it."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[Any, tuple[str, int]]:
        return os.mkdir, (self.path, 0o700)


@pytest.fixture
def queue(redis_server: RedisServer) -> Iterator[Queue]:
    app = make_app(AppOptions(broker_url=redis_server.url, key_prefix="vb"))
    with redis_server.client() as client:
        yield Queue(client, app)
    app.close()


def forged(queue: Queue, trap: Path) -> dict[str, str | bytes]:
    """Texts for the queue, by what is wrong with them."""
    sound = queue.template.replace("{batch_id}", "b").replace("{video_id}", "nap-x")
    sound = sound.replace("{task_id}", "b:nap-x:1")

    def changed(**fields: Any) -> str:
        return json.dumps({**json.loads(sound), **fields})

    headers = json.loads(sound)["headers"]
    poison = base64.b64encode(pickle.dumps([["b", "v"], {}, Opens(trap)])).decode()
    return {
        "bytes": b"\xff\xfe\x00",
        "no JSON": "process_video(b, v)",
        "a number": "7",
        "a list": "[]",
        "nothing": "null",
        "an empty object": "{}",
        "a deep one": "[" * 200_000,
        "half of one": sound[: len(sound) // 2],
        "a huge one": changed(body="x" * (MOST_CHARS + 1)),
        "no properties": changed(properties=None),
        "no body": changed(body=None),
        "a pickle": changed(
            body=poison,
            properties={**json.loads(sound)["properties"], "body_encoding": "base64"},
            **{"content-type": "application/x-python-serialize", "content-encoding": "binary"},
        ),
        "yaml": changed(
            **{"content-type": "application/x-yaml", "body": "!!python/name:os.system"}
        ),
        "another task": changed(headers={**headers, "task": "os.system"}),
        "no task": changed(headers={}),
        "no id": changed(headers={**headers, "id": None}),
        "wrong times": changed(headers={**headers, "eta": [], "expires": {}, "retries": "x"}),
        "wrong limits": changed(headers={**headers, "id": "b:nap-x:2", "timelimit": "now"}),
        "a date that is none": changed(headers={**headers, "eta": "tomorrow"}),
        "body that is no JSON": changed(body="{"),
        "body of another form": changed(body=json.dumps("x")),
    }


def ended(queue: Queue, video_id: str) -> bool:
    return video_id in queue.noted("ended")


def test_forged_messages_are_refused_and_the_worker_goes_on(
    redis_server: RedisServer, queue: Queue, tmp_path: Path
) -> None:
    trap = tmp_path / "trap"
    texts = forged(queue, trap)
    queue.client.set("go", 1)
    accepted: list[str] = []
    with Worker(redis_server, tmp_path, slots=1) as worker:
        for number, (kind, text) in enumerate(texts.items()):
            logged = len(worker.log())
            queue.client.lpush(queue.key, text)
            queue.publish(f"hold-{number}")
            wanted = f"hold-{number}"
            worker.wait_for(
                partial(ended, queue, wanted), SOON_S, f"the video that comes after {kind}"
            )
            said = worker.log()[logged:]
            # Celery warns of a message that names no task; all others are errors.
            if not re.search(r"\b(WARNING|ERROR|CRITICAL)\b", said):
                accepted.append(kind)
        assert accepted == []
        assert worker.is_alive()
        assert "ready." in worker.log()
        assert worker.log().count("ready.") == 1
    assert not trap.exists()


def test_arguments_that_name_no_video_reach_no_key() -> None:
    assert is_id("lectures-01ab23cd")
    assert not any(
        map(is_id, ["../../etc/passwd", "a/b", "a:b", "", "a" * 201, "a\n", None, 7, ["x"], {}])
    )
