"""All that is known of one video when its document is composed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import PurePosixPath
from typing import TypeVar

from videobatch.languages import bcp47, primary
from videobatch.pipeline.sections.slides import once_each, slide_block
from videobatch.pipeline.sections.written import Written, WrittenChapter
from videobatch.pipeline.slides.changes import heading_changes_s
from videobatch.pipeline.slides.titles import titled
from videobatch.pipeline.text.chapters import ChapterOptions, find_chapters
from videobatch.pipeline.text.chinese import own_words, title_words
from videobatch.pipeline.text.jumps import NO_JUMPS, Jumps
from videobatch.pipeline.text.markdown import plain
from videobatch.pipeline.text.phrases import Phrases
from videobatch.pipeline.text.script import language_of_script
from videobatch.pipeline.text.sentences import statements
from videobatch.pipeline.text.vocabulary import explained
from videobatch.pipeline.words.transcripts import SUBTITLES
from videobatch.pipeline.words.translated import spoken_lines
from videobatch.records import (
    Chapter,
    Coverage,
    FrameRef,
    Probe,
    Remark,
    SlideText,
    Transcript,
    Translation,
    Utterance,
)

T = TypeVar("T")
SHORT_S = 120.0


@dataclass(frozen=True)
class Material:
    """The facts and findings of one video.

    `name` is its path below the submitted folder, for display. A transcript whose `source` begins
    with "subtitles" is taken for text that came with the video. `created` is the date that the
    document bears, `software` what made it (name and version). `remarks` were made on the way,
    `slides` read off the pictures. `jumps` make links of times. `translation` is what was said in
    the language of the document.
    """

    name: str
    probe: Probe
    coverage: Coverage
    transcript: Transcript | None
    frames: tuple[FrameRef, ...]
    scene_changes_s: tuple[float, ...]
    created: date
    software: str
    remarks: tuple[Remark, ...] = ()
    slides: tuple[SlideText, ...] = ()
    jumps: Jumps = NO_JUMPS
    translation: Translation | None = None

    @property
    def title(self) -> str:
        """The name that the video gives itself, else its file name without the suffix; one plain
        line."""
        own = plain(self.probe.title or "", 200)
        return own or plain(PurePosixPath(self.name).stem, 200) or "Video"

    @property
    def duration_s(self) -> float:
        """The length that was read, or that the file tells where that is unknown."""
        return self.coverage.duration_s or self.probe.duration_s

    @property
    def has_speech(self) -> bool:
        return self.transcript is not None and self.transcript.has_words

    @property
    def from_subtitles(self) -> bool:
        return self.transcript is not None and self.transcript.source.startswith(SUBTITLES)

    @property
    def language(self) -> str | None:
        """The language of what was said as BCP 47, if it is known and anything was said."""
        if self.transcript is None or not self.has_speech:
            return None
        return bcp47(self.transcript.language)

    @property
    def spoken(self) -> str | None:
        """The same without script and region; where no file says it, what the script of the words
        tells."""
        said = self.transcript.utterances if self.transcript and self.has_speech else ()
        return primary(self.language) or language_of_script(line.text for line in said)


@dataclass(frozen=True)
class Findings:
    """The material with what was worked out from it, each part once, and what a language model
    wrote of it, if one did."""

    material: Material
    phrases: Phrases
    written: Written | None = None

    @cached_property
    def lines(self) -> tuple[Utterance, ...]:
        """The statements, in order of time; translated where a model did that."""
        translation, transcript = self.material.translation, self.material.transcript
        if translation is not None:
            return statements(spoken_lines(translation))
        return statements(transcript.utterances) if transcript else ()

    @cached_property
    def told_lines(self) -> tuple[Utterance, ...]:
        """The statements; a term of the glossary stands with its explanation where it is first."""
        translation = self.material.translation
        return self.lines if translation is None else explained(self.lines, translation)

    def at(self, at_s: float) -> str:
        """The time as Markdown, a link into the video where that is wished for."""
        return self.material.jumps.at(at_s)

    @property
    def is_short(self) -> bool:
        """True for a video whose sections would be the transcript again, unless a language model
        wrote them."""
        return not self.is_written and self.material.duration_s < SHORT_S

    @property
    def is_written(self) -> bool:
        """True where a language model wrote something of use."""
        return self.written is not None and self.written.is_usable

    @cached_property
    def chapters(self) -> tuple[Chapter, ...]:
        if self.written and self.written.chapters:
            return _as_chapters(self.written.chapters, self.material.duration_s)
        options = ChapterOptions(part=self.phrases.part, own=self.own_words)
        found = find_chapters(
            self.lines,
            self.material.scene_changes_s,
            self.material.duration_s,
            options,
            heading_changes_s(self.material.slides),
        )
        return titled(found, self.material.slides)

    @cached_property
    def own_words(self) -> frozenset[str]:
        """The words of Chinese that stand alone on slides, and those of the title that return."""
        shown = self.material.slides
        said = " ".join(line.text for line in self.lines)
        return title_words(self.material.title, said) | own_words(
            text for slide in shown for text in (slide.title or "", *(x.text for x in slide.body))
        )

    @cached_property
    def slides(self) -> tuple[SlideText, ...]:
        """The slides, each where it is shown first."""
        return tuple(once_each(self.material.slides))

    def slide_texts(self, start_s: float, end_s: float, most: int) -> list[tuple[float, str]]:
        """The text of at most `most` slides of that stretch as Markdown, each with the time of its
        still."""
        found = [slide for slide in self.slides if start_s <= slide.at_s < end_s]
        texts = ((slide.at_s, slide_block(slide, self.phrases)) for slide in spread(found, most))
        return [(at_s, text) for at_s, text in texts if text]

    def slide_of(self, frame: FrameRef) -> str:
        """The text of the slide that is read off this keyframe, as Markdown; "" where none is."""
        found = (slide for slide in self.slides if slide.still == frame.name)
        return "".join(slide_block(slide, self.phrases) for slide in found)

    def frames_within(self, start_s: float, end_s: float, most: int) -> Sequence[FrameRef]:
        """At most `most` keyframes of that stretch, spread evenly over those there are."""
        found = [frame for frame in self.material.frames if start_s <= frame.at_s < end_s]
        return spread(found, most)


def source_of(source: str, phrases: Phrases) -> str:
    """The origin of the words, for a reader; recognisers have names."""
    if not source.startswith(SUBTITLES):
        return source
    name = source.removeprefix(SUBTITLES).strip()
    return phrases.subtitles_name.format(name=name.removeprefix("(").removesuffix(")"))


def spread(found: Sequence[T], most: int) -> Sequence[T]:
    """At most so many of them, evenly."""
    if len(found) <= most:
        return found
    return [found[i * len(found) // most] for i in range(most)]


def _as_chapters(written: Sequence[WrittenChapter], duration_s: float) -> tuple[Chapter, ...]:
    """Chapters that end where the next one begins."""
    starts = [chapter.start_s for chapter in written]
    ends = [*starts[1:], max(duration_s, starts[-1])]
    return tuple(
        Chapter(chapter.start_s, end_s, chapter.title)
        for chapter, end_s in zip(written, ends, strict=True)
    )
