"""Words and their times, from a recogniser or from an utterance's own."""

from __future__ import annotations

import pytest

from videobatch.pipeline.words.cues.atoms import Atom, atoms_of
from videobatch.records import Utterance, Word


def times(atoms: list[Atom]) -> list[tuple[str, float, float]]:
    return [(each.text, round(each.start_s, 3), round(each.end_s, 3)) for each in atoms]


def test_words_keep_the_times_that_they_were_heard_at() -> None:
    heard = (Word(1.0, 1.2, "ask"), Word(1.5, 2.0, "not"))
    found = atoms_of(Utterance(1, 2, "Ask not", words=heard))
    assert times(found) == [("Ask", 1.0, 1.2), ("not", 1.5, 2.0)]


def test_without_words_time_is_shared_by_length() -> None:
    found = atoms_of(Utterance(10, 12, "a bbb"))
    assert times(found) == [("a", 10, 10.5), ("bbb", 10.5, 12)]


def test_few_words_over_a_long_time_are_said_at_its_beginning() -> None:
    assert times(atoms_of(Utterance(10, 100, "One two")))[-1][2] == pytest.approx(17)


def test_a_text_that_was_changed_since_keeps_the_times_of_equal_words() -> None:
    heard = (Word(0, 1, "the"), Word(1, 2, "wheel"), Word(2, 3, "will"), Word(3, 4, "math."))
    found = times(atoms_of(Utterance(0, 4, "the wheel moves left.", words=heard)))
    assert found[:2] == [("the", 0, 1), ("wheel", 1, 2)]
    assert [text for text, _, _ in found] == ["the", "wheel", "moves", "left."]
    assert all(start >= 2 for _, start, _ in found[2:])
    assert found[-1][2] == pytest.approx(4)


def test_other_words_altogether_share_the_utterance() -> None:
    found = atoms_of(Utterance(0, 4, "学习", words=(Word(0, 1, "xyz"),)))
    assert times(found) == [("学", 0, 2), ("习", 2, 4)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("学习Python，很好。", ["学", "习", "Python，", "很", "好。"]),
        ("他说：“好”", ["他", "说：", "“好”"]),
        ("3.14 元", ["3.14", "元"]),
        ("안녕 하세요", ["안녕", "하세요"]),
        ("e\u0301 a-b", ["e\u0301", "a-b"]),
        ("x" * 40, ["x" * 32, "x" * 8]),
        ("a" * 31 + "e\u0301" + "b" * 5, ["a" * 31, "e\u0301" + "b" * 5]),
    ],
)
def test_where_a_line_may_break(text: str, pieces: list[str]) -> None:
    found = atoms_of(Utterance(0, 1, text))
    assert [atom.text for atom in found] == pieces
    joined = "".join(atom.glue + atom.text for atom in found)
    assert joined.strip() == text


def test_times_do_not_go_back() -> None:
    heard = (Word(5, 6, "one"), Word(2, 1, "two"), Word(5.5, 40, "three"))
    found = atoms_of(Utterance(0, 9, "one two three", words=heard))
    assert times(found) == [("one", 5, 6), ("two", 6, 6), ("three", 6, 13)]
