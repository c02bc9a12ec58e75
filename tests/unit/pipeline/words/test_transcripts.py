"""Subtitle files that a player reads as we wrote them."""

from __future__ import annotations

import html
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videobatch.pipeline.text.markdown import plain
from videobatch.pipeline.words.transcripts import to_json, to_srt, to_vtt
from videobatch.records import Transcript, Utterance

Cue = tuple[float, float, list[str]]
TIMES = re.compile(r"^(\d\d+):(\d\d):(\d\d)[.,](\d{3}) --> (\d\d+):(\d\d):(\d\d)[.,](\d{3})$")


def seconds(hours: str, minutes: str, secs: str, ms: str) -> float:
    return int(hours) * 3600 + int(minutes) * 60 + int(secs) + int(ms) / 1000


def cues_of(blocks: list[str], first_line: int) -> list[Cue]:
    found: list[Cue] = []
    for block in blocks:
        lines = block.split("\n")[first_line:]
        times = TIMES.match(lines[0])
        assert times, lines
        found.append((seconds(*times.groups()[:4]), seconds(*times.groups()[4:]), lines[1:]))
    return found


def parse_srt(text: str) -> list[Cue]:
    blocks = [block for block in text.rstrip("\n").split("\n\n") if block]
    assert [block.split("\n")[0] for block in blocks] == [str(i + 1) for i in range(len(blocks))]
    return cues_of(blocks, 1)


def parse_vtt(text: str) -> list[Cue]:
    head, *blocks = text.rstrip("\n").split("\n\n")
    assert head == "WEBVTT"
    cues = cues_of(blocks, 0)
    for _, _, lines in cues:
        assert not any("-->" in line or "<" in line for line in lines)
    return [(start, end, [html.unescape(line) for line in lines]) for start, end, lines in cues]


def transcript(*utterances: Utterance, **fields: object) -> Transcript:
    return Transcript("en", "test", utterances)


def test_a_short_line() -> None:
    spoken = transcript(Utterance(3661.5, 3663.25, "Ask what you can do"))
    assert to_srt(spoken) == "1\n01:01:01,500 --> 01:01:03,250\nAsk what you can do\n"
    assert to_vtt(spoken) == "WEBVTT\n\n01:01:01.500 --> 01:01:03.250\nAsk what you can do\n"


def test_no_words() -> None:
    assert to_srt(transcript()) == ""
    assert to_vtt(transcript(Utterance(0, 1, " \x00\n"))) == "WEBVTT\n"
    assert json.loads(to_json(transcript()))["utterances"] == []


def test_a_long_utterance_shares_its_time() -> None:
    text = " ".join(["seven letters"] * 20)
    cues = parse_srt(to_srt(transcript(Utterance(10, 30, text))))
    assert len(cues) > 2
    assert cues[0][0] == 10
    assert cues[-1][1] == pytest.approx(30, abs=0.01)
    assert " ".join(" ".join(lines) for _, _, lines in cues) == text


def test_markup_does_nothing() -> None:
    hostile = "<b>bold</b> & --> {\\an8}\n\n2\n00:00:00,000 --> 99:00:00,000\nmine"
    spoken = transcript(Utterance(0, 60, hostile))
    said = " ".join(" ".join(lines) for _, _, lines in parse_vtt(to_vtt(spoken)))
    assert said == plain(hostile)
    srt = to_srt(spoken)
    assert not set(srt.replace(" --> ", "")) & set("<{}")
    assert all(end <= 60 for _, end, _ in parse_srt(srt))


def test_chinese_lines_are_half_as_many_characters() -> None:
    cues = parse_srt(to_srt(transcript(Utterance(0, 10, "学" * 100))))
    assert max(len(line) for _, _, lines in cues for line in lines) == 21


utterances = st.builds(
    lambda start, length, text: Utterance(start, start + length, text),
    st.floats(0, 10_000),
    st.floats(0, 100),
    st.text(max_size=400),
)


@given(st.lists(utterances, max_size=8))
def test_cues_are_readable_and_in_order(found: list[Utterance]) -> None:
    spoken = transcript(*found)
    srt, vtt = parse_srt(to_srt(spoken)), parse_vtt(to_vtt(spoken))
    assert [cue[:2] for cue in srt] == [cue[:2] for cue in vtt]
    starts = [start for start, _, _ in vtt]
    assert starts == sorted(starts)
    for start, end, lines in vtt:
        assert start <= end <= start + 7.001
        assert 1 <= len(lines) <= 2
        assert all(line.strip() and len(line) <= 42 for line in lines)
    said = "".join(line for _, _, lines in vtt for line in lines)
    ordered = sorted(found, key=lambda u: (u.start_s, u.end_s))
    assert said.replace(" ", "") == "".join(plain(u.text) for u in ordered).replace(" ", "")


@given(st.text())
def test_json_keeps_what_was_recognised(text: str) -> None:
    spoken = Transcript("en", "pocketsphinx", (Utterance(0, 1.5, text, 0.5),), rough=True)
    fields = json.loads(to_json(spoken, title="T").encode("ascii"))
    assert fields["utterances"] == [{"start_s": 0, "end_s": 1.5, "text": text, "confidence": 0.5}]
    assert (fields["title"], fields["rough"], fields["schema_version"]) == ("T", True, 1)
