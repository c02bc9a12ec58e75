"""Notes of what a person does to a batch, beside its documents, so that `recover` does not undo
it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from cli.shared import console
from cli.shared.books import Books
from videobatch.errors import SettingsError, TransientError
from videobatch.paths import display, from_uri
from videobatch.submission.accepted import NAME, Noted, Word, note

WAIT_S = 2.0


@contextmanager
def noting(books: Books, batch_id: str, word: Word) -> Iterator[list[str]]:
    """Notes, once the block has written it to the ledger, what was done with the videos whose ids
    it adds to the list ('' is the batch as a whole).

    Ledger and list get it in one order with those of others, where that can be had: a word of a
    person must not wait for long. A list that cannot be written is said and stops nothing; where
    there is no folder there is none. Raises LedgerError.
    """
    batch = books.views.batch(batch_id)
    done: list[str] = []
    if batch is None:
        yield done
        return
    with ExitStack() as held:
        with suppress(TransientError):
            held.enter_context(books.ledger.order(batch.out_uri, wait_s=WAIT_S))
        yield done
        if done:
            at_s = books.views.now_s()
            _note(from_uri(batch.out_uri), [Noted(word, at_s, video_id) for video_id in done])


def _note(folder: Path, entries: list[Noted]) -> None:
    if not (folder / NAME).is_file():
        return
    try:
        note(folder, entries)
    except SettingsError as error:
        console.complain(
            f"it is done, but not noted in {display(folder / NAME)}: {error.message}",
            "should Redis lose its data, `videobatch recover` would not know of it",
        )
