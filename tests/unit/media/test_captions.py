"""The cues of subtitle files as people and programs write them."""

from __future__ import annotations

import pytest

from videobatch.errors import InputError
from videobatch.media.captions import Captions, read_captions

Cues = list[tuple[float, float, str]]


def read(text: str, suffix: str = "") -> Captions:
    return read_captions(text.encode(), suffix)


def cues(found: Captions) -> Cues:
    return [(said.start_s, said.end_s, said.text) for said in found.utterances]


def words(found: Captions) -> list[str]:
    return [said.text for said in found.utterances]


# SubRip.


@pytest.mark.parametrize(
    "times",
    [
        "00:00:01,500 --> 00:00:02,500",
        "00:00:01.500 --> 00:00:02.500",
        "00:00:01:500 --> 00:00:02:500",
        "00:00:01，500 --> 00:00:02，500",
        "00：00：01，500 －－＞ 00：00：02，500",
        "００:００:０１,５００ --> ００:００:０２,５００",
        "00:00:01 ,500 --> 00:00:02, 500",
        "00: 00: 01,500  -->  00: 00: 02,500",
        "00:00:01 500 --> 00:00:02 500",
        "00:00:01,500 -> 00:00:02,500",
        "00:00:01,500 – 00:00:02,500",
        "00:00:01,500 — 00:00:02,500",
        "00:00:01,500 - 00:00:02,500",
        "00:00:01,500 —> 00:00:02,500",
        "00:00:01,500 - -> 00:00:02,500",
        "00:00:01,500 → 00:00:02,500",
        "00:00:01,500 ==> 00:00:02,500",
        "00:00:01,500 --&gt; 00:00:02,500",
        "00:00:01,500-->00:00:02,500",
        "00:00:01,5000 --> 00:00:02,5000",
        "00:00:01,5 --> 00:00:02,5",
        "0:0:1,500 --> 0:0:2,500",
        "00:01,500 --> 00:02,500",
        "0000:00:01,500 --> 0000:00:02,500",
        "00;00;01,500 --> 00;00;02,500",
        "00:00:01.500,00:00:02.500",
        "00:00:01,500 --> 00:00:02,500  X1:100 X2:600 Y1:20 Y2:60",
        "00:00:01,500 --> 00:00:02,500 align:start position:0%",
        "1 00:00:01,500 --> 00:00:02,500",
        "1. 00:00:01,500 --> 00:00:02,500",
        "\t 00:00:01,500 --> 00:00:02,500 \t",
    ],
)
def test_times_as_they_are_written(times: str) -> None:
    found = read(f"1\n{times}\nfirst\n\n2\n00:00:03,000 --> 00:00:04,000\nsecond\n")
    assert cues(found) == [(1.5, 2.5, "first"), (3.0, 4.0, "second")]
    assert (found.unread, found.stray) == (0, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "1\n00:00:01,000 --> 00:00:02,000\na\n\nb\n\n\nc\n\n"
            "2\n00:00:03,000 --> 00:00:04,000\nd\n",
            ["a b c", "d"],
            id="blank lines inside",
        ),
        pytest.param(
            "1\n00:00:01,000 --> 00:00:02,000\n\na\n\n2\n00:00:03,000 --> 00:00:04,000\n \nb\n",
            ["a", "b"],
            id="a blank first line",
        ),
        pytest.param(
            "1\n00:00:01,000 --> 00:00:02,000\na\n2\n00:00:03,000 --> 00:00:04,000\nb\n",
            ["a", "b"],
            id="no blank line between",
        ),
        pytest.param(
            "00:00:01,000 --> 00:00:02,000\n42\n\n00:00:03,000 --> 00:00:04,000\n43\n",
            ["42", "43"],
            id="no numbers, and numbers that are said",
        ),
        pytest.param(
            "1\n00:00:01,000 --> 00:00:02,000\n2024\n\n2\n00:00:03,000 --> 00:00:04,000\nb\n",
            ["2024", "b"],
            id="a number that is said",
        ),
        pytest.param(
            "1200:00:01,000 --> 00:00:02,000\na\n\n1300:00:03,000 --> 00:00:04,000\nb\n",
            ["a", "b"],
            id="the number glued to the hours",
        ),
        pytest.param(
            "1\n00:00:01,000 --> 00:00:02,000 behind\n\n2\n00:00:03,000 --> 00:00:04,000\nb\n",
            ["behind", "b"],
            id="text behind the times",
        ),
        pytest.param(
            "\ufeff1\n00:00:01,000 --> 00:00:02,000\na\n\n"
            "\ufeff1\n00:00:03,000 --> 00:00:04,000\nb\n",
            ["a", "b"],
            id="two files joined",
        ),
        pytest.param(
            "1\r\r\n00:00:01,000 --> 00:00:02,000\r\r\na\r\r\nb\r\r\n\r\r\n2\r00:00:03,000 --> "
            "00:00:04,000\rc\r",
            ["a b", "c"],
            id="line ends of all kinds",
        ),
        pytest.param(
            "1\n00:00:01,000 --> 00:00:02,000\n<b>a</b> &amp; &lt;b&gt;&nbsp;c<br/>d\n",
            ["a & <b> c d"],
            id="entities and tags",
        ),
        pytest.param(
            "1\n00:00:01,000 --> 00:00:02,000\nuse List<String> and vector<int> here\n",
            ["use List<String> and vector<int> here"],
            id="what only looks like a tag",
        ),
        pytest.param(
            "1\n00:00:01,000 --> 00:00:02,000\nOpen C:\\New\\Name.txt\n",
            ["Open C:\\New\\Name.txt"],
            id="a path",
        ),
        pytest.param(
            "1\n00:00:01,000 --> 00:00:02,000\nDialogue: [Events]\nif a <b and c> d\n",
            ["Dialogue: [Events] if a <b and c> d"],
            id="what only looks like a script",
        ),
        pytest.param(
            "1\n00:00:01,000 --> 00:00:02,000\n{\\p1}m 0 0 l 100 0{\\p0}seen\n",
            ["seen"],
            id="a drawing",
        ),
        pytest.param(
            "1\n00:00:01,000 --> 00:00:02,000\nFrom 10:30 - 11:45 we rest.\n10:30 - 11:45\n",
            ["From 10:30 - 11:45 we rest. 10:30 - 11:45"],
            id="times of day that are said",
        ),
    ],
)
def test_subrip_as_it_is_found(text: str, expected: list[str]) -> None:
    found = read(text)
    assert words(found) == expected
    assert (found.unread, found.stray) == (0, 0)


def test_what_cannot_be_read_is_counted() -> None:
    found = read(
        "An advertisement\n\n1\n00:00:01,000 --> 00:00:02,000\na\n\n"
        "2\n00:aa:03,000 --> 00:00:04,000\nb\n\n3\n00:00:75,000 --> 00:00:79,000\nc\n\n"
        "4\n00:00:05,000 --> 00:00:06,000\nd\n"
    )
    assert words(found) == ["a", "d"]
    assert (found.unread, found.stray) == (2, 1)


def test_order_overlap_and_wrong_ends() -> None:
    found = read(
        "1\n00:00:05,000 --> 00:00:04,000\nlate words that take a while to say\n\n"
        "2\n00:00:01,000 --> 00:00:09,000\nlong\n\n3\n00:00:05,500 --> 00:00:05,500\nshort\n\n"
        "4\n-00:00:01,000 --> 00:00:00,500\nearly\n"
    )
    assert cues(found) == [
        (0.0, 0.5, "early"),
        (1.0, 9.0, "long"),
        (5.0, 5.5, "late words that take a while to say"),
        (5.5, 6.5, "short"),
    ]


def test_several_files_in_one_follow_each_other() -> None:
    part = "1\n00:00:01,000 --> 00:00:02,000\n{0}a\n\n2\n00:00:03,000 --> 00:00:04,000\n{0}b\n\n"
    found = read("\ufeff".join(["", part.format("x"), part.format("y")]))
    assert cues(found) == [(1.0, 2.0, "xa"), (3.0, 4.0, "xb"), (5.0, 6.0, "ya"), (7.0, 8.0, "yb")]
    assert found.restarts == 1


# WebVTT.


def test_only_an_empty_line_ends_a_cue_of_webvtt() -> None:
    found = read(
        "WEBVTT\n\n00:01.000 --> 00:02.000\n \nfirst\n\t\nsecond\n\n"
        "00:03.000 --> 00:04.000\nthird\n"
    )
    assert words(found) == ["first second", "third"]


def test_webvtt_names_its_speakers_and_keeps_notes_to_itself() -> None:
    found = read(
        "WEBVTT - talk\nKind: captions\nLanguage: en\n\nSTYLE\n::cue { color: red }\n\n"
        "NOTE\nnobody sees this\nnor this\n\nREGION\nid:x\n\n"
        "one\n00:01.000 --> 00:02.000 line:0\n"
        "<v Anna Smith>Hello</v> <v.loud Bob>Hi &lt;you&gt;\n\n"
        "<00:03.000>\n\nlost text\n"
    )
    assert [(u.speaker, u.text) for u in found.utterances] == [
        ("Anna Smith", "Hello"),
        ("Bob", "Hi <you>"),
    ]
    assert found.stray == 1


def test_webvtt_under_another_suffix_and_without_its_head() -> None:
    text = "intro\n00:01.000 --> 00:02.000\na\n\noutro\n00:03.000 --> 00:04.000\nb\n"
    assert words(read(text, ".vtt")) == ["a", "b"]
    assert words(read(f"WEBVTT\n\n{text}", ".srt")) == ["a", "b"]


# Rolling captions.

# In the file, {space} is one.
YOUTUBE = """WEBVTT
Kind: captions
Language: en

00:00:00.160 --> 00:00:02.310 align:start position:0%
{space}
hello<00:00:00.400><c> everyone</c><00:00:00.799><c> and</c>

00:00:02.310 --> 00:00:02.320 align:start position:0%
hello everyone and
{space}

00:00:02.320 --> 00:00:04.789 align:start position:0%
hello everyone and
today<00:00:02.639><c> we</c><00:00:02.800><c> talk</c>

00:00:04.789 --> 00:00:04.799 align:start position:0%
today we talk
{space}

00:00:04.799 --> 00:00:06.789 align:start position:0%
today we talk
about<00:00:05.000><c> plants</c>
"""


def test_captions_made_by_machine_are_unrolled() -> None:
    found = read(YOUTUBE.replace("{space}", " "))
    assert cues(found) == [
        (0.16, 2.31, "hello everyone and"),
        (2.32, 4.789, "today we talk"),
        (4.799, 6.789, "about plants"),
    ]
    assert found.is_rolling


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        pytest.param(
            ["one two", "one two\nthree four", "three four\nfive six"],
            ["one two", "three four", "five six"],
            id="two lines",
        ),
        pytest.param(
            ["a b", "a b\nc d", "a b\nc d\ne f", "c d\ne f\ng h"],
            ["a b", "c d", "e f", "g h"],
            id="three lines",
        ),
        pytest.param(
            ["we", "we go", "we go home", "we go home now"],
            ["we", "go", "home", "now"],
            id="word by word",
        ),
        pytest.param(
            ["we speak of plants", "speak of plants today and", "of plants today and of light"],
            ["we speak of plants", "today and", "of light"],
            id="in one line",
        ),
        pytest.param(
            ["今天我们讲自行车", "今天我们讲自行车\n为什么不会倒", "为什么不会倒\n秘密在前轮"],
            ["今天我们讲自行车", "为什么不会倒", "秘密在前轮"],
            id="without spaces",
        ),
    ],
)
def test_rolling_lines_are_taken_once(shown: list[str], said: list[str]) -> None:
    text = "\n".join(
        f"{n}\n00:00:{n:02d},000 --> 00:00:{n + 1:02d},000\n{lines}\n"
        for n, lines in enumerate(shown)
    )
    assert words(read(text)) == said


@pytest.mark.parametrize(
    "shown",
    [
        ["la la la la", "la la la la", "la la la la"],
        ["No.", "No.", "No, no, no."],
        ["I see a red door", "I want it black", "No colors any more", "I want it black"],
        ["Yes.", "Yes.\nBut why?", "Because.", "Of what?", "Of that.", "I see."],
    ],
)
def test_what_is_said_again_stays(shown: list[str]) -> None:
    text = "\n".join(
        f"{n}\n00:00:{n:02d},000 --> 00:00:{n:02d},900\n{lines}\n" for n, lines in enumerate(shown)
    )
    assert words(read(text)) == [" ".join(lines.split()) for lines in shown]


# ASS, SSA, MicroDVD.

HEAD = """[Script Info]
Title: talk
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,odd

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def test_a_script_gives_what_is_spoken() -> None:
    found = read(
        HEAD
        + "Dialogue: 0,0:00:01.00,0:00:02.00,Default,Anna,0,0,0,,{\\i1}Hello{\\i0}\\Nthere, you\n"
        "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\p1}m 0 0 l 100 0 100 100{\\p0}\n"
        "Dialogue: 0,0:00:02.00,0:00:03.00,Default,,0,0,0,,{\\p1}m 0 0{\\p0}words\n"
        "Comment: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,nobody sees this\n"
        "Dialogue: 1,0:00:03.00,0:00:04.00,Sign - Top,,0,0,0,,EXIT\n"
        "Dialogue: 0,0:00:03.00,0:00:04.00,OP-Romaji,,0,0,0,,{\\k20}ka{\\k30}ra\n"
        "Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,fx,k\n"
        "Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,{\\pos(1,2)\\frz3}SHOP\n"
        "Dialogue: 0,0:00:05.00,0:00:06.00,Default,Bob,,,,,{\\b1}Ha{\\b0}lo {a note}you\n"
        "Dialogue: 1,0:00:05.00,0:00:06.00,Default,Bob,0,0,0,,{\\blur3}Halo you\n"
        "Dialogue: 0,0:00:06.00,0:00:07.00,Default,,0,0,0,,{\\k20}ka{\\kf30}ra{\\ko9}oke\n"
        "Dialogue: 0,0:00:07.00,later,Default,,0,0,0,,lost\n"
    )
    assert [(u.start_s, u.speaker, u.text) for u in found.utterances] == [
        (1.0, "Anna", "Hello there, you"),
        (2.0, None, "words"),
        (5.0, "Bob", "Halo you"),
    ]
    assert (found.unread, found.left_out) == (1, 5)


@pytest.mark.parametrize("mark", ["\\pos(190,260)", "\\k25"])
def test_a_script_whose_lines_are_all_marked_is_a_programs(mark: str) -> None:
    lines = "".join(
        f"Dialogue: 0,0:00:0{n}.00,0:00:0{n}.90,Default,,0,0,0,,{{{mark}}}Line {n}\n"
        for n in range(4)
    )
    assert words(read(HEAD + lines)) == [f"Line {n}" for n in range(4)]


def test_the_older_form_and_other_orders_of_fields() -> None:
    ssa = (
        "[Script Info]\n[V4 Styles]\n[Events]\n"
        "Format: Marked, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: Marked=0,0:00:01.00,0:00:02.00,Default,Anna,0000,0000,0000,,Hi, all\n"
    )
    short = "[Events]\nFormat: Start, End, Text\nDialogue: 0:00:01.00,0:00:02.00,Hi, all\n"
    for text in (ssa, short):
        assert cues(read(text)) == [(1.0, 2.0, "Hi, all")]


def test_frames_need_their_rate() -> None:
    assert cues(read("{1}{1}25\n{25}{50}{y:i}Hello|there\n")) == [(1.0, 2.0, "Hello there")]
    with pytest.raises(InputError) as caught:
        read("{25}{50}Hello\n")
    assert caught.value.code == "bad_subtitles"
    assert "frames" in caught.value.message


def test_long_lines_and_many_marks_take_their_time_and_no_more() -> None:
    """Each of these would take hours where an expression goes back over what it has read."""
    head = "1\n00:00:01,000 --> 00:00:02,000\n"
    for body in ("{\\p1" * 50_000, "<rt>" * 50_000, "<v" + " " * 200_000, " " * 200_000 + "x",
                 "~{" * 50_000, "-->1\n" * 20_000, "&" * 100_000, "<i " * 50_000):  # fmt: skip
        read(head + body)
    read("\n" * 100_000)
    same = "1\n00:00:01,000 --> 00:00:00,500\nx {n}\n\n"
    assert len(read("".join(same.format(n=n) for n in range(5_000))).utterances) == 5_000
