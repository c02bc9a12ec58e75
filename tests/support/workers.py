"""Real Celery workers for tests."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any, cast

from redis import Redis

from celery_app.publishing import message_template, queue_key
from tests.support.processes import Process
from tests.support.servers import RedisServer

START_S = 300.0
ANSWER_S = 1.0
ATTEMPTS = 300
NODE = "w1@here"
OPTIONS = ("--without-mingle", "--without-gossip", "--loglevel", "INFO")


class Worker(Process):
    """A worker of tests.support.worker_app; it is ready once the constructor returns."""

    def __init__(
        self, server: RedisServer, folder: Path, *, slots: int = 2, name: str = NODE, **env: str
    ) -> None:
        argv = [sys.executable, "-m", "tests.support.worker_app"]
        environment = {"TEST_REDIS_URL": server.url, "TEST_SLOTS": str(slots), **env}
        super().__init__([*argv, *OPTIONS, "-n", name], folder / f"{name}.log", environment)
        self.wait_for_line("ready.", START_S)


class Remote:
    """Asks a worker by Celery's remote control, each time over a connection of its own."""

    def __init__(self, app: Any, name: str = NODE) -> None:
        self._app = app
        self._name = name

    def __call__(self, command: str, **arguments: Any) -> Any:
        """The worker's answer to a control or inspect command.

        Asks again where none comes: what is published while a worker reconnects is lost.
        """
        for _ in range(ATTEMPTS):
            if replies := self._ask(command, arguments, ANSWER_S):
                return replies[0][self._name]
        raise AssertionError(f"{self._name} does not answer {command}")

    def once(self, command: str, **arguments: Any) -> Any:
        """The answer to a command that is not safe to repeat, of a worker that is connected."""
        (reply,) = self._ask(command, arguments, ATTEMPTS * ANSWER_S)
        return reply[self._name]

    def _ask(self, command: str, arguments: dict[str, Any], timeout_s: float) -> Any:
        with self._app.connection_for_write() as connection:
            return self._app.control.broadcast(
                command,
                arguments,
                destination=[self._name],
                reply=True,
                timeout=timeout_s,
                limit=1,
                connection=connection,
            )


class Queue:
    """Publishes hints as the ledger's scripts do, and reads what the tasks noted."""

    def __init__(self, client: Redis, app: Any) -> None:
        self.client = client
        self.key = queue_key(app)
        self.template = message_template(app)
        self._sent = 0

    def publish(self, *video_ids: str, batch_id: str = "b") -> None:
        """Pushes one message for each video."""
        for video_id in video_ids:
            self._sent += 1
            task_id = f"{batch_id}:{video_id}:{self._sent}-{time.time_ns()}"
            text = self.template.replace("{batch_id}", batch_id).replace("{video_id}", video_id)
            self.client.lpush(self.key, text.replace("{task_id}", task_id))

    def waiting(self) -> int:
        """Messages that no worker has taken."""
        return self.client.llen(self.key)

    def noted(self, name: str) -> list[str]:
        """The videos in a list of notes, oldest first.

        Each once: a note whose answer got lost was written again.
        """
        return list(dict.fromkeys(line.split()[0] for line in self.lines(name)))

    def lines(self, name: str) -> list[str]:
        """The notes themselves: video, pid, time."""
        return cast("list[str]", self.client.lrange(name, 0, -1))

    def running(self) -> int:
        """Videos that noted a start and no end."""
        return len(set(self.noted("started")) - set(self.noted("ended")))
