"""The work that others left: ended leases, lost messages, reports to write, files to clear away."""

from __future__ import annotations

from dataclasses import dataclass, replace

from videobatch.records import ErrorKind, ErrorRecord, to_json
from videobatch.state.commands import Commands
from videobatch.state.hints import Hints
from videobatch.state.keys import ids_of, member
from videobatch.state.ledger.part import LedgerPart

SWEEP_GAP_S = 4.0
HINT_AGE_S = 3.0
LOOK_AT_QUEUE_S = 1.0
SWEPT_AT_ONCE = 25
FORGOTTEN_AT_ONCE = 200
# Work that is left is taken up by the next sweep.
_SWEEP_STEPS = 20

_LOST = ErrorRecord(
    ErrorKind.PERMANENT,
    "worker_lost",
    "its worker vanished again and again, at last with nothing beside it",
    "check the machines' memory and network, then submit again; `videobatch dead show` has the "
    "evidence",
)


@dataclass(frozen=True, slots=True)
class Swept:
    """The work of a sweep: counts of videos and of messages; and who holds what runs."""

    due: int
    expired: int
    lost_hints: int
    published: int
    prolonged: int
    owners: tuple[str, ...] = ()

    def and_then(self, later: Swept) -> Swept:
        """Both together; the owners of the later one."""
        return Swept(
            self.due + later.due,
            self.expired + later.expired,
            self.lost_hints + later.lost_hints,
            self.published + later.published,
            self.prolonged + later.prolonged,
            later.owners,
        )


class Upkeep(LedgerPart):
    """The sweep, and the lists of what is due."""

    def sweep(self) -> Swept:
        """Returns expired and due videos to pending, finds lost messages, feeds: in steps, so that
        none holds up the others who want something of Redis."""
        done = Swept(0, 0, 0, 0, 0)
        for _ in range(_SWEEP_STEPS):
            swept, has_more, older_than_ms = self._sweep_step()
            done = done.and_then(swept)
            if older_than_ms:
                lost = self._forget_lost_hints(older_than_ms)
                done = replace(done, lost_hints=done.lost_hints + lost)
            if not has_more:
                break
        return done

    def _sweep_step(self) -> tuple[Swept, bool, int]:
        reply = self._run(
            "ledger/sweep",
            self._lease_ms,
            round(SWEEP_GAP_S * 1000),
            round(HINT_AGE_S * 1000),
            round(LOOK_AT_QUEUE_S * 1000),
            to_json(_LOST),
            SWEPT_AT_ONCE,
        )
        due, expired, published, prolonged, more, older_than_ms, owners = reply
        swept = Swept(due, expired, 0, published, prolonged, tuple(owners))
        return swept, bool(more), older_than_ms

    def _forget_lost_hints(self, older_than_ms: int) -> int:
        """Forgets the messages, published before then, that are in the queue no more.

        The queue is read after the list of messages: one that is not there has left it.
        """
        hints = Hints(self.store)
        published = hints.older_than(older_than_ms)
        queued = hints.queued() if published else set()
        forgotten = 0
        for start in range(0, len(published), FORGOTTEN_AT_ONCE):
            some = published[start : start + FORGOTTEN_AT_ONCE]
            args = [value for m, ms in some for value in (m, ms, int(m in queued))]
            forgotten += int(self._run("ledger/forget_hints", *args))
        return forgotten

    def reports_due(self, *, most: int | None = None) -> dict[str, str]:
        """Batches whose report is to be written, with the ticket of their end: all, or at most so
        many by chance, so that those which cannot be written hold up no others."""
        key = self.store.keys.reports

        def read(redis: Commands) -> dict[str, str]:
            if most is None:
                return redis.hgetall(key)
            flat = redis.hrandfield(key, most, withvalues=True)
            return dict(zip(flat[::2], flat[1::2], strict=True))

        return self.store.ask(read)

    def report_written(self, batch_id: str, ended: str) -> None:
        """Takes a batch off that list, unless it ended again. Safe to repeat."""
        self._run("ledger/report_written", batch_id, ended)

    def leftovers(self, most: int) -> list[tuple[str, str, float]]:
        """Videos that will not go on by themselves and whose attempts may have left files that are
        to go by now: batch, video, and when they were due (ms)."""

        key = self.store.keys.leftovers

        def read(redis: Commands) -> list[tuple[str, float]]:
            seconds, micros = redis.time()
            now_ms = seconds * 1000 + micros // 1000
            return redis.zrangebyscore(key, "-inf", now_ms, 0, most, withscores=True)

        return [(*ids_of(name), due_ms) for name, due_ms in self.store.ask(read)]

    def is_left(self, batch_id: str, video_id: str, due_ms: float) -> bool:
        """True where the video has not begun again since the list had it."""
        key, name = self.store.keys.leftovers, member(batch_id, video_id)
        return self.store.ask(lambda redis: redis.zscore(key, name)) == due_ms

    def cleaned(self, batch_id: str, video_id: str, due_ms: float, *, again_s: float = 0.0) -> None:
        """Takes a video off that list, or puts it off, unless it began again. Safe to repeat."""
        self._run("ledger/cleaned", batch_id, video_id, f"{due_ms:.0f}", round(again_s * 1000))
