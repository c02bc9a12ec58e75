"""Subtitle files with the oddities of the wild: every word comes out once and in its place, or what
was lost is counted. Whatever the bytes are, nobody sees an error of Python's."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.media.captions.test_encodings import FOUND
from videobatch.errors import InputError
from videobatch.media.captions import Captions, UnsureError, read_captions

OFTEN = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

WORD = st.text("abcdefghijklmnopqrstuvwxyzäéñøß", min_size=2, max_size=9)
SENTENCE = st.lists(WORD, min_size=1, max_size=8)
ARROWS = ["-->", "->", "—>", " --> ", "  -->", "→", "--&gt;", "- ->", "==>", "－－＞", " –> "]
POINTS = [",", ".", ":", "，", " ,", ", ", " ", ";"]
NEWLINES = ["\n", "\r\n", "\r", "\r\r\n"]


@dataclass(frozen=True)
class Told:
    """A cue: its words by line, and how it is written down."""

    lines: list[list[str]]
    arrow: str
    point: str
    behind: str
    blank_first: bool
    blank_inside: bool
    tag: str
    is_broken: bool


TOLD = st.builds(
    Told,
    lines=st.lists(SENTENCE, min_size=1, max_size=3),
    arrow=st.sampled_from(ARROWS),
    point=st.sampled_from(POINTS[:-1]),
    behind=st.sampled_from(["", " ", " X1:10 X2:20 Y1:1 Y2:9", " align:start position:0%", "\t"]),
    blank_first=st.booleans(),
    blank_inside=st.booleans(),
    tag=st.sampled_from(["", "<i>{}</i>", '<font color="#fff">{}</font>', "{{\\an8}}{}", " {} "]),
    is_broken=st.sampled_from([False] * 5 + [True]),
)
STYLES = st.fixed_dictionaries(
    {
        "newline": st.sampled_from(NEWLINES),
        "numbers": st.sampled_from(["each", "none", "wrong", "hash"]),
        "between": st.sampled_from(["\n", "\n\n", "\n \n", "\n\t \n"]),
        "mark": st.sampled_from(["", "\ufeff"]),
        "hours": st.booleans(),
    }
)


def marked(cues: list[Told]) -> list[Told]:
    """The cues with words that are in no other one, so that each can be looked for."""
    return [
        replace(cue, lines=[[f"{word}q{_letters(place)}" for word in line] for line in cue.lines])
        for place, cue in enumerate(cues)
    ]


def _letters(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def said(cue: Told) -> list[str]:
    return [word for line in cue.lines for word in line]


def stamp(at_ms: int, point: str, *, hours: bool) -> str:
    seconds, ms = divmod(at_ms, 1000)
    text = f"{seconds // 60:02d}:{seconds % 60:02d}{point}{ms:03d}"
    return f"00:{text}" if hours else text


def subrip(cues: list[Told], style: dict[str, object]) -> str:
    hours = bool(style["hours"])
    blocks: list[str] = []
    for place, cue in enumerate(cues):
        start, end = place * 3000 + 250, place * 3000 + 2750
        times = (
            stamp(start, cue.point, hours=hours)
            + cue.arrow
            + stamp(end, cue.point, hours=hours)
            + cue.behind
        )
        if cue.is_broken:
            times = f"00:0x:{place}q,000 --> 00:00:{place}"
        lines = [
            cue.tag.format(" ".join(line)) if cue.tag else " ".join(line) for line in cue.lines
        ]
        body = ("\n\n" if cue.blank_inside else "\n").join(lines)
        number = {"each": f"{place + 1}\n", "none": "", "wrong": f"{place * 2 + 7}\n",
                  "hash": f"#{place + 1}\n"}[str(style["numbers"])]  # fmt: skip
        blocks.append(f"{number}{times}\n{chr(10) * cue.blank_first}{body}\n")
    text = str(style["mark"]) + str(style["between"]).join(["", *blocks]).lstrip()
    return text.replace("\n", str(style["newline"]))


@OFTEN
@given(cues=st.lists(TOLD, min_size=2, max_size=8).map(marked), style=STYLES)
def test_every_word_of_subrip_comes_out_once_or_is_counted(
    cues: list[Told], style: dict[str, object]
) -> None:
    text = subrip(cues, style)
    found = read_captions(text.encode())
    got = [word for utterance in found.utterances for word in utterance.text.split()]
    assert got == [word for cue in cues if not cue.is_broken for word in said(cue)]
    assert found.unread == sum(cue.is_broken for cue in cues)
    assert found.stray == 0


@OFTEN
@given(
    cues=st.lists(st.lists(SENTENCE, min_size=1, max_size=2), min_size=1, max_size=8),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"]),
    form=st.sampled_from(["srt", "vtt", "ass"]),
)
def test_each_form_in_each_encoding(cues: list[list[list[str]]], encoding: str, form: str) -> None:
    told = [[" ".join(line) + f" n{_letters(n)}" for line in lines] for n, lines in enumerate(cues)]
    raw = FORMS[form](told).encode(encoding)
    found = read_captions(raw, f".{form}")
    assert [u.text for u in found.utterances] == [" ".join(lines) for lines in told]
    assert found.unread == found.stray == found.broken == found.left_out == 0


def _srt(cues: list[list[str]]) -> str:
    return "\n".join(
        f"{n + 1}\n{stamp(n * 2000, ',', hours=True)} --> "
        f"{stamp(n * 2000 + 900, ',', hours=True)}\n" + "\n".join(lines) + "\n"
        for n, lines in enumerate(cues)
    )


def _vtt(cues: list[list[str]]) -> str:
    return "WEBVTT\n\n" + "\n".join(
        f"{stamp(n * 2000, '.', hours=False)} --> {stamp(n * 2000 + 900, '.', hours=False)}\n"
        + "\n".join(lines)
        + "\n"
        for n, lines in enumerate(cues)
    )


def _ass(cues: list[list[str]]) -> str:
    def at(ms: int) -> str:
        return f"0:{ms // 60_000:02d}:{ms // 1000 % 60:02d}.{ms % 1000 // 10:02d}"

    return "[Script Info]\n\n[Events]\n" + "".join(
        f"Dialogue: 0,{at(n * 2000)},{at(n * 2000 + 900)},Default,,0,0,0,,{'{}'.join(['', ''])}"
        + "\\N".join(lines)
        + "\n"
        for n, lines in enumerate(cues)
    )


FORMS = {"srt": _srt, "vtt": _vtt, "ass": _ass}


@OFTEN
@given(
    lines=st.lists(st.lists(WORD, min_size=3, max_size=7), min_size=3, max_size=9),
    depth=st.integers(1, 2),
    flashes=st.booleans(),
    form=st.sampled_from(["srt", "vtt"]),
)
def test_rolling_lines_come_out_once(
    lines: list[list[str]], depth: int, flashes: bool, form: str
) -> None:
    told = [" ".join([*line, f"n{_letters(n)}"]) for n, line in enumerate(lines)]
    shown: list[tuple[int, int, list[str]]] = []
    for n, _ in enumerate(told):
        window = told[max(0, n - depth) : n + 1]
        shown.append((n * 2000, n * 2000 + 1990, window))
        if flashes:
            shown.append((n * 2000 + 1990, n * 2000 + 2000, window[-depth:]))
    point = "," if form == "srt" else "."
    text = "WEBVTT\n\n" if form == "vtt" else ""
    for start, end, window in shown:
        times = f"{stamp(start, point, hours=True)} --> {stamp(end, point, hours=True)}"
        text += f"{times}\n" + "\n".join(window) + "\n\n"
    found = read_captions(text.encode(), f".{form}")
    assert [u.text for u in found.utterances] == told
    assert [u.start_s for u in found.utterances] == [2.0 * n for n in range(len(told))]


@OFTEN
@given(
    case=st.sampled_from([(t, e) for t, encodings in FOUND for e in encodings.split()]),
    times=st.integers(1, 3),
    newline=st.sampled_from(NEWLINES),
    cut=st.integers(0, 3),
)
def test_old_encodings_are_right_or_refused(
    case: tuple[str, str], times: int, newline: str, cut: int
) -> None:
    text, encoding = case
    lines = [" ".join(line.split()) for line in text.split("|")][: 3 - cut % 3] * times
    raw = newline.join(
        f"{n + 1}{newline}{stamp(n * 2000, ',', hours=True)} --> "
        f"{stamp(n * 2000 + 900, ',', hours=True)}{newline}{line}{newline}"
        for n, line in enumerate(lines)
    ).encode(encoding)
    found, refusal = outcome(raw, "")
    if isinstance(refusal, UnsureError) and len(set(lines)) < 3:
        return
    assert [u.text for u in found.utterances] == lines


@OFTEN
@given(
    base=st.sampled_from(["srt", "vtt", "ass"]),
    encoding=st.sampled_from(["utf-8", "utf-16", "gb18030", "cp932"]),
    edits=st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=6)), max_size=8),
    suffix=st.sampled_from([".srt", ".vtt", ".ass", ".sub", ".sbv", ""]),
)
def test_damaged_bytes_are_read_or_refused_in_our_words(
    base: str, encoding: str, edits: list[tuple[int, bytes]], suffix: str
) -> None:
    raw = FORMS[base]([["大家好，今日", "we talk"], ["再見 everyone"]]).encode(encoding)
    for place, piece in edits:
        raw = raw[:place] + piece + raw[place + 1 :]
    calmly(raw, suffix)


@OFTEN
@given(raw=st.binary(max_size=400), suffix=st.sampled_from([".srt", ".vtt", ".ass", ".sub"]))
def test_any_bytes_at_all(raw: bytes, suffix: str) -> None:
    calmly(raw, suffix)


@OFTEN
@given(
    pieces=st.lists(
        st.sampled_from(
            ["-->", "1", "\n", "\r", "00:00:01,000", "00:01", "WEBVTT", "{1}{1}25", "[Events]\n",
             "Dialogue: ", ",", "<v A>", "{\\p1}", "x y", " ", "\0", "\ufeff", "&#0;", "&#xD800;",
             "99:99:99,999", "-1:-1:-1", "٣", "²"]
        ),
        max_size=40,
    )
)  # fmt: skip
def test_any_pieces_in_any_order(pieces: list[str]) -> None:
    calmly("".join(pieces).encode(), ".srt")


PYTHON = re.compile("Error|codec|Traceback|0x|utf_|None")


def outcome(raw: bytes, suffix: str) -> tuple[Captions, InputError | None]:
    try:
        return read_captions(raw, suffix), None
    except InputError as error:
        return Captions(()), error


def calmly(raw: bytes, suffix: str) -> None:
    """What is read can be written down; what is refused is said in our words."""
    found, refusal = outcome(raw, suffix)
    if refusal is not None:
        assert refusal.code == "bad_subtitles"
        assert refusal.hint
        assert not PYTHON.search(refusal.message)
    for utterance in found.utterances:
        assert 0 <= utterance.start_s < utterance.end_s
        assert utterance.text == " ".join(utterance.text.split())
        assert "\0" not in utterance.text
        utterance.text.encode()
    starts = [utterance.start_s for utterance in found.utterances]
    assert starts == sorted(starts)
