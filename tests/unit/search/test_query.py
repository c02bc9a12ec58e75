"""What a person types, as a query: words, phrases, beginnings, what must not be there."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videobatch.errors import SettingsError
from videobatch.search.query import MOST_CHARS, MOST_TERMS, parse

QUERIES = {
    ("hash", "table"): '"hash" AND "table"',
    ("hash table",): '"hash table"',
    ('"hash table" python',): '"hash table" AND "python"',
    ("hash tab*",): '"hash tab" *',
    ('"hash tab"*',): '"hash tab" *',
    ("Hash*",): '"hash" *',
    ("＊*", "x"): '"x"',
    ("table", "-hash"): '("table") NOT ("hash")',
    ("a", "-hash table", "-b*"): '("a") NOT ("hash table" OR "b" *)',
    ("state-of-the-art",): '"state of the art"',
    ("don't",): '"don t"',
    ("机器学习",): '"机 器 学 习"',
    ("“機器 學習”",): '"机 器 学 习"',
    ("「学」",): '"学"',
    ("学*",): '"学" *',
    ("AND", "OR", "NOT", "NEAR(a b)"): '"and" AND "or" AND "not" AND "near a b"',
    ('open "quote',): '"open" AND "quote"',
    ("a", "a"): '"a"',
}


@pytest.mark.parametrize("words", QUERIES)
def test_words_become_a_query(words: tuple[str, ...]) -> None:
    assert parse(words).expression == QUERIES[words]


@pytest.mark.parametrize("words", [(), ("",), ("  ", "+-*/"), ('""',), ("-only",)])
def test_nothing_to_look_for_is_told(words: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError, match="there is nothing to look for"):
        parse(words)


def test_what_is_far_too_long_is_refused() -> None:
    with pytest.raises(SettingsError, match=f"more than {MOST_TERMS} words"):
        parse([str(n) for n in range(MOST_TERMS + 1)])
    with pytest.raises(SettingsError, match="longer than"):
        parse(["x" * (MOST_CHARS + 1)])


@given(st.lists(st.text(max_size=20) | st.text("\"*-^():{}+ 'ab学", max_size=12), max_size=6))
def test_nothing_that_is_typed_is_an_error_of_the_index(words: list[str]) -> None:
    try:
        query = parse(words)
    except SettingsError:
        return
    index = sqlite3.connect(":memory:")
    index.execute("CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='ascii')")
    rows = index.execute("SELECT rowid FROM words WHERE words MATCH ?", (query.expression,))
    assert rows.fetchall() == []
    index.close()


def test_as_many_words_as_may_be_are_looked_for() -> None:
    index = sqlite3.connect(":memory:")
    index.execute("CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='ascii')")
    words = [f"w{n}" for n in range(MOST_TERMS - 2)]
    index.execute("INSERT INTO words (rowid, text) VALUES (7, ?)", (" ".join(words),))
    query = parse([*words, "-x", "-y"])
    found = index.execute("SELECT rowid FROM words WHERE words MATCH ?", (query.expression,))
    assert found.fetchall() == [(7,)]
    index.close()
