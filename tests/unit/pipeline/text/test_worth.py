"""Which sentences stand alone."""

from __future__ import annotations

import pytest

from videobatch.pipeline.text.worth import GOOD, announcements, is_asked, is_whole, worth
from videobatch.records import Utterance

STANDS = "The moon pulls more strongly on the nearer side of the earth."


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        (STANDS, 1, 1),
        ("水从高处流到低处。", 1, 1),
        ("So the water of the bay has nowhere to go.", GOOD, 0.9),
        ("So that is why the water goes up.", 0.1, 0.45),
        ("This is called a collision.", 0.1, 0.49),
        ("It also gives the crust a brown colour.", 0.1, 0.49),
        ("Thanks for watching this video about tides.", 0.1, 0.49),
        ("For Thursday please compute the root of ten by hand.", 0.1, 0.49),
        ("(I have coloured the fluid, that the action shows better.)", 0.1, 0.49),
        ('Always remember that you should say, "What is the cause.', 0, 0),
        ('Why does it occur?" and in time you will find the reason.', 0, 0),
        ("孔子对于这两种人便摇头叹气说道：“难！", 0, 0),
        ("大家有问题可以到四号楼办公室来找我。", 0.1, 0.49),
        ("Let me draw another line over here.", 0.1, 0.49),
        ("所以水从高处流到低处。", 0.1, 0.9),
        ("So what is that?", 0, 0),
        ("What makes the water move?", 0, 0),
        ("water that the moon pulls on.", 0, 0),
        ("The moon pulls on the", 0, 0),
        ("Very good.", 0, 0),
        ("这是什么呢？", 0, 0),
        ("好的。", 0, 0),
    ],
)
def test_what_a_sentence_is_worth(text: str, low: float, high: float) -> None:
    assert low <= worth(text, punctuated=True) <= high


def test_without_punctuation_marks_do_not_count() -> None:
    assert worth("the moon pulls on the water of the sea", punctuated=False) == 1
    assert worth("the moon pulls on the water of the sea", punctuated=True) == 0


def test_whole_and_asked() -> None:
    assert is_whole('"Salt keeps bread fresh."')
    assert not is_whole("and salt keeps bread fresh.")
    assert is_asked('"Is it done?"')
    assert is_asked("面包好了吗")
    assert not is_asked("Is it done.")


def test_a_speaker_announces_the_subject_at_the_beginning() -> None:
    texts = [
        "Good morning.",
        "Today we will look at the tides of the ocean.",
        "Most of the scientists that the world has ever known are alive today.",
        "It was in this lecture that we will talk about tides.",
        "As a recap, today we will look at waves and wind.",
        "In this lecture you will learn how the moon moves water?",
        *[STANDS] * 40,
        "Now we will talk about the tides of small lakes.",
    ]
    lines = [Utterance(i, i + 1, text) for i, text in enumerate(texts)]
    assert announcements(lines) == (lines[1],)
