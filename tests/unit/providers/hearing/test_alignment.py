"""Sentences without times, aligned with the words of another recogniser."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videobatch.providers.hearing.alignment import with_times, words_of
from videobatch.records import Utterance, Word


def sentences(*texts: str) -> list[Utterance]:
    """Sentences with the times that their share of the text gives, which are to be replaced."""
    return [Utterance(10.0 + place, 11.0 + place, text) for place, text in enumerate(texts)]


def heard(text: str, start_s: float, each_s: float = 0.5) -> Utterance:
    """The words of the text, one after the other, as a recogniser of this machine gives them."""
    words = tuple(
        Word(start_s + place * each_s, start_s + (place + 1) * each_s, word)
        for place, word in enumerate(text.split())
    )
    return Utterance(words[0].start_s, words[-1].end_s, text, words=words)


def test_words_get_the_times_at_which_they_were_heard() -> None:
    found = with_times(
        sentences("Hello, world.", "It is late!"),
        [heard("hello World", 12.0), heard("it is late", 20.0)],
        10.0,
        30.0,
    )
    assert found is not None
    assert [(each.start_s, each.end_s, each.text) for each in found] == [
        (12.0, 13.0, "Hello, world."),
        (20.0, 21.5, "It is late!"),
    ]
    assert found[0].words == (Word(12.0, 12.5, "Hello,"), Word(12.5, 13.0, "world."))


def test_what_was_heard_otherwise_shares_the_time_between_its_neighbours() -> None:
    found = with_times(
        sentences("the cat sat down on a mat"), [heard("the hat sat town on a mat", 12.0)], 10, 30
    )
    assert found is not None
    assert [word.start_s for word in found[0].words] == [12, 12.5, 13, 13.5, 14, 14.5, 15]


def test_words_that_nobody_heard_stand_next_to_those_that_were() -> None:
    found = with_times(
        sentences("well now the cat sat on a mat indeed so"),
        [heard("the cat sat on a mat", 20.0)],
        10.0,
        60.0,
    )
    assert found is not None
    first, *_, last = found[0].words
    assert 18.0 < first.start_s < 20.0, "the silence is before the first word"
    assert last.end_s < 26.0, "nor do the last words fill the silence after them"


def test_chinese_is_aligned_character_by_character() -> None:
    told = sentences("今天学二分查找。", "先排序，再查找。")
    clock = Utterance(
        12.0, 20.0, "", words=(Word(12.0, 14.0, "今天学"), Word(14.0, 18.0, "二分查找"),
                               Word(18.0, 22.0, "先排序再查找"))
    )  # fmt: skip
    found = with_times(told, [clock], 10.0, 30.0)
    assert found is not None
    assert (found[0].start_s, found[0].end_s) == (12.0, 18.0)
    assert (found[1].start_s, found[1].end_s) == (18.0, 22.0)
    assert [word.text for word in found[1].words] == ["先", "排", "序，", "再", "查", "找。"]


@pytest.mark.parametrize("clock", [[], [heard("nothing of this kind was ever told", 12.0)]])
def test_other_words_give_no_times(clock: list[Utterance]) -> None:
    assert with_times(sentences("Hello, world.", "It is late!"), clock, 10.0, 30.0) is None


def test_a_recogniser_without_words_gives_no_times() -> None:
    assert with_times(sentences("Hello."), [Utterance(10, 12, "hello")], 10.0, 30.0) is None


def test_words_keep_their_punctuation_and_mixed_writing_is_parted() -> None:
    assert words_of("Redis 是一个 key-value 存储（很快）。") == [
        "Redis", "是", "一", "个", "key-value", "存", "储（", "很", "快）。",
    ]  # fmt: skip
    assert "".join(words_of("… 好")) == "…好"


LINES = st.lists(st.text(alphabet="ab c。好,", min_size=1, max_size=12), max_size=5)


@given(LINES, LINES, st.floats(0, 20), st.floats(0, 2))
def test_times_never_go_back_and_no_word_is_lost(
    told: list[str], clock: list[str], start_s: float, each_s: float
) -> None:
    spoken = [heard(text, start_s, each_s) for text in clock if text.split()]
    said = sentences(*told)
    found = with_times(said, spoken, 5.0, 25.0)
    if found is None:
        return
    assert [each.text for each in found] == told
    words = [word for each in found for word in each.words]
    assert "".join(word.text for word in words) == "".join("".join(told).split())
    assert all(a.start_s <= b.start_s for a, b in pairwise(words))
    assert all(5.0 <= word.start_s <= word.end_s <= 25.0 for word in words)
