"""The recogniser of a host: answers those who ask it over a Unix socket, all by the same models."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from videobatch.errors import SettingsError, VideobatchError
from videobatch.heap import give_back
from videobatch.ports import SlideReader, Transcriber
from videobatch.records import SAMPLE_RATE_HZ, AudioSegment, Page, SpeechReading, Utterance
from videobatch.speech.host import wire
from videobatch.speech.host.decoders import Decoders
from videobatch.speech.host.loaded import Loaded
from videobatch.speech.host.place import listening
from videobatch.speech.host.speed import Speed, Tally
from videobatch.speech.host.wire import Failure, Reply, Request, Slide, Speech, Wanted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

# More than a host has children, with several requests each; who comes after them waits outside.
MOST_CONNECTIONS = 1024
# Whoever was to send a body, or to take a reply, and does nothing.
STALLED_S = 10.0
# What takes longer than this, and so many times as long as a segment lasts, never ends.
HUNG_S, HUNG_FACTOR = 300.0, 20.0
# Less than a still that hangs may keep a video, whose stage has ten minutes and more, four times.
HUNG_STILL_S = 120.0
SAMPLE_BYTES = 2


@dataclass(frozen=True, slots=True)
class Options:
    """`threads` requests are worked on at once; a model that nobody has used for `idle_s` goes;
    what is out when it is to stop is answered, for `grace_s` at most."""

    threads: int
    idle_s: float = 120.0
    grace_s: float = 5.0
    most_connections: int = MOST_CONNECTIONS


class HungError(Exception):
    """A request takes far longer than it may: only another process can go on."""


def no_reader(wanted: Wanted) -> SlideReader:
    """Raises SettingsError: slides are not read here."""
    raise SettingsError("this recogniser reads no slides")


class Recogniser:
    """Answers requests for segments and stills, those of each video in turn.

    `make` gives the transcriber for what is wanted, and `make_reader` the reader, cheaply: they
    load their models at their first use, and are used by several threads at once. A request waits
    with its body unread, so that however many wait, only what is worked on takes memory here.
    """

    def __init__(
        self,
        make: Callable[[Wanted], Transcriber],
        options: Options,
        memory_bytes: Callable[[], int | None] = lambda: None,
        make_reader: Callable[[Wanted], SlideReader] = no_reader,
    ) -> None:
        self._options = options
        self._memory_bytes = memory_bytes
        self._transcribers = Loaded(make, options.idle_s, lambda _: give_back())
        self._readers = Loaded(make_reader, options.idle_s, lambda _: give_back())
        self._decoders = Decoders(options.threads)
        self._speed = Speed()
        self._stills = Tally()
        self._seats = threading.Semaphore(options.most_connections)

    def run(
        self, path: Path, is_stopping: Callable[[], bool], tick: Callable[[], object] = bool
    ) -> None:
        """Serves the socket at `path` until `is_stopping`; `tick` is called twice a second. Raises
        SettingsError where there can be no socket, and HungError."""
        with listening(path, is_stopping, tick) as listener:
            while listener is not None and not is_stopping():
                tick()
                self._transcribers.drop_idle()
                self._readers.drop_idle()
                if self._decoders.is_hung:
                    raise HungError
                self._accept(listener)
        until_s = time.monotonic() + self._options.grace_s
        while self._decoders.busy and time.monotonic() < until_s:
            time.sleep(0.02)

    def reading(self) -> SpeechReading:
        """A look at its work of this moment."""
        return SpeechReading(
            pid=os.getpid(),
            threads=self._decoders.threads,
            waiting=self._decoders.waiting,
            busy=self._decoders.busy,
            sound_s=round(self._speed.sound_s, 3),
            sound_per_s=round(self._speed.per_s(), 3),
            stills=self._stills.count,
            memory_bytes=self._memory_bytes(),
        )

    def _accept(self, listener: socket.socket) -> None:
        if not self._seats.acquire(timeout=listener.gettimeout()):
            return
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            self._seats.release()
            return
        threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        """Answers one request after the other of one who asks, until it goes."""
        with contextlib.closing(connection):
            try:
                # Those who ask are silent for as long as they like.
                connection.settimeout(None)
                while (found := wire.receive_request(connection)) is not None:
                    connection.settimeout(STALLED_S)
                    self._answer(connection, *found)
                    connection.settimeout(None)
            except wire.WireError as error:
                log.warning("%s", error.message)
                with contextlib.suppress(OSError):
                    # Its first bytes tell another version, too, what is spoken here.
                    wire.send(connection, Reply(failure=_failure(error)))
            except OSError as error:
                log.debug("somebody who asked is gone: %s", error)
            finally:
                self._seats.release()

    def _answer(self, connection: socket.socket, request: Request, body_bytes: int) -> None:
        work = request.work
        if work is None:
            wire.send(connection, Reply(reading=self.reading()))
            return
        limit_s = HUNG_STILL_S
        if isinstance(work, Speech):
            limit_s = HUNG_S + HUNG_FACTOR * body_bytes / SAMPLE_BYTES / SAMPLE_RATE_HZ

        def job() -> Reply:
            return self._reply(work, wire.receive_body(connection, body_bytes))

        reply = self._decoders.do(request.video, job, limit_s)
        wire.send(connection, reply)

    def _reply(self, work: Speech | Slide, body: bytearray) -> Reply:
        began_s = time.thread_time()
        try:
            if isinstance(work, Slide):
                reply = Reply(page=self._read(work, body))
            else:
                reply = Reply(self._transcribed(work, body))
        except VideobatchError as error:
            reply = Reply(failure=_failure(error))
        except Exception as error:
            log.exception("an error of ours")
            reply = Reply(failure=_unforeseen(error))
        return replace(reply, cpu_s=time.thread_time() - began_s)

    def _transcribed(self, work: Speech, sound: bytearray) -> tuple[Utterance, ...]:
        segment = AudioSegment(work.index, work.start_s, _samples(sound), work.terms)
        with self._transcribers.use(work.wanted) as transcriber:
            utterances = transcriber.transcribe(segment)
        self._speed.add(segment.duration_s)
        return utterances

    def _read(self, work: Slide, picture: bytearray) -> Page:
        try:
            with self._readers.use(work.wanted) as reader:
                page = reader.read(bytes(picture))
        finally:
            # A still leaves more in the heap than the models take.
            give_back()
        self._stills.add()
        return page


def _samples(sound: bytearray) -> NDArray[np.int16]:
    import numpy as np

    if len(sound) % SAMPLE_BYTES:
        raise wire.WireError("a segment ends in the middle of a sample")
    found: NDArray[np.int16] = np.frombuffer(sound, "<i2")
    return found if sys.byteorder == "little" else found.astype(np.int16)


def _failure(error: VideobatchError) -> Failure:
    kind = "settings" if isinstance(error, SettingsError) else error.kind.value
    return Failure(kind, error.code, error.message, error.hint)


def _unforeseen(error: Exception) -> Failure:
    return Failure(
        "transient",
        "internal",
        f"an unexpected error of the recogniser: {type(error).__name__}: {error}",
        "its log has the details; please report it",
    )
