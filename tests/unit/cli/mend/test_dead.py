"""`dead retry` and `dead drop` for several at once."""

from __future__ import annotations

import pytest

from cli.shared.schema import DeadMoved, SteerOut
from tests.unit.cli.mend.conftest import DeadLetters
from videobatch.records import VideoState
from videobatch.submission.accepted import NAME, remembered

DEAD, FAILED, PENDING = VideoState.DEAD, VideoState.FAILED, VideoState.PENDING


def test_all_begin_again(letters: DeadLetters) -> None:
    ended = letters("dead", "retry", "--all", "--json")
    assert ended.exit_code == 0, ended.output
    found = DeadMoved.model_validate_json(ended.stdout)
    assert (found.moved, {each.batch for each in found.videos}) == (4, {"b-1", "c-1"})
    assert letters.states("b-1") == letters.states("c-1") == {"x": PENDING, "y": PENDING}
    again = letters("dead", "retry", "--all")
    assert (again.exit_code, again.output) == (0, "There are no dead letters.\n")


def test_those_of_a_batch_are_dropped_with_what_they_left(letters: DeadLetters) -> None:
    assert letters("dead", "drop", "--batch", "b-1").exit_code == 0
    assert letters.states("b-1") == {"x": FAILED, "y": FAILED}
    assert letters.states("c-1") == {"x": DEAD, "y": DEAD}
    assert sorted(path.name for path in (letters.top / "b-1").iterdir()) == [NAME]
    assert (letters.top / "c-1" / "x").is_dir()
    found = remembered(letters.top / "b-1")
    assert found is not None
    assert found.dropped == {"x", "y"}


def test_one_of_a_batch_is_named(letters: DeadLetters) -> None:
    ended = letters("dead", "retry", "x", "--batch", "c", "--json")
    assert SteerOut.model_validate_json(ended.stdout).batch == "c-1"
    assert letters.states("c-1") == {"x": PENDING, "y": DEAD}
    assert letters.states("b-1") == {"x": DEAD, "y": DEAD}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("drop",), "which ones?"),
        (("drop", "x", "--all"), "which of them?"),
        (("retry", "z"), "is no dead letter"),
        (("retry", "x"), "could be b-1 x, c-1 x"),
        (("retry", "--batch", "z"), "there is no batch 'z'"),
    ],
)
def test_what_is_not_clear_is_asked_for(
    letters: DeadLetters, words: tuple[str, ...], said: str
) -> None:
    ended = letters("dead", *words)
    assert ended.exit_code == 2
    assert said in ended.output
    assert letters.states("b-1") == {"x": DEAD, "y": DEAD}
