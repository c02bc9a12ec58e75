"""The way to the host's recogniser: whom it waits for and how long, whatever is asked for."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.pages import StubReader, page
from tests.support.pipeline import StubTranscriber
from tests.support.recogniser import HashReader, HashTranscriber, segment, serving, still
from tests.support.waiting import wait_for
from videobatch.errors import SettingsError, StoppingError, TransientError
from videobatch.records import AudioSegment, Phase
from videobatch.speech.host import wire
from videobatch.speech.host.asking import (
    MOST_DEATHS,
    MOST_DEATHS_OF_STILL,
    Asker,
    Asking,
    raise_failure,
)
from videobatch.speech.host.place import listening
from videobatch.speech.host.server import Options
from videobatch.speech.host.wire import Failure, Reply, Slide, Speech, Wanted
from videobatch.telemetry.phases import PhaseTable

SOON_S = 300.0
WANTED = Wanted("hash", "sha-256")
SHOWN, SPOKEN = Slide(WANTED), Speech(WANTED)
Made = Callable[..., Asker]


@pytest.fixture
def made() -> Iterator[Made]:
    """Makes those that ask, whose connections end with the test."""
    out: list[Asker] = []

    def make(path: Path, **changes: Any) -> Asker:
        asking = Asking(
            path,
            video=lambda: "b/v",
            is_stopping=lambda: False,
            phases=PhaseTable().join(0),
            parallel=3,
        )
        out.append(Asker(replace(asking, **changes)))
        return out[-1]

    yield make
    for each in out:
        each.close()


def sound(index: int = 0, seconds: float = 1.0) -> bytes:
    return segment(index, seconds).samples.tobytes()


def test_sound_and_pictures_go_the_same_way_from_many_threads(tmp_path: Path, made: Made) -> None:
    path = tmp_path / "s.sock"
    asker = made(path)
    assert asker.parallel == 3
    with serving(path), ThreadPoolExecutor(4) as threads:
        heard = [threads.submit(asker.ask, Speech(WANTED, n, 10.0 * n), sound(n)) for n in range(9)]
        seen = [threads.submit(asker.ask, SHOWN, still(n)) for n in range(9)]
        for number in range(9):
            words = HashTranscriber().transcribe(segment(number))
            assert heard[number].result(SOON_S).utterances == words
            assert seen[number].result(SOON_S).page == HashReader().read(still(number))


@pytest.mark.parametrize("work", [SHOWN, SPOKEN])
def test_its_thread_is_in_a_phase_of_its_own(
    tmp_path: Path, made: Made, work: Slide | Speech
) -> None:
    path, begun, go = tmp_path / "s.sock", threading.Event(), threading.Event()

    def hold(_what: object) -> None:
        begun.set()
        go.wait()

    table = PhaseTable()
    asker = made(path, phases=table.join(0))
    stub, reader = StubTranscriber(on_segment=hold), StubReader([page()], hold)
    with serving(path, lambda _wanted: stub, reader=reader), ThreadPoolExecutor(1) as threads:
        out = threads.submit(asker.ask, work, still())
        assert begun.wait(SOON_S)
        assert table.counts(lambda _pid: True)[Phase.SPEECH] == 1
        go.set()
        assert out.result(SOON_S).failure is None
    assert table.counts(lambda _pid: True)[Phase.SPEECH] == 0


def test_a_recogniser_that_is_not_there_yet_is_waited_for(tmp_path: Path, made: Made) -> None:
    path = tmp_path / "s.sock"
    with ThreadPoolExecutor(1) as threads:
        out = threads.submit(made(path).ask, SHOWN, still())
        with serving(path):
            assert out.result(SOON_S).page == HashReader().read(still())


def test_connections_of_one_that_is_gone_are_made_anew(tmp_path: Path, made: Made) -> None:
    path = tmp_path / "s.sock"
    asker = made(path)
    for number in range(3):
        with serving(path):
            assert asker.ask(SHOWN, still(number)).page == HashReader().read(still(number))


def test_one_that_never_comes_is_an_error_that_may_pass(tmp_path: Path, made: Made) -> None:
    with pytest.raises(TransientError, match="no recogniser answers") as raised:
        made(tmp_path / "s.sock", patience_s=0.0).ask(SHOWN, still())
    assert raised.value.code == "no_recogniser"
    assert "doctor" in raised.value.hint


@pytest.mark.parametrize(
    ("work", "body", "most"),
    [
        (SHOWN, still(), MOST_DEATHS_OF_STILL),
        (SPOKEN, segment().samples.tobytes(), MOST_DEATHS),
    ],
)
def test_one_that_dies_of_a_request_each_time_is_given_up(
    tmp_path: Path, made: Made, work: Speech | Slide, body: bytes, most: int
) -> None:
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
                        wire.receive_body(connection, found[1])
                        deaths.append(1)

    thread = threading.Thread(target=die)
    thread.start()
    try:
        with pytest.raises(TransientError, match="over one request") as raised:
            made(path).ask(work, body)
    finally:
        stop.set()
        thread.join()
    assert raised.value.code == "recogniser_dies"
    assert len(deaths) == most


def test_a_request_that_waited_longer_than_patience_outlives_a_death(
    tmp_path: Path, made: Made
) -> None:
    path, stop = tmp_path / "s.sock", threading.Event()
    replies = [None, Reply(page=page())]

    def serve() -> None:
        with listening(path, stop.is_set) as listener:
            assert listener is not None
            while replies and not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    connection, _ = listener.accept()
                    with connection:
                        found = wire.receive_request(connection)
                        assert found is not None
                        wire.receive_body(connection, found[1])
                        reply = replies.pop(0)
                        if reply is not None:
                            wire.send(connection, reply)

    thread = threading.Thread(target=serve)
    thread.start()
    wait_for(path.exists, SOON_S, "it listens")
    # Any wait is longer than no patience at all.
    try:
        assert made(path, patience_s=0.0).ask(SHOWN, still()).page == page()
    finally:
        stop.set()
        thread.join()


def test_whoever_waits_stops_when_it_is_told(tmp_path: Path, made: Made) -> None:
    path, go, stopping = tmp_path / "s.sock", threading.Event(), threading.Event()
    with pytest.raises(StoppingError):
        made(path, is_stopping=lambda: True).ask(SPOKEN, sound())

    def hold(_part: AudioSegment) -> None:
        go.wait()

    asker = made(path, is_stopping=stopping.is_set)
    stub = StubTranscriber(on_segment=hold)
    with serving(path, lambda _wanted: stub, Options(1)) as recogniser:
        with ThreadPoolExecutor(2) as threads:
            # The first is decoded, the second waits with its sound unsent.
            out = [threads.submit(asker.ask, SPOKEN, sound(n, seconds=30.0)) for n in range(2)]
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


def test_only_a_failure_is_raised() -> None:
    raise_failure(Reply())
    with pytest.raises(SettingsError, match="no model") as raised:
        raise_failure(Reply(failure=Failure("settings", "bad_settings", "no model", "get one")))
    assert raised.value.hint == "get one"
