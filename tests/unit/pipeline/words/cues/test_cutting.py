"""Where words are cut."""

from __future__ import annotations

from itertools import accumulate

from videobatch.pipeline.words.cues.atoms import Atom, atoms_of
from videobatch.pipeline.words.cues.cutting import cut, fits
from videobatch.pipeline.words.cues.lines import joined
from videobatch.records import Utterance, Word


def said(text: str, each_s: float = 0.4, pause_s: float = 0.4) -> list[Atom]:
    """The words of the text at one pace; `_` is a pause."""
    found, at_s = [], 0.0
    for word in text.split():
        if word == "_":
            at_s += pause_s
        else:
            found.append(Atom(at_s, at_s + each_s, word))
            at_s += each_s
    return found


def cues(atoms: list[Atom]) -> list[str]:
    return [joined(part) for part in cut(atoms)]


def test_at_the_ends_of_sentences() -> None:
    assert cues(said("This is the first sentence of all. And this one here is the second.")) == [
        "This is the first sentence of all.",
        "And this one here is the second.",
    ]


def test_else_of_clauses() -> None:
    text = (
        "If the wheel turns to the left while the rider leans over to the right, "
        "the bicycle as a whole stays upright and goes on"
    )
    assert cues(said(text, 0.2))[0].endswith("right,")


def test_else_where_a_pause_is() -> None:
    text = "one two three four five six seven eight _ nine ten eleven twelve thirteen fourteen more"
    assert cues(said(text))[0].endswith("eight")


def test_pauses_end_sentences_where_none_is_marked() -> None:
    text = "What your country can do for you _ and what you can do for your country"
    assert cues(said(text, 0.3)) == text.split(" _ ")
    assert cues(said(f"{text}.", 0.3)) == [f"{text}.".replace(" _", "")]


def test_an_abbreviation_ends_no_sentence() -> None:
    assert cues(said("Good morning, Dr. Brown.")) == ["Good morning, Dr. Brown."]


def test_no_is_a_sentence() -> None:
    found = cues(said("I say no. No. The other one it is."))
    assert found == ["I say no. No.", "The other one it is."]


def test_a_space_in_chinese_is_a_pause() -> None:
    text = "自行车就会回到中间的位置并且不会倒下 我们在这里看到的是一个很重要的原理"
    atoms = atoms_of(Utterance(0, 7, text))
    assert cues(atoms) == text.split()


def test_chinese_is_not_cut_inside_of_a_word_that_was_heard() -> None:
    heard = [
        "当",
        "自行车",
        "开始",
        "向",
        "左边",
        "倒下",
        "的",
        "时候",
        "前轮",
        "会",
        "自动",
        "地",
        "转向",
    ]
    heard = [*heard, *heard]
    words = tuple(Word(n * 0.4, n * 0.4 + 0.4, text) for n, text in enumerate(heard))
    atoms = atoms_of(Utterance(0, words[-1].end_s, "".join(heard), words=words))
    edges = {len("".join(heard[:n])) for n in range(len(heard) + 1)}
    ends = list(accumulate(len(cue) for cue in cues(atoms)))
    assert len(ends) > 1
    assert set(ends) <= edges


def test_no_cue_bridges_a_silence() -> None:
    assert cues(said("One _ two", pause_s=1.1)) == ["One", "two"]


def test_a_short_sentence_is_shown_with_the_next_one_if_it_has_no_time_of_its_own() -> None:
    assert cues(said("Yes. That is what I have said.", 0.25)) == ["Yes. That is what I have said."]


def test_nothing_is_said_for_longer_than_a_cue_is_shown() -> None:
    assert cues(said("one two three", 3.0)) == ["one two", "three"]


def test_small_words_are_not_torn_off() -> None:
    text = (
        "this machine has a very long and quite heavy handle in the middle of the upper side plate"
    )
    first = cues(said(text, 0.25))[0]
    assert first.split()[-1] not in {"the", "of", "in", "a", "and"}


def test_a_name_stays_with_its_words() -> None:
    name = Atom(0, 0, "Anna:", leads=True)
    assert [joined(part) for part in cut([name, *said("No.")])] == ["Anna: No."]


def test_what_is_one_cue() -> None:
    assert fits(said("word " * 16))
    assert not fits(said("word " * 18))
    assert not fits(said("word " * 3, 3.0))
