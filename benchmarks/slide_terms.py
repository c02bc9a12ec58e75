"""Terms of slides: how many are written rightly untold, told to Whisper, and set right afterwards.

    python -m benchmarks.slide_terms

Needs the model base (videobatch models get base) and espeak-ng, which speaks: names that nobody
could guess in four short talks, and the talks of the demonstration, whose words are plain. Slides
are taken as they are written, not read off pictures (python -m benchmarks slides measures that).
Each talk is heard three times: untold, told its own terms, and told those of another talk, none of
which is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from benchmarks import suite
from benchmarks.figures import Figure
from benchmarks.speech_corpus import Sound, words_of
from cli.demo.scripts import load_talks
from cli.demo.speech import RATE_HZ, synthesise
from config.settings import load_settings
from videobatch.pipeline.slides.misheard import set_right, words_heard
from videobatch.pipeline.slides.terms import terms_for, terms_of, words_on
from videobatch.pipeline.text.spelling import edit_distance
from videobatch.records import (
    SAMPLE_RATE_HZ,
    AudioSegment,
    Box,
    LineKind,
    SlideLine,
    SlideText,
    Utterance,
)
from videobatch.speech.dictionary import known_words
from videobatch.speech.engines import SpeechOptions, make_transcriber

PAUSE_S = 0.45
BOX = Box(0, 0, 9, 9)


@dataclass(frozen=True, slots=True)
class Talk:
    """A short lecture: its sentences, and its slides, each a heading and then lines."""

    name: str
    lines: tuple[str, ...]
    slides: tuple[tuple[str, ...], ...]
    is_demo: bool = False


NAMED = (
    Talk("astronomy", (
        "Tycho Brahe watched the sky from the island of Hven.",
        "His castle was called Uraniborg.",
        "Johannes Kepler came to him and worked on the orbit of Mars.",
        "An epicycle is a circle on a circle.",
        "The Rudolphine Tables were printed in the year sixteen twenty seven.",
        "At aphelion a planet is slowest."),
        (("Before the telescope", "Tycho Brahe on the island of Hven", "The castle of Uraniborg",
          "From the epicycle to Johannes Kepler", "The Rudolphine Tables", "Aphelion: slowest"),)),
    Talk("systems", (
        "Dijkstra found the shortest path in twenty minutes.",
        "Kubernetes keeps its state in etcd.",
        "Leslie Lamport described Paxos as a story about a Greek island.",
        "A Byzantine failure is one that lies.",
        "PostgreSQL writes its log first.",
        "Without Paxos two servers may disagree."),
        (("Who agrees?", "The path of Dijkstra", "Kubernetes and etcd", "Paxos by Leslie Lamport",
          "Failures that are Byzantine", "PostgreSQL and its log"),)),
    Talk("biology", (
        "Light is caught in the thylakoid.",
        "The stroma is around it.",
        "The Calvin cycle is named after Melvin Calvin.",
        "RuBisCO is the slowest enzyme of them all.",
        "A chloroplast has a membrane of its own.",
        "The thylakoid gives NADPH to the Calvin cycle."),
        (("Inside a chloroplast", "Light: thylakoid", "Around it: stroma", "The cycle of Calvin",
          "RuBisCO is slow", "NADPH"),)),
    Talk("mathematics", (
        "An eigenvalue says how far a vector is stretched.",
        "Gram Schmidt makes vectors stand at right angles.",
        "The Hessian holds the second derivatives.",
        "Cholesky needs half of the work.",
        "Lagrange added a multiplier.",
        "Krylov spaces and Householder reflections come next week."),
        (("Matrices", "Eigenvalue of a matrix", "Right angles by Gram-Schmidt", "The Hessian",
          "Half the work: Cholesky", "A multiplier by Lagrange", "Krylov and Householder"),)),
)  # fmt: skip


def measure(effort: suite.Effort) -> list[Figure]:
    """Errors, terms that are right, and what was set right or wrong, for names and plain words."""
    talks = (*NAMED[: 1 if effort.quick else None], *(() if effort.quick else _demo()))
    options = SpeechOptions(load_settings().speech.models_dir, device="cpu")
    whisper = make_transcriber("whisper", model="base", options=options)
    found: dict[tuple[bool, str], _Score] = {}
    for number, talk in enumerate(talks):
        sound = _sound(talk)
        own, foreign = _slides(talk), _slides(talks[number - 1] if talks[1:] else NAMED[-1])
        ways: dict[str, tuple[SlideText, ...]] = {
            "untold": (),
            "told": own,
            "told of others": foreign,
        }
        for way, told in ways.items():
            segment = AudioSegment(0, 0.0, sound)
            if told:
                terms = terms_of(told, known_words(words_on(told)))
                segment = replace(segment, terms=terms_for(terms, 0.0, segment.end_s))
            said = whisper.transcribe(segment)
            _score(found, talk, way).add(talk, own, said, segment.terms)
            if way != "told of others":
                known = known_words(words_on(own) | words_heard(said))
                right = set_right(said, "en", own, known)
                _score(found, talk, f"{way}, set right").add(talk, own, right, ())
    return [
        figure for (is_demo, way), each in found.items() for figure in each.figures(is_demo, way)
    ]


@dataclass(slots=True)
class _Score:
    errors: int = 0
    said: int = 0
    right: int = 0
    terms: int = 0
    changed: int = 0
    wrong: int = 0
    unsaid: int = 0

    def add(
        self, talk: Talk, own: Sequence[SlideText], heard: Sequence[Utterance], told: Sequence[str]
    ) -> None:
        """Counts one hearing of the talk."""
        wanted, got = words_of(" ".join(talk.lines)), words_of(" ".join(u.text for u in heard))
        self.errors += edit_distance(wanted, got)
        self.said += len(wanted)
        bag = set(words_of(" ".join(t.text for t in terms_of(own, known_words(words_on(own))))))
        rare = [word for word in wanted if word in bag]
        self.terms += len(rare)
        self.right += sum(min(rare.count(word), got.count(word)) for word in set(rare))
        changes = [change for said in heard for change in said.corrections]
        self.changed += len(changes)
        self.wrong += sum(not set(words_of(change.written)) <= set(wanted) for change in changes)
        never = {word for term in told for word in words_of(term)} - set(wanted)
        self.unsaid += sum(word in never for word in got)

    def figures(self, is_demo: bool, way: str) -> list[Figure]:
        """The counts, as figures."""
        name = f"{'demonstration' if is_demo else 'names'}, {way}"
        words, terms = f"{self.said} words", f"{self.right} of {self.terms}"
        found = [
            Figure(f"{name}: word error rate", self.errors / self.said, "", note=words),
            Figure(f"{name}: terms right", 100 * self.right / self.terms, "%", note=terms),
        ]
        if way.endswith("set right"):
            note = f"{self.changed} replaced"
            return [*found, Figure(f"{name}: wrongly replaced", self.wrong, "words", 0, note)]
        if way != "untold":
            return [*found, Figure(f"{name}: told, written, not said", self.unsaid, "words", 0)]
        return found


def _score(found: dict[tuple[bool, str], _Score], talk: Talk, way: str) -> _Score:
    return found.setdefault((talk.is_demo, way), _Score())


def _demo() -> list[Talk]:
    found = []
    for talk in load_talks():
        lines = tuple(line for slide in talk.slides for line in slide.speech)
        slides = tuple(
            (slide.title, *slide.bullets, *(x.text for x in slide.diagram if x.text))
            for slide in talk.slides
        )
        found.append(Talk(talk.name, lines, slides, is_demo=True))
    return found


def _slides(talk: Talk) -> tuple[SlideText, ...]:
    """All of them at once: what is said when is not told here."""
    kinds = (LineKind.TITLE, *([LineKind.TEXT] * 20))
    lines = tuple(
        SlideLine(text, BOX, 1.0, kind)
        for slide in talk.slides
        for text, kind in zip(slide, kinds, strict=False)
    )
    return (SlideText(0.0, 0.0, talk.name, lines),)


def _sound(talk: Talk) -> Sound:
    """The talk at 16 kHz, a pause after each sentence."""
    pause = np.zeros(round(PAUSE_S * RATE_HZ), np.int16)
    pieces = [pause, *(part for line in talk.lines for part in (synthesise(line), pause))]
    frame = AudioFrame.from_ndarray(
        np.concatenate(pieces).reshape(1, -1), format="s16", layout="mono"
    )
    frame.sample_rate = RATE_HZ
    resampler = AudioResampler("s16", "mono", SAMPLE_RATE_HZ)
    parts = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([part.to_ndarray()[0] for part in parts])


if __name__ == "__main__":
    suite.alone("slide_terms", measure, __doc__)
