"""The language of a text by its script."""

from __future__ import annotations

import pytest

from videobatch.pipeline.text.script import language_of_script


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["今天我们讲哈希表。", "Python 里的 dict 就是哈希表。"], "zh"),
        (["機械学習はデータから学びます。"], "ja"),
        (["기계 학습은 데이터에서 배웁니다."], "ko"),
        (["The hash table, 哈希表, keeps a list for each of its numbers."], None),
        (["Die Liste wird länger."], None),
        (["123", "…"], None),
        ([], None),
    ],
)
def test_the_language(texts: list[str], expected: str | None) -> None:
    assert language_of_script(texts) == expected
