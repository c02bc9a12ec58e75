"""Where a cue's line breaks."""

from __future__ import annotations

import pytest

from videobatch.pipeline.words.cues.atoms import atoms_of
from videobatch.pipeline.words.cues.lines import broken
from videobatch.records import Utterance


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("A line of forty-two characters, not more.", None),
        ("This one is a little longer than what one line holds.",
         ("This one is a little longer", "than what one line holds.")),
        ("It was cold. Nobody in the whole town went out today.",
         ("It was cold.", "Nobody in the whole town went out today.")),
        ("The rider turns the handlebar and the front wheel follows",
         ("The rider turns the handlebar", "and the front wheel follows")),
        ("当你把车把向右转的时候，前轮会向左移动", ("当你把车把向右转的时候，", "前轮会向左移动")),
        ("我们今天要学习的是自行车是怎样转弯的吗", ("我们今天要学习的是", "自行车是怎样转弯的吗")),
    ],
)  # fmt: skip
def test_lines_are_balanced(text: str, lines: tuple[str, ...] | None) -> None:
    assert broken(atoms_of(Utterance(0, 5, text))) == (lines or (text,))
