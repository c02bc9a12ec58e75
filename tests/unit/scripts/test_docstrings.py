"""The check of docstrings' heads."""

from __future__ import annotations

import pytest

from scripts.docstrings import headless


@pytest.mark.parametrize(
    "head",
    ["What a worker says.", "Whether it lives.", "As `sweep`.", "Of all hosts.", "If it is."],
)
def test_half_a_sentence_is_found_with_its_line(head: str) -> None:
    assert list(headless(f'\n\nclass Sample:\n    """{head}"""\n')) == [(3, head)]


@pytest.mark.parametrize(
    "head", ["The sample of a worker.", "Returns what is due.", "Asks, whatever it is.", ""]
)
def test_a_verb_or_a_noun_passes(head: str) -> None:
    assert list(headless(f'"""{head}"""\n\ndef ask() -> None:\n    """{head}"""\n')) == []


def test_a_module_and_a_function_count_and_only_their_first_words() -> None:
    source = '"""How it works."""\n\nasync def ask() -> None:\n    """Says\n\n    what is due."""\n'
    assert list(headless(source)) == [(1, "How it works.")]
