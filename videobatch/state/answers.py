"""The answers of paid calls, kept so that none is paid for twice."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from redis.exceptions import ResponseError, WatchError

from videobatch.ports import Flight
from videobatch.state.call_flights import CallFlights, RedisFlight
from videobatch.state.commands import Commands, Entry
from videobatch.state.outages import outage_of
from videobatch.state.store import Store

MOST_SPENT = 1000
KEPT_S = 30 * 24 * 3600
# A disk that takes longer is not waited for: the call is paid, and its answer needed.
SYNC_MS = 3000


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call that was about to be sent and whose answer never came: it may have been paid for."""

    call_key: str
    what: str
    began_s: float


@dataclass(frozen=True, slots=True)
class SpentCall:
    """A call that was paid for and whose answer was of no use: why, and when (Unix seconds)."""

    what: str
    why: str
    at_s: float


class _OwnFlight:
    """The flight of one who asks for everything anew."""

    is_kept = True

    def wait(self) -> str | None:
        return None

    def is_due(self) -> bool:
        return True

    def leave(self, answer: str) -> None:
        del answer


class _Unpacked:
    """A flight whose answer is as it was given."""

    def __init__(self, flight: RedisFlight) -> None:
        self._flight = flight
        self.is_due = flight.is_due

    @property
    def is_kept(self) -> bool:
        return self._flight.is_kept

    def wait(self) -> str | None:
        stored = self._flight.wait()
        return None if stored is None else _unpacked(stored)

    def leave(self, answer: str) -> None:
        self._flight.leave(_packed(answer))


def _packed(answer: str) -> str:
    return base64.b64encode(zlib.compress(answer.encode())).decode()


def _unpacked(stored: str) -> str:
    """The answer; "" for what is not as `put` leaves it, which passes no check."""
    try:
        return zlib.decompress(base64.b64decode(stored)).decode()
    except (ValueError, zlib.error):
        return ""


class RedisAnswers:
    """Satisfies `ports.Answers`. Every call raises LedgerError once Redis was away for too long.

    When `put` has returned, an answer is on the disk of a Redis with an append-only file, and
    survives its kill and a power cut. They are kept for 30 days after their last use. Without
    `reads` none is found, so that everything is asked for anew.
    """

    def __init__(
        self,
        store: Store,
        *,
        reads: bool = True,
        is_stopping: Callable[[], bool] = lambda: False,
        attempt: Callable[[], tuple[str, str]] = lambda: ("", ""),
    ) -> None:
        """`is_stopping` and `attempt` are those of `CallFlights`."""
        self._store = store
        self._reads = reads
        self._has_file = True
        self._flights = CallFlights(
            store,
            kept_s=KEPT_S,
            is_stopping=is_stopping,
            attempt=attempt,
        )

    @contextmanager
    def flight(self, call_key: str) -> Iterator[Flight]:
        """The one flight of this call, until the block ends; where nothing is read, everybody has
        one of their own."""
        if not self._reads:
            yield _OwnFlight()
            return
        with self._flights.flight(call_key) as flight:
            yield _Unpacked(flight)

    def get(self, call_key: str) -> str | None:
        """The stored answer, or None."""
        if not self._reads:
            return None
        key = self._store.keys.answer(call_key)
        stored = self._store.ask(lambda redis: redis.getex(key, ex=KEPT_S))
        return None if stored is None else _unpacked(stored)

    def begin(self, call_key: str, what: str) -> None:
        """Notes that the call is about to be sent. Safe to repeat."""

        def note(redis: Commands) -> None:
            seconds, _ = redis.time()
            text = json.dumps([what, int(seconds)])
            redis.hset(self._store.keys.calls, call_key, text)

        self._store.ask(note)

    def put(self, call_key: str, answer: str) -> None:
        """Stores the answer and takes the note back, in one step, and waits until that is on the
        disk: a second at most, where the file is synced each second. Safe to repeat."""
        packed, keys = _packed(answer), self._store.keys

        def keep(redis: Commands) -> None:
            pipe = redis.pipeline(transaction=True)
            pipe.set(keys.answer(call_key), packed, ex=KEPT_S)
            pipe.hdel(keys.calls, call_key)
            pipe.execute()
            # While a sync takes long, what was answered with OK may be in Redis' memory alone.
            self._wait_for_disk(redis)

        self._store.ask(keep)

    def _wait_for_disk(self, redis: Commands) -> None:
        if not self._has_file:
            return
        try:
            redis.waitaof(1, 0, SYNC_MS)
        except ResponseError as error:
            if outage_of(error) is not None:
                raise
            # Before Redis 7.2, or one that keeps no file.
            self._has_file = False

    def drop(self, call_key: str, answer: str) -> None:
        """Removes the stored answer, unless another one has taken its place. Safe to repeat."""
        key = self._store.keys.answer(call_key)

        def remove(redis: Commands) -> None:
            with redis.pipeline(transaction=True) as pipe:
                pipe.watch(key)
                # At once, because the key is watched.
                stored = pipe.get(key)
                if not isinstance(stored, str) or _unpacked(stored) != answer:
                    return
                pipe.multi()
                pipe.delete(key)
                with suppress(WatchError):
                    # Somebody has just replaced it.
                    pipe.execute()

        self._store.ask(remove)

    def spend(self, call_key: str, what: str, why: str) -> None:
        """Notes that the call was paid for in vain, and takes the note of `begin` back. A repeat
        after a lost answer may note it twice."""

        keys = self._store.keys

        def note(redis: Commands) -> None:
            pipe = redis.pipeline(transaction=True)
            pipe.xadd(keys.calls_spent, {"what": what, "why": why}, maxlen=MOST_SPENT)
            pipe.hdel(keys.calls, call_key)
            pipe.execute()

        self._store.ask(note)

    def spent_calls(self) -> list[SpentCall]:
        """The calls that were paid for in vain, the newest first; the last thousand are kept."""

        def read(redis: Commands) -> list[Entry]:
            return redis.xrevrange(self._store.keys.calls_spent)

        return [
            SpentCall(fields["what"], fields["why"], int(entry.partition("-")[0]) / 1000)
            for entry, fields in self._store.ask(read)
        ]

    def forget(self, call_key: str) -> None:
        """Takes the note back. Safe to repeat."""
        self._store.ask(lambda redis: redis.hdel(self._store.keys.calls, call_key))

    def open_calls(self) -> list[OpenCall]:
        """The calls without an answer, oldest first: those that are out now, and those whose
        process died."""
        found = self._store.ask(lambda redis: redis.hgetall(self._store.keys.calls))
        calls = [OpenCall(key, *json.loads(text)) for key, text in found.items()]
        return sorted(calls, key=lambda call: call.began_s)
