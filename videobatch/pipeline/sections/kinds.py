"""The parts that documents are made of; a template names them by their kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from videobatch.pipeline.sections.material import Findings
from videobatch.pipeline.sections.written import WrittenTerm
from videobatch.pipeline.text.chapters import within
from videobatch.pipeline.text.markdown import escape, image, stamp
from videobatch.pipeline.text.sentences import count_words, paragraphs
from videobatch.pipeline.text.summary import Term, key_points, key_terms
from videobatch.records import Chapter, Utterance

Scalar = bool | int | float | str
Options = Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class Kind:
    """`build` gives a section's Markdown, "" where there is nothing to say; `options` are what it
    takes, with their defaults."""

    build: Callable[[Findings, Options], str]
    options: Options = field(default_factory=dict)

    def problem(self, given: Options) -> str | None:
        """The fault of the options, or None."""
        for name, value in given.items():
            if name not in self.options:
                known = ", ".join(self.options) or "none"
                return f"there is no option {name!r}; there are: {known}"
            default = self.options[name]
            if type(value) is not type(default):
                return f"option {name} must be like {default!r}, and is {value!r}"
        return None


def build(kind: str, section_id: str, findings: Findings, given: Options) -> str:
    """The section of that kind as Markdown, "" where there is nothing to say."""
    known = KINDS[kind]
    return known.build(findings, {**known.options, "id": section_id, **given}).strip()


def _said(line: Utterance) -> str:
    return f"**{stamp(line.start_s)}** {escape(line.text)}"


def _list(items: Sequence[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _facts(findings: Findings, options: Options) -> str:
    material, say = findings.material, findings.phrases
    video, audio, transcript = material.probe.video, material.probe.audio, material.transcript
    facts = [
        say.fact_source.format(name=escape(material.name, 300)),
        say.fact_duration.format(duration=stamp(material.duration_s)),
    ]
    if material.language:
        facts.append(say.fact_language.format(language=escape(material.language, 20)))
    facts.append(
        say.fact_picture.format(width=video.width, height=video.height, codec=escape(video.codec))
        if video
        else say.fact_no_picture
    )
    facts.append(
        say.fact_sound.format(codec=escape(audio.codec), rate=f"{audio.sample_rate_hz / 1000:g}")
        if audio
        else say.fact_no_sound
    )
    if transcript is not None and material.has_speech:
        words = count_words(transcript.utterances)
        facts.append(say.fact_words.format(words=words, source=escape(transcript.source, 200)))
    return _list(facts)


def _overview(findings: Findings, options: Options) -> str:
    if findings.written and findings.written.overview:
        return "  \n".join(map(_said, findings.written.overview))
    terms = key_terms(findings.lines, int(options["terms"]))
    about = ""
    if terms:
        names = findings.phrases.separator.join(f"**{escape(term.text)}**" for term in terms)
        about = findings.phrases.about.format(terms=names)
    points = key_points(findings.lines, int(options["count"]))
    return "\n\n".join(part for part in (about, "  \n".join(map(_said, points))) if part)


def _key_points(findings: Findings, options: Options) -> str:
    if findings.written and findings.written.key_points:
        return _list([_said(line) for line in findings.written.key_points])
    return _list([_said(line) for line in key_points(findings.lines, int(options["count"]))])


def _key_terms(findings: Findings, options: Options) -> str:
    if findings.written and findings.written.terms:
        return _explained(findings.written.terms[: int(options["count"])])
    found = key_terms(findings.lines, int(options["count"]))
    return _list([f"**{escape(term.text)}**: {_where(findings, term)}" for term in found])


def _explained(terms: Sequence[WrittenTerm]) -> str:
    return _list([f"**{escape(t.term)}** ({stamp(t.at_s)}): {escape(t.meaning)}" for t in terms])


def _where(findings: Findings, term: Term) -> str:
    say = findings.phrases.once if term.count == 1 else findings.phrases.term
    return say.format(count=term.count, at=stamp(term.first_s))


def _outline(findings: Findings, options: Options) -> str:
    return "\n".join(
        f"{number}. "
        + findings.phrases.outline.format(
            start=stamp(chapter.start_s), end=stamp(chapter.end_s), title=escape(chapter.title)
        )
        for number, chapter in enumerate(findings.chapters, 1)
    )


def _chapters(findings: Findings, options: Options) -> str:
    if not findings.lines and not findings.material.frames:
        return ""
    return "\n\n".join(_chapter(findings, chapter, options) for chapter in findings.chapters)


def _chapter(findings: Findings, chapter: Chapter, options: Options) -> str:
    """A heading, then pictures next to what was said: each before the first statement after it."""
    lines = within(findings.lines, chapter.start_s, _end(findings, chapter))
    points = _points(findings, chapter, lines, int(options["count"]))
    frames = findings.frames_within(
        chapter.start_s, _end(findings, chapter), int(options["keyframes"])
    )
    items = [(frame.at_s, 0, image(frame.at_s, frame.name)) for frame in frames]
    items += [(line.start_s, 1, f"- {_said(line)}") for line in points]
    return "\n".join([f"### {stamp(chapter.start_s)} {escape(chapter.title)}", *_spaced(items)])


def _points(
    findings: Findings, chapter: Chapter, lines: Sequence[Utterance], count: int
) -> Sequence[Utterance]:
    """The model's points on the chapter, else the statements that carry most of it."""
    for written in findings.written.chapters if findings.written else ():
        if written.start_s == chapter.start_s and written.points:
            return written.points[:count]
    return key_points(lines, count) or lines[:count]


def _end(findings: Findings, chapter: Chapter) -> float:
    """The last chapter takes what lies at or after its end."""
    return float("inf") if chapter is findings.chapters[-1] else chapter.end_s


def _spaced(items: Sequence[tuple[float, int, str]]) -> list[str]:
    """Blocks in order of time, a blank line between all but neighbouring list items."""
    out: list[str] = []
    before: int | None = None
    for _, rank, text in sorted(items, key=lambda item: item[:2]):
        if not (rank == 1 and before == 1):
            out.append("")
        out.append(text)
        before = rank
    return out


def _transcript(findings: Findings, options: Options) -> str:
    if not findings.lines:
        return ""
    layout = str(options["layout"])
    breaks = [chapter.start_s for chapter in findings.chapters]
    out: list[str] = []
    frames = list(findings.material.frames) if options["keyframes"] else []
    chapters = list(findings.chapters) if options["headings"] else []
    for block in paragraphs(findings.lines, breaks, float(options["paragraph_s"])):
        while chapters and chapters[0].start_s <= block[0].start_s:
            chapter = chapters.pop(0)
            out.append(f"### {stamp(chapter.start_s)} {escape(chapter.title)}")
        while frames and frames[0].at_s <= block[-1].end_s:
            frame = frames.pop(0)
            out.append(image(frame.at_s, frame.name))
        out.append("  \n".join(map(_said, block)) if layout == "lines" else _paragraph(block))
    out += [image(frame.at_s, frame.name) for frame in frames]
    return "\n\n".join(out)


def _paragraph(block: Sequence[Utterance]) -> str:
    text = " ".join(escape(line.text) for line in block)
    return f"**{stamp(block[0].start_s)}** {text}"


def _keyframes(findings: Findings, options: Options) -> str:
    if options["only_without_speech"] and findings.material.has_speech:
        return ""
    frames = findings.frames_within(0.0, float("inf"), int(options["most"]))
    return "\n\n".join(
        f"**{stamp(frame.at_s)}**\n\n{image(frame.at_s, frame.name)}" for frame in frames
    )


def _objectives(findings: Findings, options: Options) -> str:
    if findings.written and findings.written.objectives:
        return _list([_said(line) for line in findings.written.objectives])
    found = key_terms(findings.lines, int(options["count"]))
    return _list(
        [
            findings.phrases.objective.format(term=escape(term.text), at=stamp(term.first_s))
            for term in found
        ]
    )


def _glossary(findings: Findings, options: Options) -> str:
    """Terms with the statement that says most about them: the best ranked one that holds them."""
    if findings.written and findings.written.terms:
        return _explained(findings.written.terms[: int(options["count"])])
    items: list[str] = []
    for term in key_terms(findings.lines, int(options["count"])):
        pattern = _pattern(term)
        holding = [line for line in findings.lines if pattern.search(line.text)]
        best = key_points(holding, 1) or tuple(holding[:1])
        where = _where(findings, term)
        items += [f"**{escape(term.text)}** ({where}): {_said(line)}" for line in best]
    return _list(items)


def _pattern(term: Term) -> re.Pattern[str]:
    spaced = r"\s+".join(re.escape(word) for word in term.text.split())
    edge = r"\b" if term.text.isascii() else ""
    return re.compile(f"{edge}{spaced}{edge}", re.IGNORECASE)


def _questions(findings: Findings, options: Options) -> str:
    """Questions and the answers below; without a model, statements with a key term left out."""
    if findings.written and findings.written.questions:
        return _asked(findings)
    asked: list[tuple[Utterance, str, str]] = []
    for term in key_terms(findings.lines, 3 * int(options["count"])):
        used = {line for line, _, _ in asked}
        pattern = _pattern(term)
        for line in key_points([x for x in findings.lines if pattern.search(x.text)], 3):
            if line not in used and len(line.text) > 4 * len(term.text):
                gapped = pattern.sub("____", line.text)
                asked.append((line, gapped, term.text))
                break
        if len(asked) >= int(options["count"]):
            break
    asked.sort(key=lambda item: item[0].start_s)
    say = findings.phrases
    questions = [
        f"{number}. {say.question.format(at=stamp(line.start_s), text=escape(text))}"
        for number, (line, text, _) in enumerate(asked, 1)
    ]
    answers = [f"{number}. {escape(answer)}" for number, (_, _, answer) in enumerate(asked, 1)]
    if not asked:
        return ""
    return "\n".join([*questions, "", say.answers, "", *answers])


def _asked(findings: Findings) -> str:
    found = findings.written.questions if findings.written else ()
    ask = findings.phrases.asked
    questions = [
        f"{number}. {ask.format(at=stamp(each.at_s), text=escape(each.question))}"
        for number, each in enumerate(found, 1)
    ]
    answers = [f"{number}. {escape(each.answer)}" for number, each in enumerate(found, 1)]
    return "\n".join([*questions, "", findings.phrases.answers, "", *answers])


def _written(findings: Findings, options: Options) -> str:
    found = findings.written.texts.get(str(options["id"]), ()) if findings.written else ()
    return "\n\n".join(map(_said, found))


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "facts": Kind(_facts),
        "overview": Kind(_overview, {"count": 3, "terms": 5}),
        "key_points": Kind(_key_points, {"count": 8}),
        "key_terms": Kind(_key_terms, {"count": 10}),
        "outline": Kind(_outline),
        "chapters": Kind(_chapters, {"count": 4, "keyframes": 2}),
        "transcript": Kind(
            _transcript,
            {"layout": "lines", "headings": False, "keyframes": False, "paragraph_s": 60.0},
        ),
        "keyframes": Kind(_keyframes, {"most": 40, "only_without_speech": True}),
        "objectives": Kind(_objectives, {"count": 5}),
        "glossary": Kind(_glossary, {"count": 8}),
        "questions": Kind(_questions, {"count": 5}),
        "written": Kind(_written, {"prompt": "", "count": 10}),
    }
)
