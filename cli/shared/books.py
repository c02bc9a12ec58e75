"""The ledger as a command reaches it: the set Redis, else that of the local stack."""

from __future__ import annotations

from dataclasses import dataclass

from cli.shared import console
from config.settings import Settings
from videobatch.errors import SettingsError
from videobatch.paths import Places
from videobatch.state.ledger import Ledger
from videobatch.state.views import Views

PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Books:
    """Writes and reads of one ledger."""

    ledger: Ledger
    views: Views


def open_books(url: str, settings: Settings) -> Books:
    """The ledger behind the URL. Connects at its first use."""
    from videobatch.state.connection import connect

    client = connect(url, name="cli")
    here = Places(settings.paths.here, settings.paths.below)
    return Books(
        ledger=Ledger(client, settings.prefix, patience_s=PATIENCE_S, places=here),
        views=Views(client, settings.prefix, patience_s=PATIENCE_S, places=here),
    )


def existing_books(settings: Settings) -> Books:
    """The ledger that runs; starts nothing. Raises SettingsError if there is none. What is left of
    a stack whose supervisor is gone is said."""
    from cli.stack.commands import find_redis_url, left_behind

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
    from cli.shared.lives import check_life
    from videobatch.state.versions import agree

    if left:
        console.complain(
            f"the local stack's supervisor has ended; {left} go on, and nobody starts them again",
            "`videobatch up` starts the stack anew, with its data; nothing is lost",
        )
    books = open_books(url, settings)
    agree(books.ledger.client, settings.prefix)
    check_life(books, settings)
    return books
