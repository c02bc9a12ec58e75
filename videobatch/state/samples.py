"""The last samples of each worker, and which workers are alive."""

from __future__ import annotations

import logging
from contextlib import suppress

from pydantic import ValidationError
from redis.exceptions import ResponseError

from videobatch.records import Reading, Sample
from videobatch.state.commands import Commands
from videobatch.state.store import Store

log = logging.getLogger(__name__)

KEPT = 300
ALIVE_S = 5.0


class SampleStore:
    """Samples as JSON texts, newest first, 300 kept for each worker; they expire with it.

    Each call raises LedgerError: `append` where Redis is away, reads once it was for `patience_s`.
    A sample that makes no sense is passed over, and told once for as long as its worker gives such
    ones.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._senseless: frozenset[str] = frozenset()

    def append(self, worker: str, sample_json: str) -> None:
        """Stores one sample. A lost one is not worth a retry."""
        keys = self._store.keys

        def add(redis: Commands) -> None:
            pipe = redis.pipeline(transaction=False)
            pipe.lpush(keys.samples(worker), sample_json)
            pipe.ltrim(keys.samples(worker), 0, KEPT - 1)
            pipe.expire(keys.samples(worker), KEPT)
            pipe.set(keys.alive(worker), sample_json, px=round(ALIVE_S * 1000))
            pipe.sadd(keys.workers, worker)
            pipe.execute()

        self._store.with_patience(0.0).ask(add)

    def alive(self) -> dict[str, Reading]:
        """The newest sample of each worker that spoke within the last five seconds."""
        found: dict[str, Reading] = {}
        senseless: set[str] = set()
        for name, (text, age_s) in self._store.ask(self._texts).items():
            try:
                found[name] = Reading(Sample.from_json(text), age_s)
            except ValidationError as error:
                senseless.add(name)
                if name not in self._senseless:
                    log.warning("the samples of %s are passed over: %s", name, _in_short(error))
        self._senseless = frozenset(senseless)
        return found

    def _texts(self, redis: Commands) -> dict[str, tuple[str, float]]:
        keys = self._store.keys
        names = sorted(redis.smembers(keys.workers))
        if not names:
            return {}
        pipe = redis.pipeline(transaction=False)
        pipe.mget([keys.alive(name) for name in names])
        for name in names:
            pipe.pttl(keys.alive(name))
        texts, *left_ms = pipe.execute()
        gone = [name for name, text in zip(names, texts, strict=True) if text is None]
        if gone:
            # A Redis that takes no writes now can be read all the same.
            with suppress(ResponseError):
                redis.srem(keys.workers, *gone)
        return {
            name: (text, ALIVE_S - max(0, left) / 1000)
            for name, text, left in zip(names, texts, left_ms, strict=True)
            if text is not None
        }


def _in_short(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return ": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"])))
