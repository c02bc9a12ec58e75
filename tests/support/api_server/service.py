"""The listening side: one port for the API, one for its control, and outages."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
from collections.abc import Awaitable, Callable

from tests.support.api_server.calls import Api
from tests.support.api_server.options import Options
from tests.support.api_server.replies import JSON, Reply, error_reply, json_reply
from tests.support.api_server.wire import (
    HEAD_BYTES,
    Body,
    Head,
    WireError,
    answer_bytes,
    close,
    read_head,
)

LOOPBACK = "127.0.0.1"
BACKLOG = 1024

Handler = Callable[[Head, Body], Awaitable[Reply]]


class Service:
    """Runs until its process ends. Control has a port of its own, which no outage closes."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._api = Api(options)
        self._open: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._listening: asyncio.Server | None = None
        self._switching = asyncio.Lock()
        # Bound and silent: keeps the port while nobody listens on it.
        self._place = socket.socket()
        for option in (socket.SO_REUSEPORT, socket.SO_REUSEADDR):
            self._place.setsockopt(socket.SOL_SOCKET, option, 1)
        self._place.bind((LOOPBACK, options.port))

    async def run(self) -> None:
        """Listens, writes both ports to stdout as a line of JSON, and follows the schedule."""
        control = await asyncio.start_server(
            self._on_control, LOOPBACK, self._options.control_port, limit=HEAD_BYTES
        )
        await self._switch()
        ports = {
            "port": self._place.getsockname()[1],
            "control_port": control.sockets[0].getsockname()[1],
        }
        sys.stdout.write(json.dumps(ports) + "\n")
        sys.stdout.flush()
        while True:
            self._changed.clear()
            await self._switch()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), self._until_edge_s())

    def _until_edge_s(self) -> float | None:
        edge_s = self._api.limits.next_edge_s()
        return None if edge_s is None else max(0.0, edge_s - self._api.now_s())

    async def _switch(self) -> None:
        """Listens or not, and cuts connections, as the outages say at this moment."""
        async with self._switching:
            self._api.limits.advance(self._api.now_s())
            outage = self._api.limits.outage()
            if outage is not None:
                self._cut()
            refuse = outage is not None and outage.kind == "refuse"
            if refuse and self._listening is not None:
                self._listening.close()
                self._listening = None
            elif not refuse and self._listening is None:
                self._listening = await asyncio.start_server(
                    self._on_api,
                    *self._place.getsockname(),
                    limit=HEAD_BYTES,
                    backlog=BACKLOG,
                    reuse_port=True,
                )

    def _cut(self) -> None:
        for connection in self._open:
            connection.cancel()

    # --- connections ----------------------------------------------------------------------

    async def _on_api(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_down():
            self._api.counts.cut += 1
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._converse(reader, writer, self._on_call)
        except asyncio.CancelledError:
            self._api.counts.cut += 1
            writer.transport.abort()
        finally:
            self._open.discard(task)

    async def _on_call(self, head: Head, body: Body) -> Reply:
        if self._is_down():
            raise asyncio.CancelledError
        return await self._api.handle(head, body)

    def _is_down(self) -> bool:
        self._api.limits.advance(self._api.now_s())
        return self._api.limits.outage() is not None

    async def _on_control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._converse(reader, writer, self._control)

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handler: Handler
    ) -> None:
        """Answers requests until the client or HTTP says that it was the last."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            try:
                while (head := await read_head(reader)) is not None:
                    if not await self._exchange(head, reader, writer, handler):
                        break
            except WireError as error:
                reply = error_reply(400, str(error))
                writer.write(answer_bytes(400, (), reply.body, JSON, keep_alive=False))
        await close(writer)

    async def _exchange(
        self,
        head: Head,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        handler: Handler,
    ) -> bool:
        """One request and its answer; True if another may follow."""
        body = Body(reader, writer, head)
        reply = await handler(head, body)
        keep_alive = head.keep_alive and not body.is_withheld
        if reader.at_eof() or writer.is_closing():
            self._api.counts.unread += reply.status == 200
        writer.write(
            answer_bytes(reply.status, reply.headers, reply.body, reply.kind, keep_alive=keep_alive)
        )
        await writer.drain()
        if not body.is_withheld:
            await body.skip()
        return keep_alive

    # --- control --------------------------------------------------------------------------

    async def _control(self, head: Head, body: Body) -> Reply:
        raw = b"".join([piece async for piece in body])
        try:
            wanted = json.loads(raw or b"{}")
            match head.method, head.path:
                case "GET", "/control/counts":
                    return json_reply(self._api.counted())
                case "POST", "/control/change":
                    self._api.change(wanted)
                case "POST", "/control/reset":
                    self._api.reset(restart=bool(wanted.get("restart")))
                case _:
                    return error_reply(404, f"no such control: {head.method} {head.path}")
        except ValueError as error:
            return error_reply(400, str(error))
        await self._switch()
        self._changed.set()
        return json_reply({})
