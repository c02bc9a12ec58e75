"""The transcriber and the reader that ask: what they take from others, what they give back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.pages import StubReader, slide
from tests.support.pipeline import StubTranscriber
from tests.support.recogniser import HashReader, HashTranscriber, segment, serving, still
from videobatch.errors import (
    RECOGNISER,
    UNREADABLE_PICTURE,
    PermanentError,
    SettingsError,
    TransientError,
    VideobatchError,
)
from videobatch.records import AudioSegment, Page
from videobatch.speech.host import wire
from videobatch.speech.host.asking import Asker, Asking
from videobatch.speech.host.client import SharedSlideReader, SharedTranscriber, read_speech
from videobatch.speech.host.place import listening
from videobatch.speech.host.wire import Wanted
from videobatch.telemetry.phases import PhaseTable

LIKE = HashTranscriber("en")
WANTED = Wanted("hash", "sha-256", "en")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s.sock"


@pytest.fixture
def asker(path: Path) -> Iterator[Asker]:
    asking = Asking(
        path,
        video=lambda: "b/v",
        is_stopping=lambda: False,
        phases=PhaseTable().join(0),
        parallel=3,
    )
    with closing(Asker(asking)) as made:
        yield made


def test_it_is_like_the_recogniser_that_it_asks(path: Path, asker: Asker) -> None:
    made = SharedTranscriber(LIKE, WANTED, asker)
    for name in ("name", "model", "language", "languages", "max_segment_s", "rough"):
        assert getattr(made, name) == getattr(LIKE, name)
    assert made.parallel == 3
    with serving(path), ThreadPoolExecutor(4) as threads:
        parts = [segment(index) for index in range(12)]
        parts.append(replace(parts[0], terms=("Tycho Brahe", "thylakoid")))
        assert list(threads.map(made.transcribe, parts)) == list(map(LIKE.transcribe, parts))


def test_it_is_like_the_reader_that_it_asks(path: Path, asker: Asker) -> None:
    like = HashReader()
    made = SharedSlideReader(like, asker)
    assert (made.name, made.model) == (like.name, like.model)
    with serving(path) as recogniser, ThreadPoolExecutor(4) as threads:
        stills = [still(number) for number in range(12)]
        assert list(threads.map(made.read, stills)) == list(map(like.read, stills))
        assert recogniser.reading().stills == 12


ERRORS = [
    SettingsError("no model", hint="get one"),
    PermanentError("gave up", code=RECOGNISER),
    TransientError("later", hint="soon"),
]


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_is_raised_as_it_was_there(
    path: Path, asker: Asker, error: VideobatchError
) -> None:
    def fail(_what: AudioSegment | int) -> None:
        raise error

    stub, reader = StubTranscriber(on_segment=fail), StubReader([slide("a")], fail)
    with serving(path, lambda _wanted: stub, reader=reader):
        with pytest.raises(type(error)) as heard:
            SharedTranscriber(LIKE, WANTED, asker).transcribe(segment())
        with pytest.raises(type(error)) as read:
            SharedSlideReader(reader, asker).read(still())
    for raised in (heard.value, read.value):
        assert raised.record() == error.record()
        assert type(raised) is type(error)


class Busy(HashReader):
    """Takes the processor for some time, and fails of what is no picture only then."""

    def read(self, jpeg: bytes) -> Page:
        until_s = self.cpu_s() + 0.02
        while self.cpu_s() < until_s:
            pass
        return super().read(jpeg)


def test_its_clock_tells_what_the_recogniser_took_even_for_what_cannot_be_read(
    path: Path, asker: Asker
) -> None:
    made = SharedSlideReader(Busy(), asker)
    with serving(path, reader=Busy()):
        began_s = made.cpu_s()
        made.read(still())
        read_s = made.cpu_s()
        with pytest.raises(PermanentError) as raised:
            made.read(b"no picture")
        assert raised.value.code == UNREADABLE_PICTURE
        assert read_s - began_s >= 0.02
        assert made.cpu_s() - read_s >= 0.02
        # Another thread's clock is its own.
        others: list[float] = []
        thread = threading.Thread(target=lambda: others.append(made.cpu_s()))
        thread.start()
        thread.join()
        assert others == [0.0]


def test_a_picture_that_is_too_large_to_be_sent_asks_nobody(
    path: Path, asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "MOST_BODY_BYTES", 1000)
    made = SharedSlideReader(HashReader(), asker)
    with pytest.raises(PermanentError, match="5002 bytes") as raised:
        made.read(still())
    assert raised.value.code == UNREADABLE_PICTURE


def test_a_reading_of_nobody_is_none(path: Path) -> None:
    assert read_speech(path) is None
    # One that stands still, too.
    with listening(path, lambda: False):
        assert read_speech(path, timeout_s=0.01) is None
