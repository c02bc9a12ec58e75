"""The passages of a transcript: speech in stretches of half a minute, and slides."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from videobatch.search.folding import ALONE
from videobatch.search.records import Kind, Mark, Passage

# A passage ends with the sentence that is spoken at this time, or else at the latest.
FULL_S, LONGEST_S = 20.0, 40.0
FULL_CHARS, LONGEST_CHARS = 600, 1_500
# Nobody says more without a pause.
MOST_CHARS = 20_000
# An utterance that is longer is taken apart, each sentence at its share of the time.
LONG_CHARS = 300
ENDED = re.compile(r"[.!?…。！？][\"'”’」』)）\]]*$")
_SENTENCE = re.compile(r".+?(?:[.!?…][\"'”’)\]]*(?=\s)|[。！？][”’」』）]*|$)\s*", re.DOTALL)
MARGIN = "margin"


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of speech and its times (s)."""

    start_s: float
    end_s: float
    text: str


def clean(value: object) -> str:
    """The value as one line of text that a database takes, cut at `MOST_CHARS`; "" for what is no
    text."""
    if not isinstance(value, str):
        return ""
    line = " ".join(value[: 2 * MOST_CHARS].split())[:MOST_CHARS]
    if line.isascii():
        return line
    return unicodedata.normalize("NFC", line.encode("utf-8", "replace").decode())


def seconds(value: object) -> float | None:
    """The value as a time (s); None for what is none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None


def sentences(text: str) -> list[str]:
    """The text's sentences; together they are the text."""
    return _SENTENCE.findall(text)


def spoken(transcript: dict[str, Any], source: str) -> Iterator[Passage]:
    """The passages of what was said."""
    run: list[Said] = []
    for said in _utterances(transcript):
        run.append(said)
        chars = sum(len(each.text) for each in run)
        took_s = said.end_s - run[0].start_s
        is_full = took_s >= FULL_S or chars >= FULL_CHARS
        if is_full and ENDED.search(said.text):
            yield _joined(run, source)
            run = []
        elif took_s >= LONGEST_S or chars >= LONGEST_CHARS:
            yield _joined(run, source)
            # No sentence ends here: a phrase may lie across the cut.
            run = [said] if len(run) > 1 else []
    if run:
        yield _joined(run, source)


def _joined(run: list[Said], source: str) -> Passage:
    text, marks = "", list[Mark]()
    for said in run:
        if text and not (ALONE.match(text[-1]) and ALONE.match(said.text)):
            text += " "
        marks.append(Mark(len(text), said.start_s))
        text += said.text
    return Passage(Kind.SPEECH, source, text, tuple(marks))


def _utterances(transcript: dict[str, Any]) -> Iterator[Said]:
    listed = transcript.get("utterances")
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, dict):
            continue
        text, start_s = clean(each.get("text")), seconds(each.get("start_s"))
        if not text or start_s is None:
            continue
        end_s = seconds(each.get("end_s"))
        said = Said(start_s, max(start_s, end_s or start_s), text)
        if len(text) > LONG_CHARS:
            yield from _apart(said)
        else:
            yield said


def _apart(said: Said) -> Iterator[Said]:
    """The sentences of a long utterance, each at the time that its place in the text makes
    likely."""
    begin = 0
    per_char_s = (said.end_s - said.start_s) / len(said.text)
    for sentence in sentences(said.text):
        end = begin + len(sentence)
        first_s, last_s = said.start_s + begin * per_char_s, said.start_s + end * per_char_s
        if sentence.strip():
            yield Said(round(first_s, 2), round(last_s, 2), sentence.strip())
        begin = end


def slides(transcript: dict[str, Any]) -> Iterator[Passage]:
    """The passages of what stood on slides, one for each; a line that most of them repeat counts
    where it is shown first."""
    repeated: set[str] = set()
    listed = transcript.get("slides")
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, dict):
            continue
        at_s = seconds(each.get("start_s"))
        lines = list(dict.fromkeys(_lines(each, repeated)))
        if lines:
            # A line ends where the next begins, as a sentence does; `sentences` parts them.
            text = "\n".join(lines)
            yield Passage(Kind.SLIDE, clean(each.get("still")), text, (Mark(0, at_s),))


def _lines(slide: dict[str, Any], repeated: set[str]) -> Iterator[str]:
    title = clean(slide.get("title"))
    if title:
        yield title
    listed = slide.get("lines")
    for line in listed if isinstance(listed, list) else ():
        if not isinstance(line, dict):
            continue
        text = clean(line.get("text"))
        if line.get("kind") == MARGIN:
            if text in repeated:
                continue
            repeated.add(text)
        if text:
            yield text
