"""The terms of a video, and one translation for each in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.pipeline.test_writing import StubWriter
from videobatch.errors import (
    REFUSED,
    PermanentError,
    RejectedError,
    SettingsError,
    TransientError,
)
from videobatch.pipeline.translating.task import Line
from videobatch.pipeline.translating.terms import agreed, find_terms
from videobatch.records import GlossaryTerm

LINES = [Line(1, "The dam is high."), Line(2, "The tide is low.")]
DAM, TIDE = GlossaryTerm("dam", "水坝"), GlossaryTerm("tide", "潮汐")


def giving(*names: str) -> StubWriter:
    terms = [{"term": n, "translation": f"{n}译", "explanation": ""} for n in names]
    return StubWriter(lambda schema, user: {"terms": terms})


def test_terms_come_from_one_call_that_knows_the_lines_alone() -> None:
    writer = giving("dam", "ocean")
    assert find_terms(writer, "T", LINES, "zh") == (GlossaryTerm("dam", "dam译"),)
    ((system, user, _, _),) = writer.asked
    assert "Simplified Chinese" in system
    assert "glossary" not in user
    assert find_terms(writer, "T", LINES[:1], "zh") == ()
    assert len(writer.asked) == 1


def test_a_model_that_holds_little_is_asked_more_than_once() -> None:
    writer = giving("dam", "tide")
    writer.context_tokens = 2_000
    lines = [Line(n, "The dam and the tide. " * 10) for n in range(1, 60)]
    assert len(find_terms(writer, "T", lines, "zh")) == 2
    assert len(writer.asked) > 1


def test_a_refusal_costs_the_terms_and_not_the_translation() -> None:
    def answer(error: Exception) -> Any:
        def given(schema: Mapping[str, Any], user: str) -> Any:
            raise error

        return StubWriter(given)

    assert find_terms(answer(PermanentError("no", code=REFUSED)), "T", LINES, "zh") == ()
    rejected = RejectedError("too odd", status=400)
    assert find_terms(answer(rejected), "T", LINES, "zh") == ()
    passing = TransientError("the server fails")
    assert find_terms(answer(passing), "T", LINES, "zh", is_last_try=True) == ()
    for error in (SettingsError("no key"), passing):
        with pytest.raises(type(error)):
            find_terms(answer(error), "T", LINES, "zh")


def test_the_user_wins_then_who_was_first_then_the_video_itself() -> None:
    own = [GlossaryTerm("Dam", "大坝"), TIDE, GlossaryTerm("bay", "海湾")]
    shared = [DAM, GlossaryTerm("tide", "潮水")]
    users = [GlossaryTerm("TIDE", "潮")]
    assert agreed(own, shared, users) == (users[0], own[2], DAM)
