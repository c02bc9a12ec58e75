"""Pages of slides as a reader gives them, and a reader that knows what stands on its pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from videobatch.errors import VideobatchError
from videobatch.records import Box, Page, SlideLine

WIDTH, HEIGHT = 960, 540
# The width of a character for each pixel of height, as of a face for programs.
CELL = 0.5


def line(text: str, left: float, top: float, height: float = 24.0, sure: float = 0.98) -> SlideLine:
    """A line whose box is as wide as its text."""
    box = Box(left, top, left + CELL * height * max(1, len(text)), top + height)
    return SlideLine(text, box, sure)


def page(*lines: SlideLine) -> Page:
    """A picture of 960 by 540 with these lines."""
    return Page(WIDTH, HEIGHT, lines)


def slide(title: str, *texts: str, left: float = 60.0) -> Page:
    """A slide with a heading and some lines below it."""
    body = [line(text, left, 160 + 60 * i) for i, text in enumerate(texts)]
    return page(line(title, 60, 50, 44), *body)


class StubReader:
    """Gives its pages in turn, and counts; an error in the place of a page is raised. `on_read` is
    called first and may raise."""

    name = "stub"
    model = "reader"
    takes_mib = 1

    def __init__(
        self,
        pages: Sequence[Page | VideobatchError],
        on_read: Callable[[int], object] | None = None,
    ) -> None:
        self.pages = pages
        self.on_read = on_read
        self.count = 0

    def read(self, jpeg: bytes) -> Page:
        assert jpeg.startswith(b"\xff\xd8")
        if self.on_read is not None:
            self.on_read(self.count)
        found = self.pages[self.count % len(self.pages)]
        self.count += 1
        if isinstance(found, VideobatchError):
            raise found
        return found

    def cpu_s(self) -> float:
        return time.thread_time()
