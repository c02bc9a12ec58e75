"""Cues: what is shown of their text, and for how long."""

from __future__ import annotations

import pytest

from videobatch.media.captions.cues import Cue, in_time, plain_line, shown, spoken_s, utterances


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("<i>Hello</i>  world", "Hello world"),
        (r"{\an8}Above", "Above"),
        ("{y:i}slanted", "slanted"),
        ("Tom &amp; Anna", "Tom & Anna"),
        ("vector<int> v", "vector<int> v"),
        (r"C:\New folder\Nnext", r"C:\New folder next"),
        ("a\u202eb\x07c", "abc"),
        ("<00:01.500>word", "word"),
    ],
)
def test_the_words_alone_are_left(raw: str, plain: str) -> None:
    assert plain_line(raw) == plain


def test_each_voice_is_a_cue_of_its_own() -> None:
    found = shown(1.0, 2.0, "<v Anna>Hello\n<v.loud Tom>Hi<br>there")
    assert [(cue.speaker, cue.lines) for cue in found] == [
        ("Anna", ("Hello",)),
        ("Tom", ("Hi", "there")),
    ]


def test_what_is_drawn_or_empty_is_no_cue() -> None:
    assert shown(0.0, 1.0, r"{\p1}m 0 0 l 100 100{\p0}") == []
    assert shown(0.0, 1.0, " <i></i> ") == []


def test_cues_come_in_the_order_of_their_times_and_none_before_the_video() -> None:
    found = in_time([Cue(5.0, 6.0, ("b",)), Cue(-1.0, 2.0, ("a",))])
    assert [(cue.start_s, cue.end_s, cue.text) for cue in found] == [
        (0.0, 2.0, "a"),
        (5.0, 6.0, "b"),
    ]


@pytest.mark.parametrize(("next_s", "end_s"), [(100.0, 13.0), (11.0, 11.0)])
def test_an_end_that_cannot_be_is_what_it_takes_to_say_it(next_s: float, end_s: float) -> None:
    long = Cue(10.0, 9.0, ("x" * 45,))
    first, _ = in_time([Cue(next_s, next_s + 1, ("later",)), long])
    assert (first.start_s, first.end_s) == (10.0, end_s)


def test_dense_scripts_take_longer_to_say() -> None:
    assert spoken_s("x") == 1.0
    assert spoken_s("学" * 10) == spoken_s("x" * 30) == 2.0


def test_an_utterance_has_the_text_on_one_line_and_who_says_it() -> None:
    (made,) = utterances([Cue(1.00049, 2.0, ("one", "two"), "Anna")])
    assert (made.start_s, made.text, made.speaker) == (1.0, "one two", "Anna")
