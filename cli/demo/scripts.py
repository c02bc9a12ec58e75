"""The scripts of the sample videos: words and slides, one YAML file in `talks/` for each."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parent / "talks"

Color = Literal["ink", "gray", "pale", "white", "green", "blue", "yellow", "red", "brown"]


class _ScriptPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Shape(_ScriptPart):
    """A part of a diagram; `talks/photosynthesis.yaml` says what `at` holds. `ink` is the colour
    of the text inside it, `size` that text's height and `width` a line's, in pixels."""

    kind: Literal["ellipse", "box", "ring", "line", "arrow", "polygon", "label"]
    at: tuple[float, ...]
    color: Color = "ink"
    text: str = ""
    ink: Color = "white"
    size: int = 28
    width: int = 8


class Slide(_ScriptPart):
    """A slide, seen while the sentences of `speech` are spoken."""

    title: str
    bullets: tuple[str, ...]
    diagram: tuple[Shape, ...]
    speech: tuple[str, ...]


class Talk(_ScriptPart):
    """One video; with `subtitles` it has an .srt file beside it."""

    name: str
    title: str
    color: Color
    subtitles: bool = False
    slides: tuple[Slide, ...]


def load_talks(folder: Path = FOLDER) -> tuple[Talk, ...]:
    """All talks, in the order of their names, which are their files'."""
    return tuple(
        Talk(name=path.stem, **yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in sorted(folder.glob("*.yaml"))
    )
