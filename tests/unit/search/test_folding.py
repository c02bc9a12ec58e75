"""Words as the index has them, and their places in a text."""

from __future__ import annotations

import sqlite3
import subprocess
import sys

import pytest

from videobatch.search.folding import indexed, placed, tokens

TEXTS = {
    "Hash tables, don't_they?": ["hash", "tables", "don", "t", "they"],
    "Café NAÏVE Straße": ["cafe", "naive", "strasse"],
    "Cafe\u0301 ﬁne x²": ["cafe", "fine", "x2"],
    "ＡＢＣ　１２": ["abc", "12"],
    "機器學習很好": list("机器学习很好"),
    "用Python写3个程序": ["用", "python", "写", "3", "个", "程", "序"],
    "ｶﾞｷﾞ と データ": ["ガ", "ギ", "と", "デ", "ー", "タ"],
    "한국어 데이터": ["한국어", "데이터"],
    "Ελληνικά Привет": ["ελληνικα", "привет"],
    "ทดสอบ": list("ทดสอบ"),
    "C++ — ☃ \x00 \x1b[31m": ["c", "31m"],
    "": [],
}


@pytest.mark.parametrize("text", TEXTS)
def test_words_are_folded(text: str) -> None:
    assert tokens(text) == TEXTS[text]


@pytest.mark.parametrize("text", TEXTS)
def test_the_index_has_the_words_that_are_looked_for(text: str) -> None:
    index = sqlite3.connect(":memory:")
    index.execute("CREATE VIRTUAL TABLE words USING fts5(text, tokenize='ascii')")
    index.execute("CREATE VIRTUAL TABLE terms USING fts5vocab(words, instance)")
    index.execute("INSERT INTO words VALUES (?)", (indexed(text),))
    found = [term for (term,) in index.execute('SELECT term FROM terms ORDER BY "offset"')]
    index.close()
    assert found == tokens(text)


@pytest.mark.parametrize("text", TEXTS)
def test_places_are_those_of_the_text_as_it_is(text: str) -> None:
    found = list(placed(text))
    assert [each.token for each in found] == tokens(text)
    assert all(tokens(text[each.begin : each.end]) == [each.token] for each in found)


def test_what_is_not_chinese_loads_no_dictionary_of_it() -> None:
    code = (
        "import sys\n"
        "from videobatch.search.folding import tokens\n"
        "assert tokens('Café') and 'opencc' not in sys.modules\n"
        "assert tokens('學') == ['学'] and 'rjieba' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
