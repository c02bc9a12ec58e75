"""The last samples of each worker, and which workers are alive."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, cast

from redis import Redis
from redis.exceptions import ResponseError

from videobatch.state.connection import patiently

KEPT = 300
ALIVE_S = 5.0


class SampleStore:
    """Samples as JSON texts, newest first, 300 kept for each worker; they expire with it.

    Reads raise LedgerError once Redis was away for `patience_s`.
    """

    def __init__(self, client: Redis, prefix: str, *, patience_s: float = 0.0) -> None:
        self._client = client
        self._prefix = prefix
        self._patience_s = patience_s

    def append(self, worker: str, sample_json: str) -> None:
        """Stores one sample. Raises redis.RedisError; a lost sample is not worth a retry."""
        key = f"{self._prefix}:samples:{worker}"
        pipe = self._client.pipeline(transaction=False)
        pipe.lpush(key, sample_json)
        pipe.ltrim(key, 0, KEPT - 1)
        pipe.expire(key, KEPT)
        pipe.set(f"{self._prefix}:alive:{worker}", sample_json, px=round(ALIVE_S * 1000))
        pipe.sadd(f"{self._prefix}:workers", worker)
        pipe.execute()

    def alive(self) -> dict[str, dict[str, Any]]:
        """The newest sample of each worker that spoke within the last five seconds."""
        return {name: sample for name, (sample, _) in self.alive_with_age().items()}

    def alive_with_age(self) -> dict[str, tuple[dict[str, Any], float]]:
        """The same, each with its age in seconds by Redis' clock."""
        return patiently(self._alive_with_age, patience_s=self._patience_s)

    def _alive_with_age(self) -> dict[str, tuple[dict[str, Any], float]]:
        names = sorted(cast("set[str]", self._client.smembers(f"{self._prefix}:workers")))
        if not names:
            return {}
        keys = [f"{self._prefix}:alive:{name}" for name in names]
        pipe = self._client.pipeline(transaction=False)
        pipe.mget(keys)
        for key in keys:
            pipe.pttl(key)
        texts, *left_ms = pipe.execute()
        gone = [name for name, text in zip(names, texts, strict=True) if text is None]
        if gone:
            # A Redis that takes no writes now can be read all the same.
            with suppress(ResponseError):
                self._client.srem(f"{self._prefix}:workers", *gone)
        return {
            name: (json.loads(text), ALIVE_S - max(0, left) / 1000)
            for name, text, left in zip(names, texts, left_ms, strict=True)
            if text is not None
        }

    def recent(self, worker: str, count: int = KEPT) -> list[dict[str, Any]]:
        """Up to `count` samples of the worker, newest first."""
        key = f"{self._prefix}:samples:{worker}"
        texts = patiently(
            lambda: cast("list[str]", self._client.lrange(key, 0, count - 1)),
            patience_s=self._patience_s,
        )
        return [json.loads(text) for text in texts]
