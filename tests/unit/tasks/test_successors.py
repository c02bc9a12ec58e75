"""The models of a job, and the successors of those that are gone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tasks.successors import models_of, with_successors
from tests.support.attempts import AttemptWorld
from videobatch.pipeline.options import DocumentOptions
from videobatch.records import GoneModel, Pause

OPTIONS = DocumentOptions("hash")
PAID = replace(OPTIONS, engine="gemini", model="g", writer="openai", writer_model="w:8b")
HEARS, WRITES = GoneModel("speech", "gemini", "g"), GoneModel("writer", "openai", "w:8b")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (OPTIONS, ()),
        (PAID, (HEARS, WRITES)),
        (replace(OPTIONS, writer="openai", writer_model="w:8b"), (WRITES,)),
        (replace(PAID, writer=None, writer_model=None), (HEARS,)),
    ],
)
def test_the_models_of_a_job(options: DocumentOptions, named: tuple[GoneModel, ...]) -> None:
    assert models_of(options.as_settings()) == named


@pytest.mark.parametrize("gone", [HEARS, WRITES])
def test_a_pause_knows_its_model(gone: GoneModel) -> None:
    assert Pause(gone.cause, "it is gone").gone_model == gone
    assert Pause(gone.cause, "it is gone").in_words == "model: it is gone"


@pytest.mark.parametrize("cause", ["person", "disk_full", "budget:a.b.c.d", "model:speech"])
def test_another_pause_has_none(cause: str) -> None:
    assert Pause(cause, "why").gone_model is None


def test_the_job_goes_on_with_the_successors_of_its_batch(world: AttemptWorld) -> None:
    claim = world.taken("w1", 1)
    paid = replace(claim, job=replace(claim.job, settings=PAID.as_settings()))
    assert with_successors(world.ledger, paid) is paid
    world.ledger.replace_model("b", WRITES, "w2")
    world.ledger.replace_model("b", replace(WRITES, model="w2"), "w3")
    expected: dict[str, Any] = {**PAID.as_settings(), "writer_model": "w3"}
    named = with_successors(world.ledger, paid)
    assert named.job.settings == expected
    assert (named.token, named.job.fingerprint) == (paid.token, paid.job.fingerprint)
    # It is for the batch, and for what the model was to do, alone.
    world.ledger.replace_model("b", replace(HEARS, group="writer"), "x")
    assert with_successors(world.ledger, paid).job.settings == expected
    other = replace(paid, batch_id="another")
    assert with_successors(world.ledger, other) is other


def test_one_that_is_named_again_has_its_place_back(world: AttemptWorld) -> None:
    def name(gone: str, successor: str) -> list[str]:
        world.ledger.replace_model("b", replace(WRITES, model=gone), successor)
        return [world.ledger.successor("b", "writer", each) for each in "abc"]

    assert name("a", "b") == ["b", "b", "c"]
    assert name("b", "a") == ["a", "a", "c"]
    assert name("a", "b") == ["b", "b", "c"]
    assert name("b", "c") == ["c", "c", "c"]
    # Also at the end of a longer chain, whatever its videos name.
    assert name("c", "a") == ["a", "a", "a"]
    assert name("a", "a") == ["a", "a", "a"]
