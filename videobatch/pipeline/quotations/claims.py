"""A statement that is to be found in a video, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from videobatch.pipeline.blocks.kinds import Kind


class Proof(StrEnum):
    """The standing of a statement beside what was said and shown. `unchecked` is one without a
    quotation that could be looked for; `moved` was found at another time than it bore."""

    UNCHECKED = "unchecked"
    FOUND = "found"
    MOVED = "moved"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement at its second, and the words of the video that are to show it. One that
    `is_general` is about the video as a whole: its figures and names may stand anywhere. `term` is
    what it explains, "" for most, `kind` the form of its text."""

    at_s: float
    text: str
    quote: str
    is_general: bool = False
    term: str = ""
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of a claim, its second (mended, where it `moved`), and why it is missing."""

    proof: Proof
    at_s: float
    reason: str = ""
