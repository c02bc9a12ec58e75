"""Documents of the demonstration's talks, by the benchmark's own figures."""

from __future__ import annotations

from pathlib import Path

from benchmarks.documents import Quote, measure, quotes
from benchmarks.suite import Effort


def test_quotes_are_found_in_lists_on_lines_and_in_paragraphs() -> None:
    text = (
        "It rises (00:05). It falls (01:10)!\n\n- **00:07** Salt.\n**00:09** Water.  \n### 00:10 No"
    )
    assert set(quotes(text)) == {
        Quote(5, "It rises."),
        Quote(70, "It falls!"),
        Quote(7, "Salt."),
        Quote(9, "Water."),
    }


def test_the_talks_are_quoted_in_whole_sentences_and_once(tmp_path: Path) -> None:
    assert [figure.name for figure in measure(Effort(tmp_path, tmp_path)) if figure.is_missed] == []
