"""Slides as pictures: a title, bullets, and a diagram on a card."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont
from PIL.ImageDraw import ImageDraw as Drawing

from cli.demo.scripts import Color, Shape, Slide, Talk

WIDTH, HEIGHT = 1280, 720
# Drawn twice as large and reduced, which makes edges smooth.
SCALE = 2
PAPER = "#F7F5F0"
COLORS: dict[Color, str] = {
    "ink": "#22313F",
    "gray": "#7B8794",
    "pale": "#DFE5EA",
    "white": "#FFFFFF",
    "green": "#3E9B6B",
    "blue": "#2F7CC4",
    "yellow": "#F2B632",
    "red": "#D65A4A",
    "brown": "#8B6B4E",
}
LEFT, BULLETS_TOP, BULLET_STEP, BULLETS_RIGHT = 80, 250, 96, 650
CARD = (680, 180, 1220, 660)
DIAGRAM_LEFT, DIAGRAM_TOP = 700, 200
ARROW_HEAD = 3.2  # Times the arrow's width.

Point = tuple[float, float]


def draw_slide(talk: Talk, number: int) -> Image.Image:
    """Slide `number` (from 0) of the talk: RGB, 1280 by 720. Equal slides look equal."""
    slide = talk.slides[number]
    page = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), PAPER)
    pen = ImageDraw.Draw(page)
    _draw_frame(pen, talk, slide, number)
    _draw_bullets(pen, talk, slide)
    for shape in slide.diagram:
        _draw_shape(pen, shape)
    return page.reduce(SCALE)


def _draw_frame(pen: Drawing, talk: Talk, slide: Slide, number: int) -> None:
    accent = COLORS[talk.color]
    pen.rectangle(_scaled((0, 0, 22, HEIGHT)), fill=accent)
    pen.text(
        _point(LEFT, 100),
        slide.title,
        fill=COLORS["ink"],
        font=_font(62),
        anchor="lm",
        stroke_width=SCALE,
        stroke_fill=COLORS["ink"],
    )
    pen.rounded_rectangle(_scaled((LEFT, 148, LEFT + 130, 156)), 4 * SCALE, fill=accent)
    pen.rounded_rectangle(
        _scaled(CARD), 18 * SCALE, fill=COLORS["white"], outline=COLORS["pale"], width=2 * SCALE
    )
    footer = f"{talk.title}  ·  {number + 1} / {len(talk.slides)}"
    pen.text(_point(LEFT, 664), footer, fill=COLORS["gray"], font=_font(22), anchor="lm")


def _draw_bullets(pen: Drawing, talk: Talk, slide: Slide) -> None:
    for index, bullet in enumerate(slide.bullets):
        y = BULLETS_TOP + index * BULLET_STEP
        pen.ellipse(_scaled((LEFT, y - 8, LEFT + 16, y + 8)), fill=COLORS[talk.color])
        size = 36
        while _font(size).getlength(bullet) > (BULLETS_RIGHT - LEFT - 40) * SCALE:
            size -= 1
        place = _point(LEFT + 40, y)
        pen.text(place, bullet, fill=COLORS["ink"], font=_font(size), anchor="lm")


def _draw_shape(pen: Drawing, shape: Shape) -> None:
    color, width = COLORS[shape.color], shape.width * SCALE
    if shape.kind in {"line", "arrow", "polygon"}:
        _draw_path(pen, shape, _points(shape.at))
        return
    x, y = _points(shape.at[:2])[0]
    if shape.kind == "label":
        pen.text((x, y), shape.text, fill=color, font=_font(shape.size), anchor="mm")
        return
    across, down = (size * SCALE / 2 for size in _extent(shape))
    around = (x - across, y - down, x + across, y + down)
    if shape.kind == "ellipse":
        pen.ellipse(around, fill=color)
    elif shape.kind == "ring":
        pen.ellipse(around, outline=color, width=width)
    else:
        pen.rounded_rectangle(around, 10 * SCALE, fill=color)
    pen.text((x, y), shape.text, fill=COLORS[shape.ink], font=_font(shape.size), anchor="mm")


def _extent(shape: Shape) -> tuple[float, float]:
    """Width and height of a shape that has a middle."""
    if shape.kind == "ring":
        return 2 * shape.at[2], 2 * shape.at[2]
    return shape.at[2], shape.at[3]


def _draw_path(pen: Drawing, shape: Shape, points: list[Point]) -> None:
    color, width = COLORS[shape.color], shape.width * SCALE
    if shape.kind == "polygon":
        pen.polygon(points, fill=color)
        return
    if shape.kind == "arrow":
        head = _arrow_head(points[-2], points[-1], width * ARROW_HEAD)
        pen.polygon(head, fill=color)
        # The line ends inside the head, or its corners would stand out at the tip.
        (x1, y1), (x2, y2) = head[1:]
        points[-1] = ((x1 + x2) / 2, (y1 + y2) / 2)
    for start, end in pairwise(points):
        pen.line((start, end), fill=color, width=width)
    for x, y in points[: None if shape.kind == "line" else -1]:
        pen.circle((x, y), width / 2, fill=color)


def _arrow_head(start: Point, tip: Point, size: float) -> list[Point]:
    """The tip and the two other corners of the arrow's head."""
    angle = math.atan2(tip[1] - start[1], tip[0] - start[0])
    sides = (angle + math.pi - 0.5, angle + math.pi + 0.5)
    return [tip, *((tip[0] + size * math.cos(a), tip[1] + size * math.sin(a)) for a in sides)]


def _points(at: Sequence[float]) -> list[Point]:
    """The diagram's points as they lie on the page, scaled."""
    pairs = zip(at[::2], at[1::2], strict=True)
    return [_point(DIAGRAM_LEFT + x, DIAGRAM_TOP + y) for x, y in pairs]


def _point(x: float, y: float) -> Point:
    return x * SCALE, y * SCALE


def _scaled(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    return box[0] * SCALE, box[1] * SCALE, box[2] * SCALE, box[3] * SCALE


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size * SCALE)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("this Pillow has no scalable font")  # It was built without FreeType.
    return font
