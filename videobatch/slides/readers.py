"""The reader of slides of this process."""

from __future__ import annotations

import os

from videobatch.ports import SlideReader
from videobatch.slides.installed import is_installed
from videobatch.slides.rapid import RapidSlideReader

_readers: dict[int, SlideReader] = {}


def slide_reader() -> SlideReader | None:
    """The reader of this process, another one after a fork; None where the extra is not
    installed. Cheap: its models are loaded at the first picture."""
    pid = os.getpid()
    if pid not in _readers:
        if not is_installed():
            return None
        _readers.clear()
        _readers[pid] = RapidSlideReader()
    return _readers[pid]
