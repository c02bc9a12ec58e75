"""The glossary of a batch, over a real Redis: who names a term first, names it for all."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import cast

import pytest

from tests.support.keys import KEYS
from tests.support.pipeline import claim_of
from tests.support.servers import RedisServer
from tests.support.world import BATCH, World, job_named
from videobatch.records import Claim, GlossaryTerm
from videobatch.state import glossaries
from videobatch.state.connection import connect
from videobatch.state.glossaries import Glossaries

DAM = GlossaryTerm("dam", "水坝", "挡水")


@pytest.fixture
def world(redis_server: RedisServer) -> Iterator[World]:
    with connect(redis_server.url) as client:
        made = World(client)
        made.open()
        yield made


def claim(video: str, batch: str = BATCH) -> Claim:
    return replace(claim_of(job_named(video)), batch_id=batch, video_id=video)


def test_the_first_translation_of_a_term_stays_for_all(world: World) -> None:
    shared = Glossaries(world.ledger.store)
    assert shared.share(claim("one"), [DAM]) == (DAM,)
    tide = GlossaryTerm("tide", "潮")
    assert shared.share(claim("two"), [GlossaryTerm("Dam", "大坝"), tide]) == (DAM, tide)
    # Safe to repeat, and nothing of another batch.
    assert shared.share(claim("one"), [DAM]) == (DAM, tide)
    world.open("other")
    assert shared.share(claim("x", "other"), []) == ()
    assert [(each.term, each.video_id) for each in shared.of(BATCH)] == [
        (DAM, "one"),
        (tide, "two"),
    ]


def test_videos_that_begin_together_agree_on_one(world: World) -> None:
    shared = Glossaries(world.ledger.store)

    def own(number: int) -> str:
        found = shared.share(claim(f"v{number}"), [GlossaryTerm("dam", f"第{number}")])
        return found[0].translation

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(own, range(40)))) == 1


def test_it_grows_to_its_bounds_and_no_further(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = Glossaries(world.ledger.store)
    monkeypatch.setattr(glossaries, "MOST_TERMS", 3)
    many = [GlossaryTerm(f"term {n}", "译") for n in range(5)]
    assert len(shared.share(claim("one"), many)) == 3
    monkeypatch.setattr(glossaries, "MOST_TERMS", 1_000)
    monkeypatch.setattr(glossaries, "MOST_BYTES", 300)
    found = shared.share(claim("two"), [GlossaryTerm(f"more {n}", "译" * 20) for n in range(9)])
    assert 3 < len(found) < 12
    stored = cast("dict[str, str]", world.client.hgetall(KEYS.glossary(BATCH)))
    sizes = [len(f"{name}{text}".encode()) for name, text in stored.items() if name]
    assert sum(sizes) == int(stored[""]) <= 300


def test_a_batch_that_was_forgotten_gets_none(world: World) -> None:
    shared = Glossaries(world.ledger.store)
    assert shared.share(claim("x", "gone"), [DAM]) == ()
    assert not world.client.exists(KEYS.glossary("gone"))
