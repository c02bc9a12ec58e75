"""A library that nobody made: manifests, transcripts and documents of as many hours as wanted.

Words are drawn with frequencies by Zipf's law, from vocabularies of the size that lectures have, so
that the index meets frequent and rare ones as it would; seven of ten hours are English, the others
Chinese. What they say makes no sense.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from tests.support.manifests import manifest_fields
from videobatch.pipeline.outputs.manifest import MadeFile, manifest_json
from videobatch.pipeline.text.jumps import Jumps
from videobatch.pipeline.words.transcript_file import to_json
from videobatch.records import SlideText, Transcript, Utterance, Word
from videobatch.records.slides import Box, SlideLine

SEED = 16
VOCABULARY, HAN, HAN_WORDS = 30_000, 3_500, 20_000
# An hour of lecture: 150 words a minute, 240 characters a minute in Chinese.
SENTENCES, WORDS, HAN_IN_SENTENCE, SENTENCE_S = 600, 15, 14, 6.0
SLIDES, LINES, POINTS = 30, 5, 40
COURSES, DAY_NS, FIRST_NS = 20, 86_400 * 10**9, 1_767_225_600 * 10**9  # 2026-01-01
ENGLISH_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Tongue:
    """A made-up language: its words, the cumulated weights that they are drawn with, how many make
    a sentence, and how they are written after each other."""

    name: str
    words: Sequence[str]
    weights: Sequence[float]
    length: int
    glue: str
    stop: str

    def drawn(self, chance: random.Random, count: int) -> list[str]:
        """So many words, each as likely as its rank makes it."""
        return chance.choices(self.words, cum_weights=self.weights, k=count)

    def sentence(self, words: Sequence[str]) -> str:
        return self.glue.join(words).capitalize() + self.stop


def tongues() -> tuple[Tongue, Tongue]:
    """English as it might be, and Chinese."""
    chance = random.Random(SEED)
    english = list(dict.fromkeys(_syllables(chance, rank) for rank in range(VOCABULARY)))
    han = [chr(0x4E00 + 5 * number) for number in range(HAN)]
    chinese = list(dict.fromkeys(_han(chance, han, rank) for rank in range(HAN_WORDS)))
    return (
        Tongue("en", english, _zipf(len(english)), WORDS, " ", "."),
        Tongue("zh", chinese, _zipf(len(chinese)), HAN_IN_SENTENCE, "", "。"),
    )


def _zipf(count: int) -> Sequence[float]:
    return list(accumulate(1 / (rank + 2) for rank in range(count)))


def _syllables(chance: random.Random, rank: int) -> str:
    count = 1 + sum(rank > each for each in (20, 400, 5_000))
    return "".join(
        chance.choice("bcdfghklmnprstvwz") + chance.choice("aeiou") + chance.choice("nrst ").strip()
        for _ in range(count)
    )


def _han(chance: random.Random, han: Sequence[str], rank: int) -> str:
    """A word of one character where it is frequent, else of two, the first of any, the second
    rather of the frequent ones."""
    second = han[int(HAN * chance.random() ** 2)] if rank > 30 else ""
    return chance.choice(han) + second


def write_library(root: Path, hours: int) -> None:
    """Writes as many lectures of an hour below the folder, as `submit` leaves them."""
    english, chinese = tongues()
    chance = random.Random(SEED)
    for number in range(hours):
        tongue = english if number % 10 < ENGLISH_SHARE * 10 else chinese
        batch = f"term{number % 4}-{number % 4:08x}"
        course = f"course {number % COURSES:02d}"
        folder = root / batch / course / f"lecture {number:04d}.mp4"
        _write_lecture(folder, number, tongue, chance)


def _write_lecture(folder: Path, number: int, tongue: Tongue, chance: random.Random) -> None:
    folder.mkdir(parents=True)
    said = tuple(_said(tongue, chance, place) for place in range(SENTENCES))
    transcript = Transcript(tongue.name, "drawn by lot", said)
    slides = [_slide(tongue, chance, place) for place in range(SLIDES)]
    text = to_json(transcript, slides, title=folder.name, video=folder.name, duration_s=3600.0)
    (folder / "transcript.json").write_text(text, encoding="utf-8")
    document = "\n".join(_document(folder.name, said, chance))
    (folder / "summary_report.md").write_text(document, encoding="utf-8")
    write_manifest(folder, number)


def write_manifest(folder: Path, number: int) -> None:
    """The manifest of a lecture's folder; lectures are a day apart."""
    names = ("transcript.json", "summary_report.md")
    made = tuple(MadeFile(name=name, size_bytes=1, sha256="ab" * 32) for name in names)
    fields = manifest_fields("1", "summary_report", made)
    fields["source"] |= {"name": folder.name, "mtime_ns": FIRST_NS + number * DAY_NS}
    (folder / "manifest.json").write_text(manifest_json(fields), encoding="utf-8")


def _said(tongue: Tongue, chance: random.Random, place: int) -> Utterance:
    words = tongue.drawn(chance, tongue.length)
    start_s, each_s = place * SENTENCE_S, SENTENCE_S / tongue.length
    timed = tuple(
        Word(start_s + n * each_s, start_s + (n + 1) * each_s, word, 0.9)
        for n, word in enumerate(words)
    )
    return Utterance(start_s, start_s + SENTENCE_S, tongue.sentence(words), 0.9, words=timed)


def _slide(tongue: Tongue, chance: random.Random, place: int) -> SlideText:
    at_s = place * 3600.0 / SLIDES
    lines = tuple(
        SlideLine(tongue.glue.join(tongue.drawn(chance, 5)), Box(0.0, n, 9.0, n + 1.0), 0.9)
        for n in range(LINES)
    )
    return SlideText(at_s, at_s, f"{place:04d}.jpg", lines)


def _document(title: str, said: Sequence[Utterance], chance: random.Random) -> Iterator[str]:
    """A summary report that quotes some of what was said."""
    jumps = Jumps("../../../lectures/a.mp4")
    yield f"---\ntitle: {json.dumps(title)}\n---\n\n# {title}\n\n## Key points\n"
    for each in sorted(chance.sample(said, POINTS), key=lambda said: said.start_s):
        yield f"- **{jumps.at(each.start_s)}** {each.text}"
