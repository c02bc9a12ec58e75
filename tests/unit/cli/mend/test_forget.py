"""`forget`: the batch goes, its documents stay."""

from __future__ import annotations

import pytest

from cli.mend import forget
from cli.shared.schema import ForgetOut
from tests.unit.cli.mend.conftest import DeadLetters
from videobatch.records import VideoState
from videobatch.submission.accepted import remembered

DEAD = VideoState.DEAD


def test_a_batch_is_forgotten_and_its_documents_stay(letters: DeadLetters) -> None:
    document = letters.top / "b-1" / "x" / "report.md"
    document.write_text("# x")
    ended = letters("forget", "b", "--yes", "--json")
    assert ended.exit_code == 0, ended.output
    found = ForgetOut.model_validate_json(ended.stdout)
    assert (found.batch, found.videos, found.out) == ("b-1", 2, str(letters.top / "b-1"))
    assert letters.views.batch("b-1") is None
    assert [path.name for path in document.parent.iterdir()] == ["report.md"]
    assert not (letters.top / "b-1" / "y").exists()
    listed = remembered(letters.top / "b-1")
    assert listed is not None
    assert listed.is_forgotten
    assert letters.states("c-1") == {"x": DEAD, "y": DEAD}
    assert letters("forget", "b-1", "--yes").exit_code == 2


@pytest.mark.parametrize("words", [("forget", "b-1"), ("forget", "b-1", "--json")])
def test_nothing_is_forgotten_where_nobody_can_be_asked(
    letters: DeadLetters, words: tuple[str, ...]
) -> None:
    ended = letters(*words)
    assert ended.exit_code == 2
    assert "--yes" in ended.output
    assert letters.states("b-1") == {"x": DEAD, "y": DEAD}


@pytest.mark.parametrize(("answer", "is_there"), [("y", False), ("n", True), ("", True)])
def test_a_person_is_asked(
    letters: DeadLetters, monkeypatch: pytest.MonkeyPatch, answer: str, is_there: bool
) -> None:
    monkeypatch.setattr(forget, "_can_ask", lambda: True)
    ended = letters("forget", "b-1", answer=f"{answer}\n")
    assert "0 of 2 videos done" in ended.output
    assert (letters.views.batch("b-1") is not None) is is_there


def test_one_that_is_being_made_is_not_forgotten(letters: DeadLetters) -> None:
    letters.ledger.retry("b-1", "x")
    assert letters.ledger.claim("b-1", "x", worker="w", host="h", pid=1) is not None
    ended = letters("forget", "b-1", "--yes")
    assert ended.exit_code == 2
    assert "`videobatch cancel b-1` stops them" in ended.output
    letters.ledger.steer("b-1", "cancel")
    assert letters("forget", "b-1", "--yes").exit_code == 0
    assert letters.views.batch("b-1") is None


def test_a_folder_that_is_gone_stops_nothing(letters: DeadLetters) -> None:
    (letters.top / "b-1").rename(letters.top / "elsewhere")
    assert letters("forget", "b-1", "--yes").exit_code == 0
    assert letters("dead", "drop", "--all").exit_code == 0
    assert letters.views.batch("b-1") is None
