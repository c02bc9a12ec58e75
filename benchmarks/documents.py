"""The statements of documents: whole sentences, once, from a whole talk, and found in the video.

    python -m benchmarks documents [--json]

Without a language model: the demonstration's talks, word for word, in parts of nine words that
begin and end anywhere, as recognisers give them: what is measured is the making of documents, not
the hearing of words. With one: stored answers about six talks, 300 statements with quotations, of
which 30 are false (benchmarks/falsehoods.py makes them), checked as every answer is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from benchmarks import statements
from benchmarks.figures import Figure
from benchmarks.suite import Effort, alone
from cli.demo.scripts import Talk, load_talks
from videobatch.pipeline.document import compose
from videobatch.pipeline.sections.material import Material
from videobatch.pipeline.templates import check_params, load_templates
from videobatch.records import AudioTrack, Coverage, Probe, Transcript, Utterance, VideoTrack

PART_WORDS, WORD_S, PAUSE_S, SLIDE_PAUSE_S = 9, 0.4, 0.45, 1.3
LISTED = re.compile(r"^(?:- )?\*\*(\d\d):(\d\d)\*\* (.+?)\s*$", re.MULTILINE)
IN_PROSE = re.compile(r"(?:^|(?<=[.!?] ))([^\n*(]+) \((\d\d):(\d\d)\)([.!?])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Quote:
    """A statement in a document, and the time that it bears (s)."""

    at_s: int
    text: str


def measure(effort: Effort) -> list[Figure]:
    whole = twice = total = 0
    quarters: list[float] = []
    for talk in load_talks():
        said = {sentence for slide in talk.slides for sentence in slide.speech}
        material = material_of(talk)
        found = list(quotes(report(material)))
        texts = [quote.text for quote in found]
        total += len(texts)
        whole += sum(text in said for text in texts)
        twice += len(texts) - len(set(texts))
        places = {int(4 * quote.at_s / material.duration_s) for quote in found}
        quarters.append(len(places) / 4)
    note = f"{len(quarters)} talks, {total} quotes in their summary reports"
    return [
        Figure("quotes that are whole sentences", 100 * whole / total, "%", 95, note, least=True),
        Figure("quotes that were quoted before", 100 * twice / total, "%", 0, note),
        Figure("quarters of a talk with a quote", 100 * sum(quarters) / len(quarters), "%", 75,
               note, least=True),
        *statements.measure([material_of(talk) for talk in load_talks()]),
    ]  # fmt: skip


def report(material: Material) -> str:
    """The summary report of the talk, below its facts."""
    template = load_templates()["summary_report"]
    markdown = compose(template, check_params(template, {}), material).markdown
    return markdown.split("\n## Overview\n")[1]


def quotes(text: str) -> Iterator[Quote]:
    """Gives the quotes of the document, in lists, on lines and in paragraphs."""
    for minutes, seconds, said in LISTED.findall(text):
        yield Quote(60 * int(minutes) + int(seconds), said)
    for said, minutes, seconds, mark in IN_PROSE.findall(text):
        yield Quote(60 * int(minutes) + int(seconds), f"{said}{mark}")


def material_of(talk: Talk) -> Material:
    """The talk as it comes from a recogniser that hears each word right."""
    words: list[tuple[float, str]] = []
    scenes: list[float] = []
    at_s = 0.0
    for slide in talk.slides:
        scenes += [at_s] if at_s else []
        for sentence in slide.speech:
            for word in sentence.split():
                words.append((at_s, word))
                at_s += WORD_S
            at_s += PAUSE_S
        at_s += SLIDE_PAUSE_S
    parts = [words[i : i + PART_WORDS] for i in range(0, len(words), PART_WORDS)]
    heard = tuple(
        Utterance(part[0][0], part[-1][0] + WORD_S, " ".join(word for _, word in part))
        for part in parts
    )
    probe = Probe(
        "mov", at_s, 1, "", VideoTrack(0, "h264", 1280, 720, 0, 10.0),
        AudioTrack(1, "aac", 22_050, 1, None),
    )  # fmt: skip
    return Material(
        name=f"{talk.name}.mp4",
        probe=probe,
        coverage=Coverage(at_s, at_s),
        transcript=Transcript("en", "the talk itself", heard),
        frames=(),
        scene_changes_s=tuple(scenes),
        created=date(2026, 1, 1),
        software="videobatch",
    )


if __name__ == "__main__":
    alone("documents", measure, __doc__)
