"""The readers of slides: that of this process, or one that is asked for by its name."""

from __future__ import annotations

import os

from videobatch.errors import SettingsError
from videobatch.ports import SlideReader
from videobatch.slides.installed import INSTALL, is_installed
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


def named_reader(name: str, model: str) -> SlideReader:
    """A reader with that name and model; cheap, likewise. Raises SettingsError where there is none
    here."""
    if not is_installed():
        raise SettingsError("what reads slides is not installed here", hint=INSTALL)
    reader = RapidSlideReader()
    if (reader.name, reader.model) != (name, model):
        raise SettingsError(
            f"slides are to be read by {name} {model}, and here is {reader.name} {reader.model}",
            hint="bring all processes to the same version, and retry",
        )
    return reader
