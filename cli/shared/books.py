"""The ledger as a command reaches it: the set Redis, else that of the local stack.

A Redis that has come back empty, or has gone back in time, is told plainly: the stack's folder
remembers each ledger as it was seen last.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from typing import Any

from cli.shared import console
from cli.stack import locks
from cli.stack.home import open_home, read_json, write_json
from config.settings import Settings
from videobatch.errors import SettingsError
from videobatch.paths import Places
from videobatch.state.beats import Beats, Seen, what
from videobatch.state.ledger import Ledger
from videobatch.state.store import Store
from videobatch.state.views import Views

PATIENCE_S = 5.0
# For the version of the ledger, which is asked for first.
AGREE_S = 2.0
LOCK_WAIT_S = 10.0
# Commands may be days apart.
BEAT_KEPT_S = 30 * 86_400.0
# The beat is remembered anew this often, so that not every command writes.
BEAT_FRESH_MS = 60_000
_LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Books:
    """Writes and reads of one ledger."""

    ledger: Ledger
    views: Views


def open_books(url: str, settings: Settings) -> Books:
    """The ledger behind the URL. Connects at its first use."""
    from videobatch.state.connection import connect

    store = Store(connect(url, name="cli"), settings.prefix, patience_s=PATIENCE_S)
    here = Places(settings.paths.here, settings.paths.below)
    return Books(
        ledger=Ledger(store, places=here),
        views=Views(store, places=here),
    )


def existing_books(settings: Settings) -> Books:
    """The ledger that runs; starts nothing. Raises SettingsError if there is none. What is left of
    a stack whose supervisor is gone is said."""
    from cli.stack.commands import find_redis_url, left_behind
    from videobatch.state.versions import agree

    url = find_redis_url(settings)
    left = left_behind(settings)
    if url is None and left:
        raise SettingsError(
            f"the local stack's supervisor and Redis have ended; still there: {left}",
            hint="`videobatch up` ends what is left and starts the stack with its data",
            code="not_running",
        )
    if url is None:
        raise SettingsError(
            "the local stack does not run",
            hint="start it with `videobatch up`, or submit a folder; "
            "for another Redis set VIDEOBATCH_REDIS_URL",
            code="not_running",
        )
    if left:
        console.complain(
            f"the local stack's supervisor has ended; {left} go on, and nobody starts them again",
            "`videobatch up` starts the stack anew, with its data; nothing is lost",
        )
    books = open_books(url, settings)
    agree(books.ledger.store.with_patience(AGREE_S))
    check_life(books, settings)
    return books


def check_life(books: Books, settings: Settings) -> None:
    """Says plainly, at each command until `recover` ran, that Redis has lost its data.

    The ledger has a mark that is made with it; the stack's folder remembers the one that was seen
    last. Raises LedgerError.
    """
    life = books.ledger.life()
    remembered = _recall(settings)
    last = remembered or _Known(life)
    beats = Beats(
        books.ledger.store, last.beat or secrets.token_hex(8), seen=last.seen, kept_s=BEAT_KEPT_S
    )
    went_back = beats.look()
    is_lost = last.is_lost or last.life != life
    now = _Known(life, is_lost, beats.name, _lasting(last.seen, beats.seen))
    if is_lost:
        console.complain(
            "Redis has lost its data, or is another one: it knows no batch of before",
            "`videobatch recover OUT` rebuilds them from an output folder (documents by default)",
        )
    elif went_back is not None:
        console.complain(
            what(went_back),
            "if a batch is missing, `videobatch recover OUT` adds it again from its output folder "
            "(documents by default)",
        )
    if now != remembered:
        _remember(settings, now)


def mark_recovered(books: Books, settings: Settings) -> None:
    """Remembers this Redis as the right one from now on."""
    life = books.ledger.life()
    _remember(settings, replace(_recall(settings) or _Known(life), life=life, is_lost=False))


@dataclass(frozen=True, slots=True)
class _Known:
    """A ledger as the stack's folder remembers it: the mark of its life, whether its data was lost
    and not recovered since, and the beat of this folder's commands ("": none yet) as they saw it
    last."""

    life: str
    is_lost: bool = False
    beat: str = ""
    seen: Seen = field(default_factory=Seen)

    @classmethod
    def of(cls, kept: dict[str, Any]) -> _Known:
        """The record of what stands in the file."""
        beat, *seen = kept.get("beat") or [""]
        return cls(kept["life"], kept["lost"], beat, Seen(*seen))

    def plain(self) -> dict[str, object]:
        """The record as it stands in the file."""
        beat = {"beat": [self.beat, *astuple(self.seen)]} if self.beat else {}
        return {"life": self.life, "lost": self.is_lost, **beat}


def _lasting(before: Seen, seen: Seen) -> Seen:
    """The beat to remember: the last one's for a while, so that not every command writes."""
    is_alike = replace(before, mark_ms=seen.mark_ms) == seen
    return before if is_alike and seen.mark_ms - before.mark_ms < BEAT_FRESH_MS else seen


def _recall(settings: Settings) -> _Known | None:
    kept = read_json(_file(settings)).get(_key(settings))
    return _Known.of(kept) if kept else None


def _remember(settings: Settings, known: _Known) -> None:
    """Keeps what is known of this ledger; other commands may do so for others at the same time."""
    path = _file(settings)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locks.alone(path.with_name("ledgers.lock"), LOCK_WAIT_S):
        write_json(path, {**read_json(path), _key(settings): known.plain()})


def _file(settings: Settings) -> Path:
    return open_home(settings.home).root / "ledgers.json"


def _key(settings: Settings) -> str:
    if settings.redis_url is None:
        return _LOCAL
    url = settings.redis_url.get_secret_value()
    return hashlib.sha256(f"{url} {settings.prefix}".encode()).hexdigest()[:12]
