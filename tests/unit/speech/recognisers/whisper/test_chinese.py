"""The characters that Chinese is written in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.support.whisper import FakeWhisper, said
from videobatch.records import AudioSegment, Utterance, Word
from videobatch.speech.recognisers.whisper.chinese import PROMPTS, written
from videobatch.speech.recognisers.whisper.recogniser import WhisperTranscriber


@pytest.mark.parametrize(
    ("script", "text"),
    [("simplified", "语音识别"), ("traditional", "語音識別"), ("as_heard", "語音识别")],
)
def test_text_and_words_are_written_alike(script: str, text: str) -> None:
    heard = Utterance(0, 2, "語音识别", words=(Word(0, 2, "語音识别"),), language="zh")
    found = written(heard, script)
    assert (found.text, found.words[0].text) == (text, text)


@pytest.mark.parametrize(
    ("heard", "text"),
    [
        ("大规模感染,目前产量", "大规模感染，目前产量"),
        ("真的吗?对!好.", "真的吗？对！好。"),
        ("超50%,共3.5.", "超50%,共3.5."),
        ("用Python,很好", "用Python,很好"),
        ("增加.5倍,2倍", "增加.5倍，2倍"),
    ],
)
def test_punctuation_beside_characters_is_of_one_kind(heard: str, text: str) -> None:
    said = Utterance(0, 2, heard, words=(Word(0, 2, heard),), language="zh")
    found = written(said, "simplified")
    assert (found.text, found.words[0].text) == (text, text)
    assert written(said, "as_heard") == said


def test_japanese_is_left_alone() -> None:
    heard = Utterance(0, 2, "音聲認識", language="ja")
    assert written(heard, "simplified") == heard


@pytest.mark.parametrize("script", ["simplified", "traditional", "as_heard"])
def test_the_model_goes_on_from_a_text_in_that_script(
    script: str, whisper: FakeWhisper, model_dir: Path
) -> None:
    whisper.likely = [{"zh": 0.98}]
    whisper.answer = lambda seconds, asked: [said("広州的房地產。" * 2)]
    segment = AudioSegment(0, 0.0, np.zeros(16_000 * 6, np.int16))
    WhisperTranscriber(model_dir, chinese=script).transcribe(segment)
    assert {each["initial_prompt"] for each in whisper.asked} == {PROMPTS.get(script)}
    assert {each["language"] for each in whisper.asked} == {"zh"}


def test_a_text_that_comes_back_as_words_was_not_said(
    whisper: FakeWhisper, model_dir: Path
) -> None:
    whisper.likely = [{"zh": 0.98}]
    whisper.answer = lambda seconds, asked: [said(asked["initial_prompt"], 0, 0.3)]
    segment = AudioSegment(0, 0.0, np.zeros(16_000 * 5, np.int16))
    assert WhisperTranscriber(model_dir).transcribe(segment) == ()
