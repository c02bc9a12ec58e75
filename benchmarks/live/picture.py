"""A timeline as SVG: slots, CPU, memory and work per second, one panel each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path

from benchmarks.live.crews import Look, Segment

WIDTH, PANEL, GAP, LEFT, TOP = 900, 110, 28, 62, 40
COLOURS = ("#1f6feb", "#d1242f", "#8250df", "#1a7f37")
# Work is a count: its rate is taken over so many looks.
OVER = 10
FONT = 'font-family="sans-serif" font-size="12"'
FRAME = 'fill="none" stroke="#d0d7de"'

Series = Sequence[tuple[float, float]]


def _rates(looks: Sequence[Look]) -> Series:
    pairs = zip(looks, looks[OVER:], strict=False)
    return [(b.at_s, (b.work - a.work) / (b.at_s - a.at_s)) for a, b in pairs if b.at_s > a.at_s]


PANELS: Sequence[tuple[str, Callable[[Sequence[Look]], Series]]] = (
    ("videos at once", lambda looks: [(look.at_s, look.wanted) for look in looks]),
    ("CPU", lambda looks: [(look.at_s, look.cpu) for look in looks]),
    ("memory, of what videos may have", lambda looks: [(look.at_s, look.memory) for look in looks]),
    ("work, s/s", _rates),
)


def draw(
    path: Path, runs: Mapping[str, Sequence[Look]], segments: Sequence[Segment], each_s: float
) -> None:
    """Writes the picture of these runs, each in a colour of its own."""
    whole_s = each_s * len(segments)
    height = TOP + len(PANELS) * (PANEL + GAP) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {FONT}>',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
    ]
    for number, name in enumerate(runs):
        x = LEFT + 190 * number
        parts.append(f'<rect x="{x}" y="12" width="14" height="4" fill="{COLOURS[number]}"/>')
        parts.append(f'<text x="{x + 20}" y="18">{escape(name)}</text>')
    for place, (title, pick) in enumerate(PANELS):
        parts += _panel(
            title,
            TOP + place * (PANEL + GAP),
            [pick(looks) for looks in runs.values()],
            segments if place == 0 else (),
            whole_s,
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*parts, "</svg>", ""]), "utf-8")


def _panel(
    title: str, top: float, series: Sequence[Series], segments: Sequence[Segment], whole_s: float
) -> list[str]:
    highest = max([value for each in series for _, value in each] or [1.0]) * 1.05 or 1.0
    right = WIDTH - 14

    def x(at_s: float) -> float:
        return LEFT + (right - LEFT) * at_s / whole_s

    def y(value: float) -> float:
        return top + PANEL - PANEL * value / highest

    parts = [
        f'<rect x="{LEFT}" y="{top}" width="{right - LEFT}" height="{PANEL}" {FRAME}/>',
        f'<text x="{LEFT}" y="{top - 6}" fill="#57606a">{escape(title)}</text>',
        f'<text x="{LEFT - 6}" y="{top + 10}" text-anchor="end">{highest / 1.05:.3g}</text>',
        f'<text x="{LEFT - 6}" y="{top + PANEL}" text-anchor="end">0</text>',
    ]
    for number, segment in enumerate(segments):
        at = x(whole_s / len(segments) * number)
        parts.append(f'<text x="{at + 130}" y="{top - 6}">{escape(segment.name)}</text>')
    for border in range(1, 4):
        at = x(whole_s / 4 * border)
        parts.append(
            f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{top}" y2="{top + PANEL}" '
            'stroke="#d0d7de" stroke-dasharray="3 3"/>'
        )
    for number, each in enumerate(series):
        points = " ".join(f"{x(at_s):.1f},{y(value):.1f}" for at_s, value in each)
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{COLOURS[number]}" '
            'stroke-width="1.5"/>'
        )
    return parts
