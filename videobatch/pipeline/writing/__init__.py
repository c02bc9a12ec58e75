"""Documents written by a language model, for templates that ask for it."""

from __future__ import annotations

from videobatch.pipeline.writing.asking import write
from videobatch.pipeline.writing.task import Task

__all__ = ["Task", "write"]
