"""A task of the live benchmark: it burns CPU, calls the test API, and holds memory.

The load stands in Redis as JSON, so that it can change while workers run. What was done is added
up there as well, in seconds of work: a call counts its nominal latency.
"""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from redis import Redis

from tests.support.call_maker import NEED
from videobatch.ports import Phases
from videobatch.providers.calls.call import Call
from videobatch.providers.calls.keys import KeyRing
from videobatch.providers.calls.transport import Transport
from videobatch.records import Phase
from videobatch.state.answers import RedisAnswers
from videobatch.state.limits import RedisLimiter, Scope
from videobatch.state.store import Store

LOAD, WORK, DONE = "bench:load", "bench:work", "bench:done"
SCOPE = "openai.bench.chat"
MB = 1 << 20
PAGE = 4096
# CPU is burned in pieces, each of which is counted when it is over.
PIECE_S = 0.05


@dataclass(frozen=True, slots=True)
class Load:
    """One video: `cpu_s` of computing in as many parts as there are calls, and one more;
    `latency_s` is what a call takes at the server, `memory_mb` is held from its beginning to its
    end."""

    cpu_s: float
    calls: int
    latency_s: float
    memory_mb: int = 10

    def store(self, client: Redis) -> None:
        client.set(LOAD, json.dumps(asdict(self)))


class Task:
    """Does the present load once for each call. One for each process."""

    def __init__(self, client: Redis, prefix: str, phases: Phases, api_url: str) -> None:
        self._client = client
        self._phases = phases
        self._number = itertools.count()
        self._transport = Transport(
            api_url,
            KeyRing(["sk-bench"], "OPENAI_API_KEY"),
            limiter=RedisLimiter(Store(client, prefix), Scope(SCOPE)),
            answers=RedisAnswers(Store(client, prefix)),
            phases=phases,
        )

    def run(self, is_stopping: Callable[[], bool] = lambda: False) -> None:
        """One video, from its beginning to its end or the worker's."""
        load = Load(**json.loads(str(self._client.get(LOAD))))
        held = bytearray(load.memory_mb * MB)
        held[::PAGE] = b"x" * len(held[::PAGE])
        parts = load.calls + 1
        for part in range(parts):
            with self._phases.mark(Phase.CPU):
                self._burn(load.cpu_s / parts)
            if is_stopping():
                return
            if part < load.calls:
                self._transport.send(self._call())
                self._add(load.latency_s)
        self._client.incr(DONE)

    def _burn(self, seconds: float) -> None:
        """So much time of a processor, however long it takes to get it."""
        left_s = seconds
        while left_s > 1e-6:
            piece_s = min(PIECE_S, left_s)
            until_s = time.thread_time() + piece_s
            while time.thread_time() < until_s:
                pass
            left_s -= piece_s
            self._add(piece_s)

    def _add(self, seconds: float) -> None:
        self._client.incrbyfloat(WORK, seconds)

    def _call(self) -> Call:
        name = f"{os.getpid()}-{next(self._number)}"
        body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": name}]}

        def answer(decoded: Any) -> str:
            return str(decoded["choices"][0]["message"]["content"])

        return Call(
            key=f"bench-{name}",
            what=f"the call {name}",
            path="chat/completions",
            need=NEED,
            build=lambda: {"json": body},
            used=lambda _body: NEED,
            answer=answer,
        )
