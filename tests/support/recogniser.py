"""A host's recogniser that knows no language and no letters: it tells the hash of what it gets.

`python -m tests.support.recogniser SOCKET THREADS` serves until SIGTERM.
"""

from __future__ import annotations

import hashlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tests.support.pages import line, page
from tests.support.waiting import wait_for
from videobatch.errors import UNREADABLE_PICTURE, PermanentError
from videobatch.ports import SlideReader, Transcriber
from videobatch.records import AudioSegment, Page, Utterance
from videobatch.speech.host.client import read_speech
from videobatch.speech.host.server import Options, Recogniser
from videobatch.speech.host.wire import Wanted

SOON_S = 300.0


class HashTranscriber:
    """Hears the hash of a segment and what it was told; equal samples and terms give equal
    words."""

    name = "hash"
    model = "sha-256"
    languages: frozenset[str] = frozenset()
    max_segment_s = 30.0
    parallel = 1
    rough = False

    def __init__(self, language: str | None = None) -> None:
        self.language = language

    def transcribe(self, segment: AudioSegment) -> tuple[Utterance, ...]:
        text = " ".join((str(self.language), segment.content_hash, *segment.terms))
        return (Utterance(segment.start_s, segment.end_s, text, 0.5),)


class HashReader:
    """Reads the hash of a picture, which must be a JPEG; equal pictures give equal pages."""

    name = "hash"
    model = "sha-256"
    takes_mib = 1

    def read(self, jpeg: bytes) -> Page:
        if not jpeg.startswith(b"\xff\xd8"):
            raise PermanentError("a picture cannot be read: it is none", code=UNREADABLE_PICTURE)
        return page(line(hashlib.sha256(jpeg).hexdigest(), 60, 50))

    def cpu_s(self) -> float:
        return time.thread_time()


def hashing(wanted: Wanted) -> Transcriber:
    """Makes one for what is wanted."""
    return HashTranscriber(wanted.language)


@contextmanager
def serving(
    path: Path,
    make: Callable[[Wanted], Transcriber] = hashing,
    options: Options | None = None,
    reader: SlideReader | None = None,
) -> Iterator[Recogniser]:
    """A recogniser in threads of this process, which answers at `path` in the block."""
    reads = reader or HashReader()
    recogniser = Recogniser(make, options or Options(2), make_reader=lambda _wanted: reads)
    stopped = threading.Event()
    thread = threading.Thread(target=recogniser.run, args=(path, stopped.is_set))
    thread.start()
    try:
        wait_for(lambda: read_speech(path) is not None, SOON_S, "it answers")
        yield recogniser
    finally:
        stopped.set()
        thread.join()


def segment(index: int = 0, seconds: float = 1.0) -> AudioSegment:
    """A segment of its own for each index, at ten times that second."""
    samples = np.arange(round(seconds * 16_000), dtype=np.int64) * (index + 7) % 30_000
    return AudioSegment(index, 10.0 * index, samples.astype(np.int16))


def still(number: int = 0) -> bytes:
    """A picture of its own for each number, for a reader that does not look."""
    return b"\xff\xd8" + str(number).encode() * 5_000


def main() -> None:
    """Serves until SIGTERM."""
    path, threads = Path(sys.argv[1]), int(sys.argv[2])
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    Recogniser(hashing, Options(threads), make_reader=lambda _wanted: HashReader()).run(
        path, stopped.is_set
    )


if __name__ == "__main__":
    main()
