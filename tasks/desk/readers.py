"""The reader of slides of a child: in the host's recogniser, or in the child itself."""

from __future__ import annotations

from collections.abc import Callable

from videobatch.ports import SlideReader
from videobatch.slides.readers import slide_reader
from videobatch.speech.host.asking import Asker
from videobatch.speech.host.client import SharedSlideReader


def reader_by(asker: Asker | None) -> Callable[[], SlideReader | None]:
    """Gives the reader of this process, which loads nothing where the host's recogniser is to be
    asked (by `asker`); None where the extra is not installed."""
    if asker is None:
        return slide_reader

    def shared() -> SlideReader | None:
        like = slide_reader()
        return None if like is None else SharedSlideReader(like, asker)

    return shared
