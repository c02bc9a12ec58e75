"""The way to the host's recogniser: asked for one thing after the other, until it has answered."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from videobatch.errors import (
    NO_RECOGNISER,
    RECOGNISER_DIES,
    STOPPED,
    PermanentError,
    SettingsError,
    StoppingError,
    TransientError,
)
from videobatch.ports import Phases
from videobatch.records import Phase
from videobatch.speech.host import wire
from videobatch.speech.host.wire import Reply, Request, Slide, Speech

log = logging.getLogger(__name__)

# How often whoever waits looks whether it is to stop.
LOOK_EVERY_S = 0.25
# Longer than a supervisor waits before it starts one that keeps dying.
PATIENCE_S = 120.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 1.0
# So often may it die of a request, or beside it, until another try of the video is to come.
MOST_DEATHS = 12
# Over a still, which is worth less than a video, and asked for again by the next attempt.
MOST_DEATHS_OF_STILL = 4


@dataclass(frozen=True, slots=True)
class Asking:
    """The way in which a process asks: at which socket, for which video ("batch/video") at this
    moment, until when, and with how many segments out at once."""

    path: Path
    video: Callable[[], str]
    is_stopping: Callable[[], bool]
    phases: Phases
    parallel: int
    patience_s: float = PATIENCE_S


class Asker:
    """Has the host's recogniser do work, for any number of threads.

    A recogniser that dies is asked again for the same work, for as long as it takes to start
    another one.
    """

    def __init__(self, asking: Asking) -> None:
        self.parallel = asking.parallel
        self._asking = asking
        self._idle: list[socket.socket] = []
        self._lock = threading.Lock()

    def ask(self, work: Speech | Slide, body: bytes | memoryview) -> Reply:
        """The reply to the work on this body, which may tell of a failure. Raises TransientError
        where no recogniser is there for too long, and StoppingError. Safe to repeat."""
        request = Request(work, self._asking.video())
        most = MOST_DEATHS_OF_STILL if isinstance(work, Slide) else MOST_DEATHS
        try_ = _Try(self._asking, most)
        with self._asking.phases.mark(Phase.SPEECH):
            while True:
                try:
                    with self._connection(try_) as connection:
                        wire.send(connection, request, body, self._check_stop)
                        try_.is_sent = True
                        return wire.receive_reply(connection, self._check_stop)
                except OSError as error:
                    # Those that wait for the next one are of the dead one, too.
                    self.close()
                    try_.failed(error)
                    self._pause(try_)

    @contextmanager
    def _connection(self, try_: _Try) -> Iterator[socket.socket]:
        """A connection that nobody else uses; kept for the next one if all went well."""
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = connect(self._asking.path, LOOK_EVERY_S)
            try_.is_there()
        try_.is_connected = True
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._idle.append(connection)

    def close(self) -> None:
        """Ends the connections that nobody uses; the next request has one of its own."""
        with self._lock:
            idle, self._idle = self._idle, []
        for each in idle:
            each.close()

    def _pause(self, try_: _Try) -> None:
        until_s = time.monotonic() + try_.pause_s
        while (left_s := until_s - time.monotonic()) > 0:
            self._check_stop()
            time.sleep(min(left_s, LOOK_EVERY_S))

    def _check_stop(self) -> None:
        if self._asking.is_stopping():
            raise StoppingError(STOPPED)


class _Try:
    """The tries of one request: since when nobody answers, and how often somebody died of it."""

    def __init__(self, asking: Asking, most_deaths: int) -> None:
        self._asking = asking
        self._most_deaths = most_deaths
        self._there_s = time.monotonic()
        self._deaths = 0
        self.is_connected = False
        self.is_sent = False
        self.pause_s = FIRST_PAUSE_S

    def is_there(self) -> None:
        """A recogniser was reached."""
        self._there_s = time.monotonic()
        self.pause_s = FIRST_PAUSE_S

    def failed(self, error: OSError) -> None:
        """Notes the end of a try. Raises TransientError where there were enough."""
        now_s = time.monotonic()
        if self.is_connected:
            # However long the request waited for its turn: somebody was there until now.
            self.is_connected = False
            self._there_s = now_s
        if self.is_sent:
            self.is_sent = False
            self._deaths += 1
            log.warning("the recogniser is gone (%s); it is asked again", error)
        if self._deaths >= self._most_deaths:
            raise TransientError(
                f"the host's recogniser ended {self._deaths} times over one request",
                hint="see the end of its log",
                code=RECOGNISER_DIES,
            ) from error
        if now_s - self._there_s > self._asking.patience_s:
            raise TransientError(
                f"no recogniser answers at {self._asking.path}: {error}",
                hint="`videobatch doctor` tells whether it runs",
                code=NO_RECOGNISER,
            ) from error
        self.pause_s = min(LONGEST_PAUSE_S, 2 * self.pause_s)


def connect(path: Path, timeout_s: float) -> socket.socket:
    """A connection to the recogniser at `path`. Raises OSError where there is none."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout_s)
        connection.connect(str(path))
    except BaseException:
        connection.close()
        raise
    return connection


def raise_failure(reply: Reply) -> None:
    """Raises what the recogniser raised, where the reply tells of a failure."""
    if (failure := reply.failure) is None:
        return
    kinds = {"settings": SettingsError, "permanent": PermanentError}
    cls = kinds.get(failure.kind, TransientError)
    raise cls(failure.message, hint=failure.hint, code=failure.code)
