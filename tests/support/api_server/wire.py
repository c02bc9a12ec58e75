"""HTTP/1.1 as far as this server needs it: heads, bodies as a stream, answers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus

HEAD_BYTES = 64 * 1024
CHUNK_BYTES = 64 * 1024

Headers = Sequence[tuple[str, str]]


class WireError(Exception):
    """What came is not HTTP."""


@dataclass(frozen=True, slots=True)
class Head:
    """A request without its body. Header names are lower case."""

    method: str
    path: str
    headers: dict[str, str]
    keep_alive: bool

    @property
    def expects_continue(self) -> bool:
        return self.headers.get("expect", "").lower() == "100-continue"


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """The next request's head, None when the client has closed. Raises WireError."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial.strip():
            raise WireError("the head is cut") from error
        return None
    except asyncio.LimitOverrunError as error:
        raise WireError("the head is too long") from error
    lines = raw.decode("latin-1").strip("\r\n").split("\r\n")
    try:
        method, target, version = lines[0].split(" ")
    except ValueError as error:
        raise WireError("no request line") from error
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            raise WireError("no header line")
        headers[name.strip().lower()] = value.strip()
    wish = headers.get("connection", "").lower()
    keep_alive = wish != "close" if version == "HTTP/1.1" else wish == "keep-alive"
    return Head(method, target.partition("?")[0], headers, keep_alive)


class Body:
    """A request's body, read once, in pieces of at most CHUNK_BYTES."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: Head
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._head = head
        self._begun = False
        self._pieces = self._read()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._pieces

    async def _read(self) -> AsyncIterator[bytes]:
        self._begun = True
        if self._head.expects_continue:
            self._writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        async for piece in _read_body(self._reader, self._head):
            yield piece

    @property
    def is_withheld(self) -> bool:
        """The client waits to be asked for it, and was not."""
        return self._head.expects_continue and not self._begun

    async def skip(self) -> None:
        """Reads what is left, so that the client, which sends before it reads, sees the answer
        and the connection can be used again."""
        async for _ in self._pieces:
            pass


async def _read_body(reader: asyncio.StreamReader, head: Head) -> AsyncIterator[bytes]:
    """Raises WireError, IncompleteReadError."""
    if "chunked" in head.headers.get("transfer-encoding", "").lower():
        while size := await _chunk_size(reader):
            async for piece in _exactly(reader, size):
                yield piece
            await reader.readexactly(2)
        while (await reader.readline()).strip():
            pass  # trailers
        return
    try:
        length = int(head.headers.get("content-length", "0"))
    except ValueError as error:
        raise WireError("no length") from error
    async for piece in _exactly(reader, length):
        yield piece


async def _chunk_size(reader: asyncio.StreamReader) -> int:
    try:
        line = await reader.readline()
        return int(line.split(b";")[0], 16)
    except ValueError as error:
        raise WireError("no chunk size") from error


async def _exactly(reader: asyncio.StreamReader, size: int) -> AsyncIterator[bytes]:
    left = size
    while left > 0:
        piece = await reader.read(min(CHUNK_BYTES, left))
        if not piece:
            raise asyncio.IncompleteReadError(b"", left)
        left -= len(piece)
        yield piece


def answer_bytes(
    status: int, headers: Headers, body: bytes, kind: str, *, keep_alive: bool
) -> bytes:
    """A whole response. An empty body has no content type."""
    phrase = HTTPStatus(status).phrase
    lines = [f"HTTP/1.1 {status} {phrase}", f"content-length: {len(body)}"]
    if body:
        lines.append(f"content-type: {kind}")
    lines += [f"{name}: {value}" for name, value in headers]
    lines.append(f"connection: {'keep-alive' if keep_alive else 'close'}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


async def close(writer: asyncio.StreamWriter) -> None:
    """Closes, whatever state the connection is in."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
