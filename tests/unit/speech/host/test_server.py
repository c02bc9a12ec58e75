"""The recogniser of a host and those who ask it, in one process over a real socket."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from weakref import ref

import pytest

from tests.support.pages import StubReader, page
from tests.support.pipeline import StubTranscriber
from tests.support.recogniser import HashReader, HashTranscriber, hashing, segment, serving, still
from tests.support.waiting import wait_for
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
from videobatch.speech.host.asking import connect
from videobatch.speech.host.client import read_speech
from videobatch.speech.host.server import HungError, Options, Recogniser, no_reader
from videobatch.speech.host.wire import Reply, Request, Slide, Speech, Wanted

SOON_S = 300.0
WANTED = Wanted("hash", "sha-256", "en")


def ask(connection: socket.socket, part: AudioSegment, wanted: Wanted = WANTED) -> Reply:
    sound = part.samples.astype("<i2").tobytes()
    work = Speech(wanted, part.index, part.start_s)
    wire.send(connection, Request(work, "b/v"), sound)
    return wire.receive_reply(connection, lambda: None)


def test_segments_are_answered_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    with serving(path) as recogniser, connect(path, SOON_S) as connection:
        for index in range(3):
            part = segment(index, seconds=20.0)
            expected = HashTranscriber("en").transcribe(part)
            assert ask(connection, part).utterances == expected
        reading = read_speech(path)
        assert reading is not None
        assert reading.pid == recogniser.reading().pid
        assert (reading.threads, reading.waiting, reading.busy, reading.sound_s) == (2, 0, 0, 60.0)


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (SettingsError("no model", hint="get one"), "settings", "bad_settings"),
        (PermanentError("gave up", code=RECOGNISER), "permanent", RECOGNISER),
        (TransientError("later"), "transient", "transient"),
        (KeyError("ours"), "transient", "internal"),
    ],
)
def test_an_error_is_told_and_the_next_segment_is_answered(
    tmp_path: Path, error: Exception, kind: str, code: str
) -> None:
    errors = [error]

    def fail_once(_part: AudioSegment) -> None:
        if errors:
            raise errors.pop()

    path = tmp_path / "s.sock"
    stub = StubTranscriber(on_segment=fail_once)
    with serving(path, lambda _wanted: stub), connect(path, SOON_S) as connection:
        failure = ask(connection, segment()).failure
        assert failure is not None
        assert (failure.kind, failure.code) == (kind, code)
        if isinstance(error, VideobatchError):
            assert (failure.message, failure.hint) == (error.message, error.hint)
        assert ask(connection, segment(4)).utterances[0].text == "These are the words of part 4."


def look(connection: socket.socket, picture: bytes, video: str = "b/v") -> Reply:
    wire.send(connection, Request(Slide(WANTED), video), picture)
    return wire.receive_reply(connection, lambda: None)


def test_stills_are_read_beside_segments_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    with serving(path) as recogniser, connect(path, SOON_S) as connection:
        for number in range(3):
            reply = look(connection, still(number))
            assert reply.page == HashReader().read(still(number))
            assert reply.cpu_s > 0
        assert ask(connection, segment()).utterances
        reading = recogniser.reading()
        assert (reading.stills, reading.sound_s, reading.busy) == (3, 1.0, 0)


def test_a_still_that_cannot_be_read_hurts_no_other(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    with serving(path) as recogniser:
        with connect(path, SOON_S) as gone:
            wire.send(gone, Request(Slide(WANTED), "b/w"), still())
        with connect(path, SOON_S) as connection:
            for picture in (b"no picture", b""):
                failure = look(connection, picture).failure
                assert failure is not None
                assert (failure.kind, failure.code) == ("permanent", UNREADABLE_PICTURE)
            assert look(connection, still()).page == HashReader().read(still())
        wait_for(lambda: recogniser.reading().busy == 0, SOON_S, "all is done")


def test_a_reader_that_nobody_asks_goes_and_another_one_comes(tmp_path: Path) -> None:
    path, made, stopped = tmp_path / "s.sock", list[ref[HashReader]](), threading.Event()

    def make(_wanted: Wanted) -> HashReader:
        reader = HashReader()
        made.append(ref(reader))
        return reader

    recogniser = Recogniser(hashing, Options(1, idle_s=0.0), make_reader=make)
    thread = threading.Thread(target=recogniser.run, args=(path, stopped.is_set))
    thread.start()
    try:
        wait_for(lambda: read_speech(path) is not None, SOON_S, "it answers")
        with connect(path, SOON_S) as connection:
            for number in range(2):
                assert look(connection, still(number)).page == HashReader().read(still(number))
                wait_for(lambda: made[-1]() is None, SOON_S, "it goes")
        assert len(made) == 2
    finally:
        stopped.set()
        thread.join()


def test_where_no_slides_are_read_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="reads no slides"):
        no_reader(WANTED)


def waits(recogniser: Recogniser, count: int) -> bool:
    return recogniser.reading().waiting == count


def test_the_stills_of_one_video_hold_up_no_other(tmp_path: Path) -> None:
    path, go, begun = tmp_path / "s.sock", threading.Event(), threading.Event()
    order: list[bytes] = []

    class Slow(HashReader):
        def read(self, jpeg: bytes) -> Page:
            order.append(jpeg)
            begun.set()
            go.wait()
            return super().read(jpeg)

    def show(video: str, number: int) -> Page | None:
        with connect(path, SOON_S) as connection:
            return look(connection, still(number), video).page

    served = serving(path, options=Options(1), reader=Slow())
    with served as recogniser, ThreadPoolExecutor(5) as threads:
        out = [threads.submit(show, "b/long", 0)]
        assert begun.wait(SOON_S)
        for number, video in enumerate(("b/long", "b/long", "b/long", "b/short"), 1):
            out.append(threads.submit(show, video, number))
            wait_for(partial(waits, recogniser, number), SOON_S, "it waits")
        go.set()
        for number, each in enumerate(out):
            assert each.result(SOON_S) == HashReader().read(still(number))
    # The one of the short video waits for one still of the long one, and not for three.
    assert order == [still(number) for number in (0, 1, 4, 2, 3)]


def test_a_stranger_and_one_who_goes_disturb_nobody(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    with serving(path) as recogniser:
        with connect(path, SOON_S) as stranger:
            stranger.sendall(b"\x16\x03\x01 hello to you, too")
            failure = wire.receive_reply(stranger, lambda: None).failure
            assert failure is not None
            assert failure.code == "speech_wire"
            with suppress(ConnectionResetError):
                assert stranger.recv(1) == b""
        with connect(path, SOON_S) as gone:
            header = Request(Speech(WANTED), "b/w")
            wire.send(gone, header, segment().samples.tobytes())
        with connect(path, SOON_S) as half:
            half.sendall(b"VBS")
        with connect(path, SOON_S) as odd:
            wire.send(odd, header, b"\0\0\0")
            told = wire.receive_reply(odd, lambda: None).failure
            assert told is not None
            assert "middle of a sample" in told.message
        with connect(path, SOON_S) as connection:
            assert ask(connection, segment()).utterances
        wait_for(lambda: recogniser.reading().busy == 0, SOON_S, "all is done")


def test_no_more_are_let_in_than_it_has_seats_for(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    with serving(path, options=Options(1, most_connections=2)):
        first, second = connect(path, SOON_S), connect(path, SOON_S)
        with first, second, connect(path, SOON_S) as third:
            assert ask(first, segment()).utterances
            assert ask(second, segment()).utterances
            third.settimeout(0.05)
            wire.send(third, Request())
            with pytest.raises(TimeoutError):
                third.recv(1)
            second.close()
            third.settimeout(SOON_S)
            assert wire.receive_reply(third, lambda: None).reading is not None


def test_what_is_out_when_it_is_told_to_stop_is_answered(tmp_path: Path) -> None:
    path, begun, go = tmp_path / "s.sock", threading.Event(), threading.Event()

    def hold(_part: AudioSegment) -> None:
        begun.set()
        go.wait()

    stub = StubTranscriber(on_segment=hold)
    recogniser, stopped = Recogniser(lambda _w: stub, Options(1, grace_s=SOON_S)), threading.Event()
    thread = threading.Thread(target=recogniser.run, args=(path, stopped.is_set))
    thread.start()
    wait_for(lambda: read_speech(path) is not None, SOON_S, "it answers")
    with connect(path, SOON_S) as connection:
        part = segment()
        wire.send(connection, Request(Speech(WANTED), "b/v"), part.samples.tobytes())
        assert begun.wait(SOON_S)
        stopped.set()
        wait_for(lambda: not path.exists(), SOON_S, "nobody else is let in")
        assert thread.is_alive()
        go.set()
        assert wire.receive_reply(connection, lambda: None).utterances
    thread.join()


@pytest.mark.parametrize(
    ("work", "body", "limit"),
    [
        (Speech(WANTED), segment().samples.tobytes(), "HUNG_S"),
        (Slide(WANTED), still(), "HUNG_STILL_S"),
    ],
)
def test_one_that_hangs_ends(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    work: Speech | Slide,
    body: bytes,
    limit: str,
) -> None:
    monkeypatch.setattr(f"videobatch.speech.host.server.{limit}", -100.0)
    path, go = tmp_path / "s.sock", threading.Event()
    stub = StubTranscriber(on_segment=lambda _part: go.wait())
    reader = StubReader((page(),), on_read=lambda _number: go.wait())
    recogniser = Recogniser(lambda _wanted: stub, Options(1), make_reader=lambda _wanted: reader)
    ends: list[type[BaseException]] = []

    def run() -> None:
        try:
            recogniser.run(path, lambda: False)
        except HungError:
            ends.append(HungError)

    thread = threading.Thread(target=run)
    thread.start()
    wait_for(lambda: read_speech(path) is not None, SOON_S, "it answers")
    with connect(path, SOON_S) as connection:
        wire.send(connection, Request(work, "b/v"), body)
        thread.join()
    go.set()
    assert ends == [HungError]
