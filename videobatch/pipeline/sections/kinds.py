"""The parts that documents are made of; a template names them by their kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType

from videobatch.pipeline.sections import cards, quotes, terms
from videobatch.pipeline.sections.material import Findings, source_of
from videobatch.pipeline.sections.mind_map import mind_map
from videobatch.pipeline.sections.questions import asked_of, questions
from videobatch.pipeline.sections.quotes import Lines, Options
from videobatch.pipeline.sections.told import aimed, listed, most_of, said, told, told_apart
from videobatch.pipeline.text.chapters import within
from videobatch.pipeline.text.cutting import are_apart
from videobatch.pipeline.text.markdown import bullets, escape, image, stamp
from videobatch.pipeline.text.sentences import count_words, paragraphs
from videobatch.pipeline.text.summary import key_terms
from videobatch.pipeline.text.worth import is_whole
from videobatch.records import Chapter, FrameRef, Utterance

MARK = re.compile(r"[.!?…。！？]+$")


@dataclass(frozen=True, slots=True)
class Kind:
    """`build` gives a section's Markdown, "" where there is nothing to say; `options` are what it
    takes, with their defaults; `quote` chooses the statements that it is built of. Without `build`
    it shows the flash cards that `make` makes."""

    build: Callable[[Findings, Options, Lines], str] | None
    options: Options = field(default_factory=dict)
    quote: Callable[[Findings, Options, Lines], Lines] = quotes.none
    make: Callable[[Findings, Options, Lines], tuple[cards.Card, ...]] | None = None

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


@dataclass(frozen=True, slots=True)
class Built:
    """A section's Markdown, "" where there is nothing to say, the statements that it quotes, and
    the flash cards that it shows."""

    text: str
    quoted: Lines
    cards: tuple[cards.Card, ...] = ()


def build(
    kind: str, section_id: str, findings: Findings, given: Options, shown: Lines = ()
) -> Built:
    """The section of that kind; of what was said, it quotes nothing that is `shown` before it."""
    known = KINDS[kind]
    options = {**known.options, "id": section_id, **given}
    quoted = known.quote(findings, options, shown)
    made = known.make(findings, options, quoted) if known.make else ()
    text = known.build(findings, options, quoted) if known.build else cards.listed(findings, made)
    return Built(text.strip(), quoted, made)


def _facts(findings: Findings, options: Options, quoted: Lines) -> str:
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
        facts.append(
            say.fact_words.format(
                words=words, source=escape(source_of(transcript.source, say), 200)
            )
        )
    return bullets(facts)


def _overview(findings: Findings, options: Options, quoted: Lines) -> str:
    if findings.written and findings.written.overview:
        most = findings.written.overview[: int(options["count"])]
        return "  \n".join(told(findings, line) for line in most)
    found = key_terms(findings.lines, int(options["terms"]), own=findings.own_words)
    about = ""
    if found:
        names = findings.phrases.separator.join(f"**{escape(term.text)}**" for term in found)
        about = findings.phrases.about.format(terms=names)
    return "\n\n".join(part for part in (about, _prose(findings, quoted)) if part)


def _prose(findings: Findings, lines: Lines) -> str:
    """The statements as a paragraph, the time of each before its last mark; as lines where they
    are no whole sentences."""
    if not all(is_whole(line.text) for line in lines):
        return "  \n".join(said(findings, line) for line in lines)
    sentences = []
    for line in lines:
        mark = MARK.search(line.text)
        text, end = (line.text[: mark.start()], mark[0]) if mark else (line.text, "")
        asked = findings.phrases.asked.format(text=escape(text), at=findings.at(line.start_s))
        sentences.append(f"{asked}{end}")
    return _together(sentences)


def _key_points(findings: Findings, options: Options, quoted: Lines) -> str:
    if findings.written and findings.written.key_points:
        most = findings.written.key_points[: int(options["count"])]
        return bullets([told(findings, line) for line in most])
    return bullets([said(findings, line) for line in quoted])


def _outline(findings: Findings, options: Options, quoted: Lines) -> str:
    if _is_one(findings):
        return ""
    return "\n".join(
        f"{number}. "
        + findings.phrases.outline.format(
            start=findings.at(chapter.start_s),
            end=findings.at(chapter.end_s),
            title=escape(chapter.title),
        )
        for number, chapter in enumerate(findings.chapters, 1)
    )


def _is_one(findings: Findings) -> bool:
    """True where no chapters were found: the one that there is, is the whole video."""
    written = findings.written is not None and bool(findings.written.chapters)
    return len(findings.chapters) < 2 and not written


def _chapters(findings: Findings, options: Options, quoted: Lines) -> str:
    if not findings.lines and not findings.material.frames:
        return ""
    parts = [_chapter(findings, chapter, options, quoted) for chapter in findings.chapters]
    return "\n\n".join(part for part in parts if part)


def _chapter(findings: Findings, chapter: Chapter, options: Options, quoted: Lines) -> str:
    """A heading, then pictures next to what was said: each before the first statement after it.
    The only chapter is the whole video and needs no heading."""
    end_s = quotes.end_of(findings, chapter)
    points = _points(findings, chapter, within(quoted, chapter.start_s, end_s), options)
    frames = findings.frames_within(chapter.start_s, end_s, int(options["keyframes"]))
    items = [(frame.at_s, 0, _image(findings, frame)) for frame in frames]
    shown = findings.slide_texts(chapter.start_s, end_s, int(options["slides"]))
    items += [(at_s, 0, text) for at_s, text in shown]
    texts = listed(findings, points)
    items += [(line.start_s, 1, text) for line, text in zip(points, texts, strict=True)]
    if _is_one(findings):
        return "\n".join(_spaced(items))
    return "\n".join(
        [f"### {findings.at(chapter.start_s)} {escape(chapter.title)}", *_spaced(items)]
    )


def _points(findings: Findings, chapter: Chapter, own: Lines, options: Options) -> Lines:
    """The model's points on the chapter, else the statements that carry most of it."""
    for written in findings.written.chapters if findings.written else ():
        if written.start_s == chapter.start_s and written.points:
            return most_of(written.points, int(options["count"]))
    return own


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


def _transcript(findings: Findings, options: Options, quoted: Lines) -> str:
    if not findings.lines:
        return ""
    layout = str(options["layout"])
    breaks = [chapter.start_s for chapter in findings.chapters]
    out: list[str] = []
    frames = list(findings.material.frames) if options["keyframes"] else []
    chapters = list(findings.chapters) if options["headings"] else []
    for block in paragraphs(findings.told_lines, breaks, float(options["paragraph_s"])):
        while chapters and chapters[0].start_s <= block[0].start_s:
            chapter = chapters.pop(0)
            out.append(f"### {findings.at(chapter.start_s)} {escape(chapter.title)}")
        while frames and frames[0].at_s <= block[-1].end_s:
            frame = frames.pop(0)
            out += _pictured(findings, frame)
        out.append(
            "  \n".join(said(findings, line) for line in block)
            if layout == "lines"
            else _paragraph(findings, block)
        )
    for frame in frames:
        out += _pictured(findings, frame)
    return "\n\n".join(out)


def _paragraph(findings: Findings, block: Sequence[Utterance]) -> str:
    text = _together([escape(line.text) for line in block])
    return f"**{findings.at(block[0].start_s)}** {text}"


def _together(texts: Sequence[str]) -> str:
    """The texts as a paragraph; Chinese and Japanese write no spaces between sentences."""
    parts = list(texts[:1])
    for before, text in pairwise(texts):
        parts.append(f" {text}" if are_apart(before, text) else text)
    return "".join(parts)


def _keyframes(findings: Findings, options: Options, quoted: Lines) -> str:
    if options["only_without_speech"] and findings.material.has_speech:
        return ""
    frames = findings.frames_within(0.0, float("inf"), int(options["most"]))
    return "\n\n".join(
        "\n\n".join([f"**{findings.at(frame.at_s)}**", *_pictured(findings, frame)])
        for frame in frames
    )


def _pictured(findings: Findings, frame: FrameRef) -> list[str]:
    """The keyframe, and what stands on it where that was read."""
    return [_image(findings, frame), *filter(None, [findings.slide_of(frame)])]


def _image(findings: Findings, frame: FrameRef) -> str:
    """The keyframe; it leads to its second."""
    still = image(findings.phrases.still.format(at=stamp(frame.at_s)), frame.name)
    return findings.material.jumps.link(still, frame.at_s)


def _slides(findings: Findings, options: Options, quoted: Lines) -> str:
    shown = findings.slide_texts(0.0, float("inf"), int(options["most"]))
    return "\n\n".join(f"**{findings.at(at_s)}**\n\n{text}" for at_s, text in shown)


def _objectives(findings: Findings, options: Options, quoted: Lines) -> str:
    if findings.written and findings.written.objectives:
        most = findings.written.objectives[: int(options["count"])]
        return bullets([aimed(findings, line) for line in most])
    return bullets([said(findings, line) for line in quoted])


def _written(findings: Findings, options: Options, quoted: Lines) -> str:
    found = findings.written.texts.get(str(options["id"]), ()) if findings.written else ()
    return told_apart(findings, most_of(found, int(options["count"])))


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "facts": Kind(_facts),
        "overview": Kind(_overview, {"count": 3, "terms": 0}, quotes.overview),
        "key_points": Kind(_key_points, {"count": 8}, quotes.points),
        "key_terms": Kind(terms.key_terms, {"count": 10}),
        "outline": Kind(_outline),
        "chapters": Kind(_chapters, {"count": 4, "keyframes": 2, "slides": 4}, quotes.chapters),
        "transcript": Kind(
            _transcript,
            {"layout": "lines", "headings": False, "keyframes": False, "paragraph_s": 60.0},
        ),
        "keyframes": Kind(_keyframes, {"most": 40, "only_without_speech": True}),
        "slides": Kind(_slides, {"most": 40}),
        "objectives": Kind(_objectives, {"count": 5}, quotes.objectives),
        "glossary": Kind(terms.glossary, {"count": 8}, quotes.glossary),
        "vocabulary": Kind(terms.vocabulary, {"most": 200}),
        "questions": Kind(questions, {"count": 5}, asked_of),
        "cards": Kind(None, {"count": 20}, cards.quoted_for, cards.cards_of),
        "mind_map": Kind(mind_map, {"count": 4}),
        "written": Kind(_written, {"prompt": "", "count": 10}),
    }
)
