"""What a language model writes of a video, for templates that ask for it."""

from __future__ import annotations

from videobatch.pipeline.writing.asking import Task, write

__all__ = ["Task", "write"]
