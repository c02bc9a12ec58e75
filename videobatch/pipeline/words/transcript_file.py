"""A transcript as JSON that other programs read; docs/reference/transcript.md tells each field."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from videobatch.records import SlideText, Transcript, Utterance, Word

SCHEMA_VERSION = 2
SURROGATE = re.compile("[\ud800-\udfff]")


def to_json(
    transcript: Transcript, slides: Sequence[SlideText] = (), /, **facts: str | float | None
) -> str:
    """The transcript as JSON, an utterance a line; `facts` (title, duration, ...) come first, and
    `slides` last, where any were read.

    Words are short arrays, `[start_s, end_s, text, confidence]`: an object for each would be most
    of the file. Version 2 adds them to version 1, whose fields are all there.
    """
    head = {
        "schema_version": SCHEMA_VERSION,
        **facts,
        "language": transcript.language,
        "source": transcript.source,
        "rough": transcript.rough,
    }
    said = [_utterance(each, transcript.language) for each in transcript.utterances]
    gaps = [
        {"start_s": gap.start_s, "end_s": gap.end_s, "by": gap.by, "why": gap.why}
        for gap in transcript.gaps
    ]
    lines = [f" {_dumped(key)}: {_dumped(value)}" for key, value in head.items()]
    lists = {"utterances": said, "gaps": gaps}
    if slides:
        lists["slides"] = [_slide(each) for each in slides]
    lines += [f' "{key}": {_listed(rows)}' for key, rows in lists.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _utterance(said: Utterance, language: str | None) -> dict[str, Any]:
    """Its fields, without those that are not known; the language only where it is another one."""
    fields = {
        "start_s": said.start_s,
        "end_s": said.end_s,
        "text": said.text,
        "confidence": said.confidence,
        "speaker": said.speaker,
        "language": said.language if said.language != language else None,
        "words": [_word(word) for word in said.words] or None,
        "corrections": [asdict(each) for each in said.corrections] or None,
    }
    return {key: value for key, value in fields.items() if value is not None}


def _word(word: Word) -> list[str | float | None]:
    sure = None if word.confidence is None else round(word.confidence, 3)
    return [round(word.start_s, 2), round(word.end_s, 2), word.text, sure]


def _slide(slide: SlideText) -> dict[str, Any]:
    fields = {
        "start_s": slide.start_s,
        "at_s": slide.at_s,
        "still": slide.still,
        "title": slide.title,
        "lines": [
            {
                "text": line.text,
                "kind": line.kind.value,
                "box": [line.box.left, line.box.top, line.box.right, line.box.bottom],
                "confidence": line.confidence,
            }
            for line in slide.lines
        ],
    }
    return {key: value for key, value in fields.items() if value is not None}


def _listed(rows: list[dict[str, Any]]) -> str:
    return "[\n  " + ",\n  ".join(map(_dumped, rows)) + "\n ]" if rows else "[]"


def _dumped(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    # Subtitles may hold lone surrogates, which no UTF-8 file can: as JSON's own escapes.
    return SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
