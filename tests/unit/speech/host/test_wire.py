"""Frames between a recogniser and those who ask it: whole, and as they should not be."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from typing import NoReturn

import pytest

from videobatch.records import Box, Page, SlideLine, SpeechReading, Utterance, Word
from videobatch.speech.host import wire
from videobatch.speech.host.wire import Failure, Reply, Request, Slide, Speech, Wanted, WireError

WHISPER = Wanted("whisper", "base", "zh", "simplified")
SPOKEN = Request(Speech(WHISPER, 3, 90.0, ("Tycho Brahe",)), "b/v")
SHOWN = Request(Slide(Wanted("rapidocr", "small")), "b/v")


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.mark.parametrize("request_", [SPOKEN, SHOWN, Request()])
def test_a_request_arrives_with_its_body(
    pair: tuple[socket.socket, socket.socket], request_: Request
) -> None:
    body = bytes(range(256)) * 4096
    sender = threading.Thread(target=wire.send, args=(pair[0], request_, body))
    sender.start()
    found = wire.receive_request(pair[1])
    assert found == (request_, len(body))
    assert wire.receive_body(pair[1], len(body)) == body
    sender.join()
    pair[0].close()
    assert wire.receive_request(pair[1]) is None


@pytest.mark.parametrize(
    "reply",
    [
        Reply((Utterance(1.0, 2.5, "你好", 0.9, words=(Word(1.0, 2.0, "你好"),), language="zh"),)),
        Reply(
            page=Page(960, 540, (SlideLine("光合作用", Box(1.0, 2.0, 3.5, 4.0), 0.9),)), cpu_s=0.7
        ),
        Reply(failure=Failure("settings", "bad_settings", "no model", "get one")),
        Reply(reading=SpeechReading(1, 2, 3, 1, 4.5, 6.7, None, 8)),
    ],
)
def test_a_reply_arrives_as_it_was(pair: tuple[socket.socket, socket.socket], reply: Reply) -> None:
    wire.send(pair[0], reply)
    assert wire.receive_reply(pair[1], pytest.fail) == reply


def test_the_waits_are_told(pair: tuple[socket.socket, socket.socket]) -> None:
    def enough() -> NoReturn:
        raise InterruptedError("enough")

    pair[0].settimeout(0.001)
    with pytest.raises(InterruptedError, match="enough"):
        wire.receive_reply(pair[0], enough)
    with pytest.raises(InterruptedError, match="enough"):
        wire.send(pair[0], SPOKEN, bytes(1 << 24), enough)


def frame(
    name: bytes = b"VBS", version: int = wire.VERSION, header: bytes = b"{}", sizes: int = 0
) -> bytes:
    return struct.pack("!3sBII", name, version, sizes or len(header), sizes) + header


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "not a recogniser's language"),
        (frame(version=2), "speaks version 2 .* this one 3"),
        (frame(sizes=1 << 31), "too large"),
        (frame(header=b"not json"), "makes no sense"),
        (frame(header=b'{"video": 3}'), "makes no sense"),
        (frame(header=b'{"work": {"kind": "song", "wanted": {}}}'), "makes no sense"),
    ],
)
def test_what_is_no_frame_is_refused(
    pair: tuple[socket.socket, socket.socket], data: bytes, why: str
) -> None:
    pair[0].sendall(data)
    with pytest.raises(WireError, match=why):
        wire.receive_request(pair[1])


@pytest.mark.parametrize("kept", [1, 11, 12, 20])
def test_a_frame_that_is_cut_is_a_connection_that_ended(
    pair: tuple[socket.socket, socket.socket], kept: int
) -> None:
    pair[0].sendall(frame(header=b'{"video": "b/v"}')[:kept])
    pair[0].close()
    with pytest.raises(ConnectionResetError):
        wire.receive_request(pair[1])
    # A reply that never begins is one that is cut, too.
    with pytest.raises(ConnectionResetError):
        wire.receive_reply(pair[1], pytest.fail)
