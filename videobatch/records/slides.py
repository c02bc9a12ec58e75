"""The records of slides: lines of a picture with their places, and the slide that they make up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LineKind(StrEnum):
    """The part that a line plays on its slide. `margin` is what most slides repeat: a footer, a
    page number."""

    TITLE = "title"
    TEXT = "text"
    CODE = "code"
    MARGIN = "margin"


@dataclass(frozen=True, slots=True)
class Box:
    """A place on a picture, in pixels from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Halfway between top and bottom."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class SlideLine:
    """A line as it was read: plain text, its place, and how sure the reader is (0 to 1). A line of
    code begins with the spaces that it is indented by."""

    text: str
    box: Box
    confidence: float
    kind: LineKind = LineKind.TEXT


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of one picture, in no order that counts, and the picture's size in pixels."""

    width: int
    height: int
    lines: tuple[SlideLine, ...]


@dataclass(frozen=True, slots=True)
class SlideText:
    """The text of a slide in reading order: shown since `start_s`, read from the still of `at_s`,
    which is called `still` below `keyframes/`."""

    start_s: float
    at_s: float
    still: str
    lines: tuple[SlideLine, ...]

    @property
    def title(self) -> str | None:
        """The heading, on one line; None for a slide without one."""
        return " ".join(x.text for x in self.lines if x.kind is LineKind.TITLE) or None

    @property
    def body(self) -> tuple[SlideLine, ...]:
        """The lines that are the slide's own, without its heading."""
        own = (LineKind.TEXT, LineKind.CODE)
        return tuple(line for line in self.lines if line.kind in own)

    @property
    def is_code(self) -> bool:
        return any(line.kind is LineKind.CODE for line in self.lines)
