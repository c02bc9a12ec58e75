"""The presence of what reads slides. Imports nothing of the extra."""

from __future__ import annotations

from importlib.util import find_spec

MODULES = ("rapidocr", "onnxruntime", "cv2")
INSTALL = "run `make setup EXTRAS=ocr`"


def missing() -> tuple[str, ...]:
    """The modules that are not there; () where slides can be read."""
    return tuple(name for name in MODULES if find_spec(name) is None)


def is_installed() -> bool:
    """True where slides can be read."""
    return not missing()
