"""The sentences that documents use, in the languages of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import yaml

from videobatch.records import Remark, RemarkCode

CATALOGUE = Path(__file__).parent / "catalogue"
# What else is written for people, in reports and at the terminal, is in English.
MAIN = "en"


@dataclass(frozen=True, slots=True)
class Phrases:
    """Text around what was found; fields in braces are filled in, escaped, by the builders."""

    part: str
    rough: str
    subtitles: str
    partial: str
    partial_unknown: str
    no_speech: str
    no_sound: str
    audio_without_speech: str
    nothing: str
    other_language: str
    about: str
    fact_source: str
    fact_duration: str
    fact_language: str
    fact_picture: str
    fact_no_picture: str
    fact_sound: str
    fact_no_sound: str
    fact_words: str
    outline: str
    question: str
    answers: str
    term: str
    once: str
    explained: str
    listed: str
    separator: str
    asked: str
    translated: str
    vocabulary: str
    vocabulary_explained: str
    written: str
    unwritten: str
    not_found: str
    code_unchecked: str
    code_broken: str
    formula_broken: str
    marked: str
    slide_title: str
    slide_untitled: str
    still: str
    player_lost: str
    subtitles_name: str
    unknown_language: str
    stops_early: str
    unreadable: str
    remarks: Mapping[str, str]

    def tell(self, name: str, /, **fields: object) -> str:
        """The remark of that name, filled in. Raises KeyError where there is none, or a field is
        missing."""
        return self.remarks[name].format(**fields)

    def enumerated(self, shown: Sequence[str], left: int = 0) -> str:
        """The texts as a list; `left` is how many more there are."""
        text = self.remarks["between"].join(shown)
        return self.tell("more", shown=text, count=left) if left > 0 else text

    def counted(self, count: int, one: str, more: str) -> str:
        """The remark `one` or `more` with the count; "" for none."""
        return self.tell(one if count == 1 else more, count=count) if count else ""


def _read(path: Path) -> Phrases:
    fields = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Phrases(**{**fields, "remarks": MappingProxyType(fields["remarks"])})


PHRASES: Mapping[str, Phrases] = MappingProxyType(
    {path.stem: _read(path) for path in sorted(CATALOGUE.glob("*.yaml"))}
)


def remark(code: RemarkCode, say: Callable[[Phrases], str]) -> Remark:
    """The remark in English and in each other language of the catalogue."""
    others = {name: say(phrases) for name, phrases in PHRASES.items() if name != MAIN}
    return Remark(code, say(PHRASES[MAIN]), tuple(others.items()))
