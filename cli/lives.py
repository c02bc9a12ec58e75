"""Whether Redis still is the one that it was: it may have come back empty."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cli import console
from cli.connecting import Books
from cli.stack.home import open_home, read_json, write_json
from config.settings import Settings

_LOCAL = "local"


def check_life(books: Books, settings: Settings) -> None:
    """Says plainly, at each command until `recover` ran, that Redis has lost its data.

    The ledger has a mark that is made with it; the stack's folder remembers the one that was seen
    last. Raises LedgerError.
    """
    life = books.ledger.life()
    seen = read_json(_file(settings))
    last = seen.get(_key(settings)) or {"life": life, "lost": False}
    now = {"life": life, "lost": last["lost"] or last["life"] != life}
    if now["lost"]:
        console.complain(
            "Redis has lost its data, or is another one: it knows no batch of before",
            "`videobatch recover OUT` rebuilds them from an output folder (documents by default)",
        )
    if now != seen.get(_key(settings)):
        _remember(settings, {**seen, _key(settings): now})


def is_recovered(books: Books, settings: Settings) -> None:
    """From now on this Redis is the right one."""
    seen = read_json(_file(settings))
    _remember(settings, {**seen, _key(settings): {"life": books.ledger.life(), "lost": False}})


def _file(settings: Settings) -> Path:
    return open_home(settings.home).root / "ledgers.json"


def _key(settings: Settings) -> str:
    if settings.redis_url is None:
        return _LOCAL
    url = settings.redis_url.get_secret_value()
    return hashlib.sha256(f"{url} {settings.prefix}".encode()).hexdigest()[:12]


def _remember(settings: Settings, seen: dict[str, object]) -> None:
    path = _file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, seen)
