"""The transcriber that asks: what it takes from others, whom it waits for and how long."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.pipeline import StubTranscriber
from tests.support.recogniser import HashTranscriber, segment, serving
from tests.support.waiting import wait_for
from videobatch.errors import (
    RECOGNISER,
    PermanentError,
    SettingsError,
    StoppingError,
    TransientError,
    VideobatchError,
)
from videobatch.records import AudioSegment, Phase
from videobatch.speech.host import wire
from videobatch.speech.host.client import MOST_DEATHS, Asking, SharedTranscriber, read_speech
from videobatch.speech.host.place import listening
from videobatch.speech.host.server import Options
from videobatch.speech.host.wire import Wanted
from videobatch.telemetry.phases import PhaseTable

SOON_S = 300.0
LIKE = HashTranscriber("en")
Shared = Callable[..., SharedTranscriber]


def asking(path: Path, **changes: Any) -> Asking:
    made = Asking(
        path,
        video=lambda: "b/v",
        is_stopping=lambda: False,
        phases=PhaseTable().join(0),
        parallel=3,
    )
    return replace(made, **changes)


@pytest.fixture
def shared() -> Iterator[Shared]:
    """Makes those that ask, whose connections end with the test."""
    made: list[SharedTranscriber] = []

    def make(path: Path, **changes: Any) -> SharedTranscriber:
        wanted = Wanted("hash", "sha-256", "en")
        made.append(SharedTranscriber(LIKE, wanted, asking(path, **changes)))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_it_is_like_the_recogniser_that_it_asks(tmp_path: Path, shared: Shared) -> None:
    path = tmp_path / "s.sock"
    made = shared(path)
    for name in ("name", "model", "language", "languages", "max_segment_s", "rough"):
        assert getattr(made, name) == getattr(LIKE, name)
    assert made.parallel == 3
    with serving(path), ThreadPoolExecutor(4) as threads:
        parts = [segment(index) for index in range(12)]
        parts.append(replace(parts[0], terms=("Tycho Brahe", "thylakoid")))
        assert list(threads.map(made.transcribe, parts)) == list(map(LIKE.transcribe, parts))


def test_its_thread_is_in_a_phase_of_its_own(tmp_path: Path, shared: Shared) -> None:
    path, begun, go = tmp_path / "s.sock", threading.Event(), threading.Event()

    def hold(_part: AudioSegment) -> None:
        begun.set()
        go.wait()

    table = PhaseTable()
    made = shared(path, phases=table.join(0))
    stub = StubTranscriber(on_segment=hold)
    with serving(path, lambda _wanted: stub), ThreadPoolExecutor(1) as threads:
        out = threads.submit(made.transcribe, segment())
        assert begun.wait(SOON_S)
        assert table.counts(lambda _pid: True)[Phase.SPEECH] == 1
        go.set()
        assert out.result()
    assert table.counts(lambda _pid: True)[Phase.SPEECH] == 0


@pytest.mark.parametrize(
    "error",
    [
        SettingsError("no model", hint="get one"),
        PermanentError("gave up", code=RECOGNISER),
        TransientError("later", hint="soon"),
    ],
)
def test_an_error_is_raised_as_it_was_there(
    tmp_path: Path, error: VideobatchError, shared: Shared
) -> None:
    def fail(_part: AudioSegment) -> None:
        raise error

    path = tmp_path / "s.sock"
    stub = StubTranscriber(on_segment=fail)
    with serving(path, lambda _wanted: stub), pytest.raises(type(error)) as raised:
        shared(path).transcribe(segment())
    assert raised.value.record() == error.record()
    assert type(raised.value) is type(error)


def test_a_recogniser_that_is_not_there_yet_is_waited_for(tmp_path: Path, shared: Shared) -> None:
    path = tmp_path / "s.sock"
    with ThreadPoolExecutor(1) as threads:
        out = threads.submit(shared(path).transcribe, segment())
        with serving(path):
            assert out.result(SOON_S) == LIKE.transcribe(segment())


def test_connections_of_one_that_is_gone_are_made_anew(tmp_path: Path, shared: Shared) -> None:
    path = tmp_path / "s.sock"
    made = shared(path)
    for index in range(3):
        with serving(path):
            assert made.transcribe(segment(index)) == LIKE.transcribe(segment(index))


def test_one_that_never_comes_is_an_error_that_may_pass(tmp_path: Path, shared: Shared) -> None:
    with pytest.raises(TransientError, match="no recogniser answers") as raised:
        shared(tmp_path / "s.sock", patience_s=0.0).transcribe(segment())
    assert raised.value.code == "no_recogniser"
    assert "doctor" in raised.value.hint


def test_one_that_dies_of_a_segment_each_time_is_given_up(tmp_path: Path, shared: Shared) -> None:
    path, stop = tmp_path / "s.sock", threading.Event()
    deaths: list[int] = []

    def die() -> None:
        with listening(path, stop.is_set) as listener:
            assert listener is not None
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    connection, _ = listener.accept()
                    with connection:
                        found = wire.receive_request(connection)
                        assert found is not None
                        wire.receive_sound(connection, found[1])
                        deaths.append(1)

    thread = threading.Thread(target=die)
    thread.start()
    try:
        with pytest.raises(TransientError, match="over one segment") as raised:
            shared(path).transcribe(segment())
    finally:
        stop.set()
        thread.join()
    assert raised.value.code == "recogniser_dies"
    assert len(deaths) == MOST_DEATHS


def test_whoever_waits_stops_when_it_is_told(tmp_path: Path, shared: Shared) -> None:
    path, go, stopping = tmp_path / "s.sock", threading.Event(), threading.Event()
    with pytest.raises(StoppingError):
        shared(path, is_stopping=lambda: True).transcribe(segment())
    stub = StubTranscriber(on_segment=lambda _part: go.wait())
    made = shared(path, is_stopping=stopping.is_set)
    with serving(path, lambda _wanted: stub, Options(1)) as recogniser:
        with ThreadPoolExecutor(2) as threads:
            # The first is decoded, the second waits with its sound unsent.
            out = [threads.submit(made.transcribe, segment(n, seconds=30.0)) for n in range(2)]
            wait_for(
                lambda: (recogniser.reading().busy, recogniser.reading().waiting) == (1, 1),
                SOON_S,
                "both have asked",
            )
            stopping.set()
            for each in out:
                with pytest.raises(StoppingError):
                    each.result(SOON_S)
        go.set()


def test_a_reading_of_nobody_is_none(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    assert read_speech(path) is None
    # One that stands still, too.
    with listening(path, lambda: False):
        assert read_speech(path, timeout_s=0.01) is None
