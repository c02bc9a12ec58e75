"""The words between a host's recogniser and those who ask it: frames over a Unix socket.

A frame begins with twelve bytes: `VBS` and the version, then the lengths of its header and of its
body (unsigned, big endian). The header is JSON: a request or a reply. The body of a request is what
is to be recognised: sound (16 bit, little endian, mono, of `SAMPLE_RATE_HZ`), or a picture (JPEG).
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from pydantic import ValidationError

from videobatch.errors import TransientError
from videobatch.records import Page, SpeechReading, Utterance, from_json, to_json

R = TypeVar("R")

VERSION = 3
_PREFIX = struct.Struct("!3sBII")
_NAME = b"VBS"
# Ten minutes of sound, or a picture as large as any video's; and the words of more than anybody
# says in so long.
MOST_BODY_BYTES = 32 << 20
MOST_HEADER_BYTES = 16 << 20
AGAIN = "`videobatch down`, then `videobatch up`, so that all of it is of one version"


class WireError(TransientError):
    """An error for what is no frame of this version."""

    default_code = "speech_wire"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The one who is to recognise it: an engine of speech, in the words of the settings, or a
    reader of slides, by its name."""

    engine: str
    model: str
    language: str | None = None
    chinese: str = ""


@dataclass(frozen=True, slots=True)
class Speech:
    """A segment to be transcribed by `wanted`, with the `terms` that may be said in it."""

    wanted: Wanted
    index: int = 0
    start_s: float = 0.0
    terms: tuple[str, ...] = ()
    kind: Literal["speech"] = "speech"


@dataclass(frozen=True, slots=True)
class Slide:
    """A still whose text is to be read by `wanted`."""

    wanted: Wanted
    kind: Literal["slide"] = "slide"


@dataclass(frozen=True, slots=True)
class Request:
    """The work on a request's body for a video ("batch/video"); without work it is a question for
    the reading of the recogniser itself."""

    work: Speech | Slide | None = None
    video: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as it is told to whoever asked: `kind` is `settings`, or that of the error."""

    kind: str
    code: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """The words of a segment, or the lines of a still, or why there are none, and the CPU seconds
    that this took; or the reading that was asked for."""

    utterances: tuple[Utterance, ...] = ()
    page: Page | None = None
    failure: Failure | None = None
    cpu_s: float = 0.0
    reading: SpeechReading | None = None


def send(
    sock: socket.socket,
    record: Request | Reply,
    body: bytes | memoryview = b"",
    on_wait: Callable[[], None] | None = None,
) -> None:
    """Sends a frame. `on_wait` is called each time the socket's timeout has passed, and may raise;
    without it that is a TimeoutError. Raises OSError where nobody reads any more."""
    header = to_json(record).encode()
    head = _PREFIX.pack(_NAME, VERSION, len(header), len(body)) + header
    for part in (memoryview(head), memoryview(body)):
        while part:
            try:
                part = part[sock.send(part) :]  # noqa: PLW2901 - what is left of it
            except TimeoutError:
                if on_wait is None:
                    raise
                on_wait()


def receive_request(sock: socket.socket) -> tuple[Request, int] | None:
    """The next request, and how many bytes its body has; None where the other side has
    closed. Raises WireError and OSError."""
    found = _header(sock, None)
    return None if found is None else (_parsed(Request, found[0]), found[1])


def receive_reply(sock: socket.socket, on_wait: Callable[[], None]) -> Reply:
    """The reply. Raises WireError, and OSError where the connection ended before it."""
    found = _header(sock, on_wait)
    if found is None:
        raise ConnectionResetError("the recogniser has closed the connection")
    return _parsed(Reply, found[0])


def receive_body(sock: socket.socket, count: int) -> bytearray:
    """The body of a request. Raises OSError where it does not come."""
    return _exactly(sock, count, None)


def _header(
    sock: socket.socket, on_wait: Callable[[], None] | None
) -> tuple[bytes | bytearray, int] | None:
    prefix = _exactly(sock, _PREFIX.size, on_wait, may_end=True)
    if not prefix:
        return None
    name, version, header_bytes, body_bytes = _PREFIX.unpack(prefix)
    if name != _NAME:
        raise WireError("what came from the other end is not a recogniser's language")
    if version != VERSION:
        raise WireError(
            f"the other end speaks version {version} of a recogniser's language, this one "
            f"{VERSION}",
            hint=AGAIN,
        )
    if header_bytes > MOST_HEADER_BYTES or body_bytes > MOST_BODY_BYTES:
        raise WireError("a frame of the recogniser's is too large", hint=AGAIN)
    return _exactly(sock, header_bytes, on_wait), body_bytes


def _exactly(
    sock: socket.socket, count: int, on_wait: Callable[[], None] | None, *, may_end: bool = False
) -> bytearray:
    """So many bytes; none at all where the other side ends before them and `may_end`."""
    found = bytearray(count)
    view, done = memoryview(found), 0
    while done < count:
        try:
            got = sock.recv_into(view[done:])
        except TimeoutError:
            if on_wait is None:
                raise
            on_wait()
            continue
        if got == 0:
            if may_end and done == 0:
                return bytearray()
            raise ConnectionResetError("the connection ended in the middle of a frame")
        done += got
    return found


def _parsed(cls: type[R], header: bytes | bytearray) -> R:
    try:
        return from_json(cls, bytes(header))
    except ValidationError as error:
        raise WireError("a frame's header makes no sense", hint=AGAIN) from error
