"""The slides of a video as whoever hears it needs them: terms to expect while a segment sounds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from videobatch.pipeline.slides.changes import slides_of
from videobatch.pipeline.slides.misheard import set_right, words_heard
from videobatch.pipeline.slides.terms import Term, terms_for, terms_of, words_on
from videobatch.pipeline.stages.reading import Slides
from videobatch.records import AudioSegment, SlideText, Transcript
from videobatch.speech.dictionary import known_words


@dataclass(frozen=True, slots=True)
class OnScreen:
    """The slides in order of time, and their terms; nothing where none were read."""

    slides: tuple[SlideText, ...] = ()
    terms: tuple[Term, ...] = ()

    def told(self, segment: AudioSegment) -> AudioSegment:
        """The segment with the terms that may be said in it."""
        terms = terms_for(self.terms, segment.start_s, segment.end_s)
        return replace(segment, terms=terms) if terms else segment

    def corrected(self, heard: Transcript) -> Transcript:
        """The transcript, with what was nearly heard as its slide has it set right."""
        said = heard.utterances
        known = known_words(words_on(self.slides) | words_heard(said))
        return replace(heard, utterances=set_right(said, heard.language, self.slides, known))


def on_screen(shown: Slides) -> OnScreen:
    """The slides that the stills of a video showed. Equal stills give equal terms."""
    slides = slides_of(shown.stills)
    if not slides:
        return OnScreen()
    return OnScreen(slides, terms_of(slides, known_words(words_on(slides))))
