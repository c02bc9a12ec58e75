"""The last samples of each worker, and which workers are alive."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import cast

from pydantic import ValidationError
from redis import Redis
from redis.exceptions import ResponseError

from videobatch.records import Reading, Sample
from videobatch.state.connection import patiently

log = logging.getLogger(__name__)

KEPT = 300
ALIVE_S = 5.0


class SampleStore:
    """Samples as JSON texts, newest first, 300 kept for each worker; they expire with it.

    Reads raise LedgerError once Redis was away for `patience_s`. A sample that makes no sense is
    passed over, and told once for as long as its worker gives such ones.
    """

    def __init__(self, client: Redis, prefix: str, *, patience_s: float = 0.0) -> None:
        self._client = client
        self._prefix = prefix
        self._patience_s = patience_s
        self._senseless: frozenset[str] = frozenset()

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

    def alive(self) -> dict[str, Reading]:
        """The newest sample of each worker that spoke within the last five seconds."""
        found: dict[str, Reading] = {}
        senseless: set[str] = set()
        for name, (text, age_s) in patiently(self._texts, patience_s=self._patience_s).items():
            try:
                found[name] = Reading(Sample.from_json(text), age_s)
            except ValidationError as error:
                senseless.add(name)
                if name not in self._senseless:
                    log.warning("the samples of %s are passed over: %s", name, _in_short(error))
        self._senseless = frozenset(senseless)
        return found

    def _texts(self) -> dict[str, tuple[str, float]]:
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
            name: (text, ALIVE_S - max(0, left) / 1000)
            for name, text, left in zip(names, texts, left_ms, strict=True)
            if text is not None
        }


def _in_short(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return ": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"])))
