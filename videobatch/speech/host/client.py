"""The transcriber of a process that loads no model: it asks the host's recogniser."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from videobatch.errors import (
    STOPPED,
    PermanentError,
    SettingsError,
    StoppingError,
    TransientError,
)
from videobatch.ports import Phases, Transcriber
from videobatch.records import AudioSegment, Phase, SpeechReading, Utterance
from videobatch.speech.host import wire
from videobatch.speech.host.wire import Failure, Reply, Request, Wanted

log = logging.getLogger(__name__)

# How often whoever waits looks whether it is to stop, and for the reading at most.
LOOK_EVERY_S = 0.25
# Longer than a supervisor waits before it starts one that keeps dying.
PATIENCE_S = 120.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 1.0
# So often may it die of a segment, or beside it, until another try of the video is to come.
MOST_DEATHS = 12


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


class SharedTranscriber:
    """Has the host's recogniser transcribe, for any number of threads.

    It is what `like`, which loads nothing here, would be. A recogniser that dies is asked again
    for the same segment, for as long as it takes to start another one.
    """

    def __init__(self, like: Transcriber, wanted: Wanted, asking: Asking) -> None:
        self.name = like.name
        self.model = like.model
        self.language = like.language
        self.languages = like.languages
        self.max_segment_s = like.max_segment_s
        self.rough = like.rough
        self.parallel = asking.parallel
        self._wanted = wanted
        self._asking = asking
        self._idle: list[socket.socket] = []
        self._lock = threading.Lock()

    def transcribe(self, segment: AudioSegment) -> tuple[Utterance, ...]:
        """The words of the segment. Raises what the recogniser raised, TransientError where there
        is none for too long, and StoppingError. Safe to repeat."""
        with self._asking.phases.mark(Phase.SPEECH):
            reply = self._asked_until_answered(segment)
        if reply.failure is not None:
            raise _raised(reply.failure)
        return reply.utterances

    def _asked_until_answered(self, segment: AudioSegment) -> Reply:
        request = Request(
            self._wanted, self._asking.video(), segment.index, segment.start_s, segment.terms
        )
        # A view: minutes of sound need not be there twice.
        sound = segment.samples.astype("<i2", order="C", copy=False).view("u1").data
        try_ = _Try(self._asking)
        while True:
            try:
                with self._connection(try_) as connection:
                    wire.send(connection, request, sound, self._check_stop)
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
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._idle.append(connection)

    def close(self) -> None:
        """Ends the connections that nobody uses; the next segment has one of its own."""
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
    """One segment's tries: since when nobody answers, and how often somebody died of it."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._there_s = time.monotonic()
        self._deaths = 0
        self.is_sent = False
        self.pause_s = FIRST_PAUSE_S

    def is_there(self) -> None:
        """A recogniser was reached."""
        self._there_s = time.monotonic()
        self.pause_s = FIRST_PAUSE_S

    def failed(self, error: OSError) -> None:
        """Notes the end of a try. Raises TransientError where there were enough."""
        if self.is_sent:
            self.is_sent = False
            self._deaths += 1
            log.warning("the recogniser is gone (%s); the segment is asked for again", error)
        if self._deaths >= MOST_DEATHS:
            raise TransientError(
                f"the host's recogniser ended {self._deaths} times over one segment",
                hint="see the end of its log",
                code="recogniser_dies",
            ) from error
        if time.monotonic() - self._there_s > self._asking.patience_s:
            raise TransientError(
                f"no recogniser answers at {self._asking.path}: {error}",
                hint="`videobatch doctor` tells whether it runs",
                code="no_recogniser",
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


def read_speech(path: Path, timeout_s: float = LOOK_EVERY_S) -> SpeechReading | None:
    """The reading of the recogniser at `path`; None where none answers at once."""

    def give_up() -> None:
        raise TimeoutError

    try:
        with contextlib.closing(connect(path, timeout_s)) as connection:
            wire.send(connection, Request(), on_wait=give_up)
            return wire.receive_reply(connection, give_up).reading
    except (OSError, wire.WireError):
        return None


def _raised(failure: Failure) -> SettingsError | PermanentError | TransientError:
    kinds = {"settings": SettingsError, "permanent": PermanentError}
    cls = kinds.get(failure.kind, TransientError)
    return cls(failure.message, hint=failure.hint, code=failure.code)
