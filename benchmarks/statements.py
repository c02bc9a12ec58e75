"""The statements of documents, held against their videos: those of the engine without a model, and
those of stored answers, of which some are false.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator

from benchmarks.falsehoods import BEYOND, HELD_OUT, SEEN
from benchmarks.figures import Figure
from benchmarks.recorded import Recorded, RecordedWriter, false_ones, load_recorded
from benchmarks.talks import Stated, Told, load_told
from videobatch.pipeline.document import compose
from videobatch.pipeline.quotations.claims import Claim, Proof
from videobatch.pipeline.quotations.source import Source
from videobatch.pipeline.sections.material import Material
from videobatch.pipeline.sections.written import WrittenStatement
from videobatch.pipeline.templates import Template, check_params, load_templates
from videobatch.pipeline.templates.definition import Section
from videobatch.pipeline.writing import Task, write
from videobatch.pipeline.writing.grounding import source_of

SEED = 7
# What stands at a time, in lists, on lines and in paragraphs of a document.
AT_TIME = re.compile(r"(?:^|\s)\*\*((?:\d\d:)?\d\d:\d\d)\*\* (.+?)\s*$", re.MULTILINE)
BEHIND_TIME = re.compile(
    r"(?:^|(?<=[.!?。！？] )|(?<=[。！？]))([^\n*(（。]+?) ?[(（]((?:\d\d:)?\d\d:\d\d)[)）]",
    re.MULTILINE,
)
NUMBERED = re.compile(r"\d+\. ")
ESCAPED = re.compile(r"\\(.)")
ANSWERED = Template(
    name="points",
    title="Points",
    description="All points",
    sections=(Section(id="points", title="Points", kind="written", options={"count": 200}),),
    body="{{ section.points.text }}",
)


def measure(offline: list[Material]) -> list[Figure]:
    """The figures; `offline` are more materials of which documents are made without a model."""
    talks = load_told()
    return [
        *_offline([*offline, *(told.material for told in talks)]),
        *_answers(talks),
        *_by_kind(talks),
    ]


def _offline(materials: list[Material]) -> Iterator[Figure]:
    """Documents that quote: each statement of theirs is its own quotation."""
    found = total = 0
    for material in materials:
        source = source_of(material)
        assert source is not None
        for at_s, text in _stated(material):
            total += 1
            found += source.check(Claim(at_s, text, text)).proof is Proof.FOUND
    note = f"{len(materials)} talks, all templates, {total} statements"
    yield Figure("statements found, no model", 100 * found / total, "%", 98, note, least=True)


def _stated(material: Material) -> Iterator[tuple[float, str]]:
    """Gives what the documents of a talk state, with its time; the transcript and questions with a
    gap state nothing."""
    for template in load_templates().values():
        text = compose(template, check_params(template, {}), material).markdown
        text = re.split(r"^## (?:Transcript|全文)$", text, maxsplit=1, flags=re.MULTILINE)[0]
        for stamp, said in AT_TIME.findall(text):
            yield _seconds(stamp), ESCAPED.sub(r"\1", said)
        for said, stamp in BEHIND_TIME.findall(text):
            if not NUMBERED.match(said) and not said.startswith("- "):
                yield _seconds(stamp), ESCAPED.sub(r"\1", said)


def _seconds(stamp: str) -> float:
    seconds = 0
    for part in stamp.split(":"):
        seconds = 60 * seconds + int(part)
    return float(seconds)


def _answers(talks: tuple[Told, ...]) -> Iterator[Figure]:
    """The stored answers, by the way that every answer takes."""
    seen: Counter[str] = Counter()
    calls: list[int] = []
    for told in talks:
        recorded = load_recorded(told)
        for entry, is_false in _marked(told, recorded, calls):
            is_missing = entry.proof is Proof.MISSING
            seen["false" if is_false else "true"] += 1
            seen["false marked" if is_false else "true marked"] += is_missing
            if entry.text in recorded.late and not is_missing:
                seen["late"] += 1
                seen["late mended"] += entry.proof is Proof.MOVED
    note = f"{len(talks)} stored answers, {seen['true'] + seen['false']} statements"
    yield Figure("false statements marked", seen["false marked"], "", 30, note, least=True)
    yield Figure("false statements", seen["false"], "", None, note)
    share = 100 * seen["true marked"] / seen["true"]
    yield Figure("true statements marked", share, "%", 2, f"of {seen['true']}")
    mended = 100 * seen["late mended"] / seen["late"]
    yield Figure("wrong seconds mended", mended, "%", 95, f"of {seen['late']} found", least=True)
    yield Figure("most calls for a document", max(calls), "", 2, note)


def _marked(
    told: Told, recorded: Recorded, calls: list[int]
) -> Iterator[tuple[WrittenStatement, bool]]:
    writer = RecordedWriter(recorded)
    written = write(
        Task(
            writer=writer,
            template=ANSWERED,
            params={},
            material=told.material,
            lines=told.lines,
            pictures=(),
            on_calls=lambda done, total: None,
            context_tokens=writer.context_tokens,
        )
    )
    calls.append(writer.asked)
    assert written is not None
    for entry in written.texts["points"]:
        yield entry, entry.text in recorded.false


def _by_kind(talks: tuple[Told, ...]) -> Iterator[Figure]:
    """Every false statement that a rule can make of the true ones: more than were stored."""
    for group, rules in (("seen", SEEN), ("held out", HELD_OUT), ("beyond", BEYOND)):
        for kind, rule in rules.items():
            dice = random.Random(SEED)
            marked = total = 0
            for told in talks:
                source = source_of(told.material)
                assert source is not None
                for stated in false_ones(rule, told, talks, dice):
                    total += 1
                    marked += _is_marked(source, stated)
            yield Figure(f"marked: {kind}", 100 * marked / total, "%", None, f"{group}, {total}")


def _is_marked(source: Source, stated: Stated) -> bool:
    return source.check(Claim(stated.at_s, stated.plain, stated.quote)).proof is Proof.MISSING
