"""The catalogue of sentences: complete in each language."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
import yaml

from videobatch.pipeline.templates.definition import LANGUAGES
from videobatch.pipeline.text.phrases import CATALOGUE, MAIN, PHRASES, Phrases, remark
from videobatch.pipeline.writing.prompts import LANGUAGES as NAMES
from videobatch.records import Remark, RemarkCode
from videobatch.records.wire import from_json, to_json

FIELD = re.compile(r"\{(\w*)\}")


def texts_of(language: str) -> dict[str, str]:
    read = yaml.safe_load((CATALOGUE / f"{language}.yaml").read_text(encoding="utf-8"))
    return {**read.pop("remarks"), **{f"_{name}": text for name, text in read.items()}}


def test_every_language_has_a_catalogue_and_a_name_for_models() -> None:
    assert set(PHRASES) == set(LANGUAGES) == set(NAMES)
    assert LANGUAGES[0] == MAIN


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != MAIN])
def test_each_catalogue_has_every_text_with_the_same_fields(language: str) -> None:
    main, own = texts_of(MAIN), texts_of(language)
    assert own.keys() == main.keys()
    for name, text in main.items():
        assert set(FIELD.findall(own[name])) == set(FIELD.findall(text)), name
    assert {f"_{field.name}" for field in fields(Phrases)} - {"_remarks"} <= own.keys()


def test_the_chinese_texts_are_chinese() -> None:
    marks = {"between", "flaws_between", "_separator", "stretch", "_outline", "_asked", "_marked"}
    marks |= {"_explained", "_listed", "_vocabulary", "_vocabulary_explained", "quoted"}
    for name, text in texts_of("zh").items():
        assert name in marks or re.search(r"[\u4e00-\u9fff]", text), name


def test_a_remark_is_told_in_each_language_and_travels_so() -> None:
    told = remark(RemarkCode.NO_WORDS, lambda say: say.tell("no_words", sound="01:00"))
    assert told.message == "no words were recognised in 01:00 of sound"
    assert told.in_language("zh") == "有 01:00 的声音，但没有识别出任何词语"
    assert told.in_language("de") == told.message
    again = from_json(Remark, to_json(told))
    assert again.in_language("zh") == told.in_language("zh")
    # What was kept before there were other languages is told as it was.
    old = from_json(Remark, '{"code": "no_words", "message": "none"}')
    assert old.in_language("zh") == "none"


def test_lists_and_counts() -> None:
    english, chinese = PHRASES["en"], PHRASES["zh"]
    assert english.enumerated(["a", "b"], 2) == "a, b and 2 more"
    assert chinese.enumerated(["a", "b"]) == "a、b"
    assert english.counted(1, "cue", "cues") == "1 cue"
    assert english.counted(3, "cue", "cues") == "3 cues"
    assert english.counted(0, "cue", "cues") == ""
