"""A transcriber and a reader of slides for a process that loads no model: they ask the host's
recogniser."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from videobatch.errors import UNREADABLE_PICTURE, PermanentError
from videobatch.ports import SlideReader, Transcriber
from videobatch.records import AudioSegment, Page, SpeechReading, Utterance
from videobatch.speech.host import wire
from videobatch.speech.host.asking import LOOK_EVERY_S, Asker, connect, raise_failure
from videobatch.speech.host.wire import Request, Slide, Speech, Wanted

# A child's share of the reader, its models and a still on each of two threads: 350 MiB for eight.
SHARED_MIB = 50


class SharedTranscriber:
    """Has the host's recogniser transcribe, for any number of threads. It is what `like`, which
    loads nothing here, would be."""

    def __init__(self, like: Transcriber, wanted: Wanted, asker: Asker) -> None:
        self.name = like.name
        self.model = like.model
        self.language = like.language
        self.languages = like.languages
        self.max_segment_s = like.max_segment_s
        self.rough = like.rough
        self.parallel = asker.parallel
        self._wanted = wanted
        self._asker = asker

    def transcribe(self, segment: AudioSegment) -> tuple[Utterance, ...]:
        """The words of the segment. Raises what the recogniser raised, TransientError where there
        is none for too long, and StoppingError. Safe to repeat."""
        work = Speech(self._wanted, segment.index, segment.start_s, segment.terms)
        # A view: minutes of sound need not be there twice.
        sound = segment.samples.astype("<i2", order="C", copy=False).view("u1").data
        reply = self._asker.ask(work, sound)
        raise_failure(reply)
        return reply.utterances


class _Spent(threading.local):
    """The CPU seconds that a thread was told of."""

    cpu_s = 0.0


class SharedSlideReader:
    """Has the host's recogniser read stills, for any number of threads. It is what `like`, which
    loads nothing here, would be."""

    def __init__(self, like: SlideReader, asker: Asker) -> None:
        self.name = like.name
        self.model = like.model
        self.takes_mib = SHARED_MIB
        self._wanted = Wanted(like.name, like.model)
        self._asker = asker
        self._spent = _Spent()

    def read(self, jpeg: bytes) -> Page:
        """The lines of the picture. Raises what the recogniser raised, PermanentError for a picture
        that is too large to be sent, TransientError where there is none for too long, and
        StoppingError. Safe to repeat."""
        if len(jpeg) > wire.MOST_BODY_BYTES:
            raise PermanentError(
                f"a picture cannot be read: it has {len(jpeg)} bytes", code=UNREADABLE_PICTURE
            )
        reply = self._asker.ask(Slide(self._wanted), jpeg)
        self._spent.cpu_s += reply.cpu_s
        raise_failure(reply)
        if reply.page is None:
            raise wire.WireError("the recogniser read a still and told nothing of it")
        return reply.page

    def cpu_s(self) -> float:
        """The recogniser's, for what this thread had it read."""
        return self._spent.cpu_s


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
