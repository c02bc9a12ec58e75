"""Words of Chinese and Japanese."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from tests.support.processes import ROOT
from videobatch.pipeline.text.segmenter import TRADITIONAL, tokens


def words(run: str, own: frozenset[str] = frozenset()) -> list[str]:
    return [token.text for token in tokens(run, own)]


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("计算机科学", ["计算机科学"]),
        ("我们的计算机", ["我们", "的", "计算机"]),
        ("哈希表是一种数据结构", ["哈希", "表", "是", "一种", "数据结构"]),
        ("希腊字母表", ["希腊字母", "表"]),
        ("标准库里的", ["标准", "库", "里", "的"]),
        # Traditional characters are looked up as simplified ones, and stay what they are.
        ("計算機網絡", ["計算機網絡"]),
        ("我們學習數據結構", ["我們", "學習", "數據結構"]),
        # Japanese by its scripts.
        ("機械学習はデータから学ぶ", ["機械学習", "は", "データ", "から", "学", "ぶ"]),
        ("", []),
    ],
)
def test_words(run: str, expected: list[str]) -> None:
    assert words(run) == expected


def test_words_of_ones_own_stand_whole_where_they_are_given_and_cut_none() -> None:
    own = frozenset({"哈希表", "希表", "红黑树", "算机科"})
    assert words("哈希表和红黑树") == ["哈希", "表", "和", "红", "黑", "树"]
    assert words("哈希表和红黑树", own) == ["哈希表", "和", "红黑树"]
    assert words("哈希表和红黑树") == ["哈希", "表", "和", "红", "黑", "树"], "nothing is kept"
    assert words("计算机科学", own) == ["计算机科学"]


HAN = st.text(
    st.sampled_from("计算机数据结构哈希表的了我们学习這個機器かなカタカナ一二三龘𠀀〇"), max_size=30
)


@given(HAN, st.frozensets(HAN, max_size=3))
def test_the_words_are_the_run(run: str, own: frozenset[str]) -> None:
    assert "".join(words(run, own)) == run
    assert all(words(run, own))


def test_signs_of_traditional_writing_are_never_simplified() -> None:
    converter = OpenCC("t2s")
    signs = TRADITIONAL.pattern.strip("[]")
    assert len(signs) > 200
    assert [sign for sign in signs if converter.convert(sign) == sign] == []


def test_english_loads_no_dictionary() -> None:
    """A worker's child pays for the dictionary where a text holds Chinese, and nowhere else."""
    code = (
        "import sys\n"
        "from videobatch.pipeline.text.sentences import subject_words\n"
        "subject_words('The hash table keeps a list for each number.')\n"
        "assert not {'rjieba', 'opencc'} & sys.modules.keys()\n"
        "assert subject_words('计算机') == ('计算机',)\n"
        "assert 'rjieba' in sys.modules and 'opencc' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=dict(os.environ), check=True)
