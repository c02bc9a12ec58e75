"""Subtitle files that a player reads as we wrote them, by parsers that others wrote."""

from __future__ import annotations

import html
import io
import re

import webvtt
from hypothesis import given
from hypothesis import strategies as st
from pysubs2 import SSAFile

from videobatch.pipeline.text.markdown import plain
from videobatch.pipeline.words.cues.making import Cue
from videobatch.pipeline.words.transcripts import cues, to_srt, to_vtt
from videobatch.records import Transcript, Utterance

Shown = list[tuple[int, int, str]]
TAG = re.compile(r"<[^>]*>")


def parse_srt(text: str) -> Shown:
    """The cues as pysubs2 reads them, markup and all."""
    found = SSAFile.from_string(text, format_="srt", keep_html_tags=True)
    return [(each.start, each.end, each.text.replace("\\N", "\n")) for each in found]


def parse_vtt(text: str) -> list[webvtt.Caption]:
    return webvtt.from_buffer(io.StringIO(text)).captions


def shown(captions: list[webvtt.Caption]) -> Shown:
    return [
        (_ms(each.start), _ms(each.end), html.unescape(TAG.sub("", each.raw_text)))
        for each in captions
    ]


def _ms(stamp: str) -> int:
    hours, minutes, seconds = stamp.split(":")
    return (int(hours) * 60 + int(minutes)) * 60_000 + round(float(seconds) * 1000)


def transcript(*utterances: Utterance, source: str = "test") -> Transcript:
    return Transcript("en", source, utterances)


def test_a_short_line() -> None:
    said = cues(transcript(Utterance(3661.5, 3663.25, "Ask what you can do")))
    assert to_srt(said) == "1\n01:01:01,500 --> 01:01:03,250\nAsk what you can do\n"
    assert to_vtt(said) == "WEBVTT\n\n01:01:01.500 --> 01:01:03.250\nAsk what you can do\n"


def test_no_words() -> None:
    assert to_srt(()) == ""
    assert to_vtt(cues(transcript(Utterance(0, 1, " \x00\n")))) == "WEBVTT\n"


def test_markup_does_nothing() -> None:
    hostile = "<b>bold</b> & --> {\\an8}\n\n2\n00:00:00,000 --> 99:00:00,000\nmine \\N &lt;"
    said = cues(transcript(Utterance(0, 7, hostile)))
    heard = " ".join(" ".join(text.split("\n")) for _, _, text in shown(parse_vtt(to_vtt(said))))
    assert heard == plain(hostile)
    srt = to_srt(said)
    assert not set(srt.replace(" --> ", "")) & set("<{}")
    assert len(parse_srt(srt)) == len(said)
    assert all(end <= 8000 for _, end, _ in parse_srt(srt))


def test_a_speaker_is_a_voice_and_a_name_where_another_one_begins() -> None:
    said = cues(
        transcript(
            Utterance(0, 2, "Who is there?", speaker="Anna <x> & B."),
            Utterance(4, 6, "Me.", speaker="Anna <x> & B."),
            Utterance(8, 9, "And me.", speaker="Bob"),
        )
    )
    assert [each.voice for each in parse_vtt(to_vtt(said))] == [
        "Anna &lt;x&gt; &amp; B.", "Anna &lt;x&gt; &amp; B.", "Bob",
    ]  # fmt: skip
    assert [text for _, _, text in shown(parse_vtt(to_vtt(said)))] == [
        "Who is there?", "Me.", "And me.",
    ]  # fmt: skip
    assert [text for _, _, text in parse_srt(to_srt(said))] == [
        "Anna ‹x› & B.: Who is there?", "Me.", "Bob: And me.",
    ]  # fmt: skip


def test_a_name_that_fills_a_line_leaves_none_empty() -> None:
    text = to_vtt([Cue(0, 1000, ("Anna:", "Me."), "Anna", "Anna:")])
    assert text == "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n<v Anna>Me.\n"


def test_the_source_tells_whose_cues_they_are() -> None:
    utterances = (Utterance(0, 1, "No."), Utterance(1.0, 2.0, "Yes."))
    assert len(cues(transcript(*utterances))) == 1
    authored = cues(transcript(*utterances, source="subtitles (talk.srt)"))
    assert [(each.start_ms, each.end_ms) for each in authored] == [(0, 1000), (1000, 2000)]


utterances = st.builds(
    lambda start, length, text, name: Utterance(start, start + length, text, speaker=name),
    st.floats(0, 10_000),
    st.floats(0, 100),
    st.text(max_size=400),
    st.sampled_from([None, "Anna", "a --> b"]),
)


@given(st.lists(utterances, max_size=8), st.sampled_from(["test", "subtitles (a.srt)"]))
def test_others_read_what_we_wrote(found: list[Utterance], source: str) -> None:
    said = cues(transcript(*found, source=source))
    srt, vtt = to_srt(said), to_vtt(said)
    times = [(each.start_ms, each.end_ms) for each in said]
    assert [each[:2] for each in parse_srt(srt)] == times
    read = shown(parse_vtt(vtt))
    assert [each[:2] for each in read] == times
    words = [" ".join(each.lines).removeprefix(each.label).strip() for each in said]
    assert [text.replace("\n", " ").strip() for _, _, text in read] == words
