"""The glossary that grows with the videos of a batch, one translation for each term."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from videobatch.records import Claim, GlossaryTerm
from videobatch.state.store import Store

# A course has some hundreds; each is a term, its translation and a clause.
MOST_TERMS, MOST_BYTES = 1_000, 256 * 1024


@dataclass(frozen=True, slots=True)
class SharedTerm:
    """A term of a batch, and the video that had it first."""

    term: GlossaryTerm
    video_id: str


class Glossaries:
    """The grown glossaries of all batches. Each call raises LedgerError once Redis was away for
    too long."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def share(self, claim: Claim, terms: Sequence[GlossaryTerm]) -> tuple[GlossaryTerm, ...]:
        """Adds the video's terms where their batch has no such ones, within the bounds, and gives
        all that it has then. Safe to repeat."""
        told: list[str] = []
        for each in terms:
            told += [_folded(each.term), _packed(each, claim.video_id)]
        answer: list[str] = self._store.run(
            "calls/share_terms", claim.batch_id, MOST_TERMS, MOST_BYTES, *told
        )
        found = dict(zip(answer[::2], answer[1::2], strict=True))
        return tuple(shared.term for shared in _shared(found))

    def of(self, batch_id: str) -> tuple[SharedTerm, ...]:
        """The terms of the batch, by the alphabet."""
        key = self._store.keys.glossary(batch_id)
        return _shared(self._store.ask(lambda redis: redis.hgetall(key)))


def _shared(found: dict[str, str]) -> tuple[SharedTerm, ...]:
    return tuple(_unpacked(found[name]) for name in sorted(found) if name)


def _folded(term: str) -> str:
    return " ".join(term.casefold().split())


def _packed(term: GlossaryTerm, video_id: str) -> str:
    fields = [term.term, term.translation, term.explanation, video_id]
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def _unpacked(text: str) -> SharedTerm:
    term, translation, explanation, video_id = json.loads(text)
    return SharedTerm(GlossaryTerm(term, translation, explanation), video_id)
