"""Reads drawn slides whose text is known: characters right, processor time, memory.

    python -m benchmarks slides

The slides of the demonstration, and ten more: English, Chinese, code, formulas, a dark page, small
print. Chinese needs a font: SLIDES_FONT names a file, else that of the package mplfonts or of
Debian's fonts-noto-cjk is taken; without one the Chinese slides are left out, and the note says so.
"""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil
from PIL import Image, ImageDraw, ImageFont

from benchmarks import suite
from benchmarks.figures import Figure
from cli.demo.scripts import load_talks
from cli.demo.slides import draw_slide
from videobatch.pipeline.slides.layout import arrange
from videobatch.slides.rapid import RapidSlideReader

WIDTH, HEIGHT = 1280, 720
STILL = (960, 540)
TARGET_PERCENT = 98.0
MOST_ADDED_MB = 450.0
FONTS = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page to draw: its heading and its lines, their size in pixels, and its colours."""

    name: str
    title: str
    lines: tuple[str, ...]
    size: int = 34
    paper: str = "#FFFFFF"
    ink: str = "#202020"
    is_chinese: bool = False


PAGES = (
    Drawn("english", "Three kinds of levers", (
        "The fulcrum lies between effort and load",
        "The load lies between fulcrum and effort",
        "The effort lies between fulcrum and load")),
    Drawn("figures", "Results of the year 2024", (
        "Revenue grew by 12.5 % to 3,481,000 euros", "Costs: 2,904,117 (before: 2,871,530)",
        "Ratio 0.834, margin 16.6 %")),
    Drawn("python", "Counting words", (
        "def count(words):", "    found = {}", "    for word in words:",
        "        found[word] = found.get(word, 0) + 1", "    return found"), 32),
    Drawn("c", "A loop in C", (
        "int sum(int n) {", "    int total = 0;", "    for (int i = 1; i <= n; i++)",
        "        total += i;", "    return total;", "}"), 32),
    Drawn("formulas", "Motion", (
        "s = v * t + a * t / 2", "F = m * a", "p = m * v", "E = (1/2) * m * v * v"), 38),
    Drawn("dark", "Dark theme", (
        "White letters on a dark page", "An editor, a terminal, a stage", "Contrast is high"),
        paper="#101820", ink="#F0F0F0"),
    Drawn("small", "Small print", (
        "The terms of this contract apply to every delivery within twelve months of signature.",
        "Either party may end it with notice of thirty days, in writing, without stating reasons.",
        "Disputes are settled by the court of the place where the seller has its seat."), 24),
    Drawn("chinese", "杠杆的三种类型", (
        "支点在动力和阻力之间", "阻力在支点和动力之间", "动力在支点和阻力之间"), is_chinese=True),
    Drawn("chinese dark", "光合作用", (
        "植物利用阳光制造养分", "二氧化碳和水变成葡萄糖", "氧气被释放到空气中"),
        paper="#101820", ink="#F0F0F0", is_chinese=True),
    Drawn("mixed", "哈希表 Hash table", (
        "平均查找时间 O(1)", "冲突 collision 用链表解决", "装载因子不超过 0.75"), is_chinese=True),
)  # fmt: skip


def measure(effort: suite.Effort) -> list[Figure]:
    """Characters that are right, and what reading takes, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.slides", "--read"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    right, cpu_s, peak_mb, added_mb, stills, left_out = done.stdout.split()
    note = f"{stills} stills of 960 × 540" + (
        f", {left_out} Chinese ones left out: no font" if int(left_out) else ""
    )
    return [
        Figure("characters right", float(right), "%", TARGET_PERCENT, note, least=True),
        Figure("processor time of a still", float(cpu_s), "s", None, "one thread, models loaded"),
        Figure("peak memory of the process", float(peak_mb), "MB", None, "with the drawing"),
        Figure(
            "memory that the reader adds",
            float(added_mb),
            "MB",
            MOST_ADDED_MB,
            "its libraries, its models and one still after the other, in the process that reads",
        ),
    ]


def read_all() -> None:
    """Prints the share of characters that are right (%), CPU seconds for a still, the peak and what
    was added to the memory before (MB), the number of stills, and how many were left out."""
    before_mb = psutil.Process().memory_info().rss / 2**20
    reader = RapidSlideReader()
    reader.read(_jpeg(Image.new("RGB", STILL, "#FFFFFF")))
    wanted = right = stills = 0
    spent_s = 0.0
    font = chinese_font()
    for name, picture, texts in _pages(font):
        content = _jpeg(picture)
        began_s = time.process_time()
        page = reader.read(content)
        spent_s += time.process_time() - began_s
        known = _characters(texts)
        found = _characters([line.text for line in arrange(page)])
        extra = (found - known).total()
        lacks = (known - found).total()
        wanted += known.total()
        right += max(0, known.total() - max(extra, lacks))
        stills += 1
        if extra or lacks:
            print(name, dict(known - found), dict(found - known), file=sys.stderr)
    left_out = 0 if font else sum(page.is_chinese for page in PAGES)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    added_mb = peak_mb - before_mb
    percent, still_s = 100 * right / wanted, spent_s / stills
    print(f"{percent:.2f} {still_s:.3f} {peak_mb:.0f} {added_mb:.0f} {stills} {left_out}")


def _characters(texts: Sequence[str]) -> Counter[str]:
    """The characters but for spaces, as compatible forms: a full-width colon is a colon."""
    whole = unicodedata.normalize("NFKC", "".join(texts))
    return Counter(char for char in whole if not char.isspace())


def _pages(font: Path | None) -> Iterator[tuple[str, Image.Image, list[str]]]:
    for talk in load_talks():
        for number, slide in enumerate(talk.slides):
            footer = f"{talk.title}  ·  {number + 1} / {len(talk.slides)}"
            labels = [shape.text for shape in slide.diagram if shape.text]
            texts = [slide.title, *slide.bullets, *labels, footer]
            yield f"{talk.name} {number + 1}", draw_slide(talk, number), texts
    for page in PAGES:
        if font is not None or not page.is_chinese:
            yield page.name, _drawn(page, font), [page.title, *page.lines]


def _drawn(page: Drawn, chinese: Path | None) -> Image.Image:
    picture = Image.new("RGB", (WIDTH, HEIGHT), page.paper)
    pen = ImageDraw.Draw(picture)

    def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
        if page.is_chinese and chinese is not None:
            return ImageFont.truetype(str(chinese), size)
        return ImageFont.load_default(size)

    pen.text((80, 60), page.title, fill=page.ink, font=font(56))
    for row, text in enumerate(page.lines):
        bare = text.lstrip(" ")
        left = 80 + (len(text) - len(bare)) * page.size * 0.5
        pen.text((left, 190 + row * page.size * 1.9), bare, fill=page.ink, font=font(page.size))
    return picture


def _jpeg(picture: Image.Image) -> bytes:
    """A still as a document has it."""
    out = io.BytesIO()
    picture.resize(STILL, Image.Resampling.BOX).save(out, "JPEG", quality=80)
    return out.getvalue()


def chinese_font() -> Path | None:
    """A font with Chinese characters of this machine; None where there is none."""
    if named := os.environ.get("SLIDES_FONT"):
        return Path(named)
    spec = find_spec("mplfonts")
    own = Path(spec.origin or "").parent if spec else None
    packaged = sorted(own.rglob("*CJK*.otf")) if own else []
    return next((path for path in (*packaged, *FONTS) if path.is_file()), None)


if __name__ == "__main__":
    if sys.argv[1:] == ["--read"]:
        read_all()
    else:
        suite.alone("slides", measure, __doc__)
