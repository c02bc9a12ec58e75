"""The glossary of a batch as a person sees it: their own terms above those that have grown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cli.shared.books import Books
from cli.watch.glossary import found_terms
from tests.support.fake_redis import fake_redis
from tests.support.pipeline import claim_of
from tests.support.world import BATCH, World, job_named
from videobatch.errors import SettingsError
from videobatch.paths import to_uri
from videobatch.pipeline.translating.glossary_file import NAME
from videobatch.records import GlossaryTerm
from videobatch.state.glossaries import Glossaries


def test_it_says_where_each_term_is_from_and_the_users_wins(tmp_path: Path) -> None:
    world = World(fake_redis())
    books = Books(world.ledger, world.views)
    with pytest.raises(SettingsError, match="there is no batch"):
        found_terms(books, None)
    world.open(root_uri=to_uri(tmp_path))
    world.add("tides.mp4")
    assert found_terms(books, None).terms == ()
    claim = replace(claim_of(job_named()), batch_id=BATCH, video_id="tides.mp4")
    tide, dam = GlossaryTerm("tide", "潮汐", "海水涨落"), GlossaryTerm("dam", "水坝")
    Glossaries(world.ledger.store).share(claim, [tide, dam])
    (tmp_path / NAME).write_text("term,translation\nDam,堤坝\n", encoding="utf-8")
    found = found_terms(books, BATCH)
    assert [(each.term, each.translation, each.source) for each in found.terms] == [
        ("Dam", "堤坝", NAME),
        ("tide", "潮汐", "tides.mp4"),
    ]
