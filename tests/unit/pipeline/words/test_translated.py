"""Subtitles in another language: the times and the count of the original."""

from __future__ import annotations

from videobatch.pipeline.words.transcripts import to_srt, to_vtt
from videobatch.pipeline.words.translated import bilingual_cues, spoken_lines, translated_cues
from videobatch.records import TranslatedLine, Translation

LONG = (
    "这是一个非常非常长的句子，它在原来的时间里怎么也放不进两行十六个字的字幕里，可是时间不能改。"
)
MADE = Translation(
    "zh",
    "stub pen-1",
    (
        TranslatedLine(0, 900, ("The water", "is cold."), "水很冷。", "Anna", "Anna:"),
        TranslatedLine(1000, 1900, ("Nobody knows.",), "Nobody knows.", is_translated=False),
        TranslatedLine(2000, 2900, ("A long one.",), LONG),
    ),
)


def test_each_cue_is_the_originals_with_other_words() -> None:
    cues = translated_cues(MADE)
    assert [(cue.start_ms, cue.end_ms) for cue in cues] == [(0, 900), (1000, 1900), (2000, 2900)]
    assert [cue.lines for cue in cues[:2]] == [("Anna: 水很冷。",), ("Nobody knows.",)]
    first, second = cues[2].lines
    assert first + second == LONG
    assert abs(len(first) - len(second)) < 8
    assert to_srt(cues).startswith("1\n00:00:00,000 --> 00:00:00,900\nAnna: 水很冷。\n")
    assert "<v Anna>水很冷。" in to_vtt(cues)


def test_both_languages_stand_together_the_untranslated_once() -> None:
    cues = bilingual_cues(MADE)
    assert cues[0].lines == ("Anna: 水很冷。", "The water", "is cold.")
    assert cues[1].lines == ("Nobody knows.",)
    assert cues[2].lines[-1] == "A long one."


def test_the_lines_are_what_was_said() -> None:
    first = spoken_lines(MADE)[0]
    assert (first.start_s, first.end_s, first.text, first.speaker) == (0.0, 0.9, "水很冷。", "Anna")
