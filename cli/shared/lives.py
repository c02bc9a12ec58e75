"""Whether Redis still is the one that it was: it may have come back empty, or gone back in time."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

from cli.shared import console
from cli.shared.books import Books
from cli.stack import locks
from cli.stack.home import open_home, read_json, write_json
from config.settings import Settings
from videobatch.state.beats import Beats, Seen, what

_LOCAL = "local"
# Commands may be days apart.
KEPT_S = 30 * 86_400.0
FRESH_MS = 60_000
WAIT_S = 10.0


def check_life(books: Books, settings: Settings) -> None:
    """Says plainly, at each command until `recover` ran, that Redis has lost its data.

    The ledger has a mark that is made with it; the stack's folder remembers the one that was seen
    last. Raises LedgerError.
    """
    life = books.ledger.life()
    seen = read_json(_file(settings))
    last = seen.get(_key(settings)) or {"life": life, "lost": False}
    beats = _beats(books, settings, last)
    went_back = beats.look()
    now = {
        "life": life,
        "lost": last["lost"] or last["life"] != life,
        "beat": [beats.name, *_lasting(last, beats.seen)],
    }
    if went_back is not None and not now["lost"]:
        console.complain(
            what(went_back),
            "if a batch is missing, `videobatch recover OUT` adds it again from its output folder "
            "(documents by default)",
        )
    if now["lost"]:
        console.complain(
            "Redis has lost its data, or is another one: it knows no batch of before",
            "`videobatch recover OUT` rebuilds them from an output folder (documents by default)",
        )
    if now != seen.get(_key(settings)):
        _remember(settings, now)


def is_recovered(books: Books, settings: Settings) -> None:
    """From now on this Redis is the right one."""
    seen = read_json(_file(settings))
    now = {**seen.get(_key(settings), {}), "life": books.ledger.life(), "lost": False}
    _remember(settings, now)


def _beats(books: Books, settings: Settings, last: dict[str, Any]) -> Beats:
    """The beat of the commands of this stack's folder, as the last one left it."""
    name, *seen = last.get("beat") or [secrets.token_hex(8)]
    return Beats(
        books.ledger.client,
        settings.prefix,
        name,
        patience_s=books.ledger.patience_s,
        seen=Seen(*seen),
        kept_s=KEPT_S,
    )


def _lasting(last: dict[str, Any], seen: Seen) -> tuple[int, ...]:
    """What to remember: the last one's for a while, so that not every command writes."""
    before = Seen(*(last.get("beat") or [""])[1:])
    is_fresh = replace(before, mark_ms=seen.mark_ms) == seen
    return astuple(before if is_fresh and seen.mark_ms - before.mark_ms < FRESH_MS else seen)


def _file(settings: Settings) -> Path:
    return open_home(settings.home).root / "ledgers.json"


def _key(settings: Settings) -> str:
    if settings.redis_url is None:
        return _LOCAL
    url = settings.redis_url.get_secret_value()
    return hashlib.sha256(f"{url} {settings.prefix}".encode()).hexdigest()[:12]


def _remember(settings: Settings, now: dict[str, object]) -> None:
    """Keeps what is known of this ledger; other commands may do so for others at the same time."""
    path = _file(settings)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locks.alone(path.with_name("ledgers.lock"), WAIT_S):
        write_json(path, {**read_json(path), _key(settings): now})
