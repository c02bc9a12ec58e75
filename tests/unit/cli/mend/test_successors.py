"""Who takes the place of a model that is gone, as a person names it when resuming."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from cli.mend.successors import name_successors
from cli.shared.books import Books
from config.settings import load_settings
from videobatch.errors import SettingsError
from videobatch.records import GoneModel, Pause

TODAY = date(2030, 1, 1)
HEARS, WRITES = GoneModel("speech", "openai", "old"), GoneModel("writer", "gemini", "old")
OWN = """
[models.over]
valid_until = 2029-12-31
replaced_by = "other"
usd_per_audio_min = 1.0
[models.half]
usd_per_m_tokens_in = 1.0
usd_per_m_tokens_out = 1.0
[models.other]
usd_per_audio_min = 1.0
"""


@pytest.fixture
def batch(books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A batch that waits for both successors."""
    for name in list(os.environ):
        if name.startswith(("VIDEOBATCH_SPEECH", "VIDEOBATCH_WRITER", "VIDEOBATCH_API", "OPENAI_")):
            monkeypatch.delenv(name)
    own = tmp_path / "models.toml"
    own.write_text(OWN)
    monkeypatch.setenv("VIDEOBATCH_API__PRICES", str(own))
    books.ledger.open_batch(
        "b", name="b", out_uri="file:///o", root_uri="file:///v", provider="openai"
    )
    for gone in (HEARS, WRITES):
        books.ledger.pause_for("b", Pause(gone.cause, "it is gone"))
    books.ledger.pause_for("b", Pause("disk_full", "it is full"))
    return "b"


def named(books: Books, batch: str) -> dict[str, str]:
    return {
        gone.group: books.ledger.successor(batch, gone.group, gone.model)
        for gone in (HEARS, WRITES)
    }


def test_each_gets_the_one_that_is_set_for_it(
    books: Books, batch: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VIDEOBATCH_SPEECH__PROVIDER", "openai")
    monkeypatch.setenv("VIDEOBATCH_SPEECH__MODEL", "other")
    monkeypatch.setenv("VIDEOBATCH_WRITER__PROVIDER", "gemini")
    monkeypatch.setenv("VIDEOBATCH_WRITER__MODEL", "new")
    name_successors(books, load_settings(), batch, TODAY)
    assert named(books, batch) == {"speech": "other", "writer": "new"}
    said = capsys.readouterr().err
    assert "b: other in place of old" in said
    assert "b: new in place of old" in said


def test_without_a_name_the_default_of_the_provider_takes_its_place(
    books: Books, batch: str
) -> None:
    """As after an update, whose defaults are other ones."""
    name_successors(books, load_settings(), batch, date(2026, 11, 30))
    assert named(books, batch) == {"speech": "whisper-1", "writer": "gemini-3.5-flash-lite"}


def test_the_same_name_again_is_refused(
    books: Books, batch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the other one has a successor: it is named with all of them."""
    for group, provider in (("SPEECH", "openai"), ("WRITER", "gemini")):
        monkeypatch.setenv(f"VIDEOBATCH_{group}__PROVIDER", provider)
        monkeypatch.setenv(f"VIDEOBATCH_{group}__MODEL", "old")
    for hears, hint in (
        ("old", "set VIDEOBATCH_SPEECH__MODEL and VIDEOBATCH_WRITER__MODEL"),
        ("other", "set VIDEOBATCH_WRITER__MODEL, then"),
    ):
        monkeypatch.setenv("VIDEOBATCH_SPEECH__MODEL", hears)
        with pytest.raises(SettingsError, match="no other model is named in place of old") as told:
            name_successors(books, load_settings(), batch, TODAY)
        assert told.value.hint.startswith(hint)
        assert "resume --same-model" in told.value.hint
        assert named(books, batch) == {"speech": "old", "writer": "old"}


@pytest.mark.parametrize(
    ("model", "cap", "why"),
    [
        ("over", "", "over was switched off on 2029-12-31; its successor is other"),
        ("unknown", "1.0", "the price of unknown is not known"),
        ("half", "1.0", "the price of half is not known where it hears"),
    ],
)
def test_one_that_cannot_take_its_place_is_refused(
    books: Books, batch: str, monkeypatch: pytest.MonkeyPatch, model: str, cap: str, why: str
) -> None:
    monkeypatch.setenv("VIDEOBATCH_SPEECH__PROVIDER", "openai")
    monkeypatch.setenv("VIDEOBATCH_SPEECH__MODEL", model)
    if cap:
        monkeypatch.setenv("VIDEOBATCH_BUDGET__MONEY_DAY", cap)
    with pytest.raises(SettingsError, match=why):
        name_successors(books, load_settings(), batch, TODAY)
    assert named(books, batch)["speech"] == "old"


def test_a_batch_that_waits_for_nobody_is_left_alone(books: Books) -> None:
    name_successors(books, load_settings(), "none", TODAY)
    assert books.views.batch("none") is None


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        # Of that provider, as the catalogue knows: meant for it, though no provider is set.
        ("gpt-transcribe", "gpt-transcribe"),
        # The Whisper model of this machine.
        ("small", "whisper-1"),
    ],
)
def test_a_batch_that_came_by_an_option_finds_the_model_that_is_set(
    books: Books, batch: str, monkeypatch: pytest.MonkeyPatch, model: str, expected: str
) -> None:
    monkeypatch.setenv("VIDEOBATCH_SPEECH__MODEL", model)
    name_successors(books, load_settings(), batch, date(2026, 11, 30))
    assert named(books, batch)["speech"] == expected
