"""A transcript's JSON, by its published schema."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from config.settings import PROJECT_ROOT
from videobatch.pipeline.words.transcript_file import to_json
from videobatch.records import Correction, Gap, Transcript, Utterance, Word

SCHEMA = json.loads((PROJECT_ROOT / "docs/reference/transcript.schema.json").read_text("utf-8"))
SPOKEN = Transcript(
    "en",
    "whisper base",
    (
        Utterance(
            0, 1.5, "Ask not", 0.5, "Anna", (Word(0, 1, "Ask", 0.91234), Word(1, 1.5, "not"))
        ),
        Utterance(2, 3, "学习", language="zh"),
        Utterance(3, 4, "back", language="en"),
    ),
    gaps=(Gap(4.0, 9.0, "whisper base", "refused"),),
)


def read(transcript: Transcript, **facts: str | float | None) -> dict[str, Any]:
    text = to_json(transcript, **facts)
    fields: dict[str, Any] = json.loads(text.encode("utf-8"))
    jsonschema.validate(fields, SCHEMA)
    return fields


def test_the_fields() -> None:
    fields = read(SPOKEN, title="T", video="a.mp4", duration_s=9.0)
    first, second, third = fields["utterances"]
    assert first["words"] == [[0, 1, "Ask", 0.912], [1, 1.5, "not", None]]
    assert (second["language"], "language" in third, "words" in second) == ("zh", False, False)
    assert fields["gaps"] == [
        {"start_s": 4.0, "end_s": 9.0, "by": "whisper base", "why": "refused"}
    ]


def test_a_reader_of_version_1_finds_its_fields() -> None:
    fields = read(SPOKEN, title="T", video="a.mp4", duration_s=9.0)
    for said, found in zip(SPOKEN.utterances, fields["utterances"], strict=True):
        old = ("start_s", "end_s", "text", "confidence", "speaker")
        known = {key: asdict(said)[key] for key in old if asdict(said)[key] is not None}
        assert known.items() <= found.items()
    assert (fields["title"], fields["video"], fields["duration_s"]) == ("T", "a.mp4", 9.0)
    assert (fields["language"], fields["source"], fields["rough"]) == ("en", "whisper base", False)


def test_an_utterance_is_a_line_and_chinese_can_be_read() -> None:
    lines = to_json(SPOKEN, title="T").splitlines()
    assert sum('"start_s"' in line for line in lines) == 4
    assert any('"text": "学习"' in line for line in lines)


def test_no_words() -> None:
    fields = read(Transcript(None, "none", ()), title="T", video="a.mp4", duration_s=0)
    assert (fields["utterances"], fields["gaps"], fields["schema_version"]) == ([], [], 2)


@given(st.text())
def test_json_keeps_what_was_recognised(text: str) -> None:
    spoken = Transcript("en", "pocketsphinx", (Utterance(0, 1.5, text, 0.5),), rough=True)
    fields = read(spoken, title=text, video="a.mp4", duration_s=1.5)
    assert fields["utterances"] == [{"start_s": 0, "end_s": 1.5, "text": text, "confidence": 0.5}]
    assert (fields["title"], fields["rough"]) == (text, True)


def test_what_was_set_right_stands_beside_what_was_heard() -> None:
    said = Utterance(1.0, 2.0, "thylakoid", corrections=(Correction(1.0, "silacoid", "thylakoid"),))
    found = json.loads(to_json(Transcript("en", "stub", (said,)), title="t"))
    jsonschema.validate(found, SCHEMA)
    assert found["utterances"][0]["corrections"] == [
        {"start_s": 1.0, "heard": "silacoid", "written": "thylakoid"}
    ]
