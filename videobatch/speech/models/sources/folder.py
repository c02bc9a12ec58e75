"""A model from a folder that somebody has: a stick, a share, a download made by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

from videobatch.errors import PermanentError
from videobatch.speech.models.catalogue import Model
from videobatch.speech.models.progress import Progress


class FolderSource:
    """Copies a model's files out of a folder; they are verified like any others."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = str(folder)

    def has(self, model: Model) -> bool:
        """True: a folder is asked when somebody names it."""
        return True

    def fill(self, model: Model, part: Path, progress: Progress) -> None:
        """Copies the files. Raises PermanentError where one is missing."""
        done_bytes = 0
        for file in model.files:
            source = self._folder / file.name
            if not source.is_file():
                raise PermanentError(f"there is no {file.name}", code="model_incomplete")
            shutil.copyfile(source, part / file.name)
            done_bytes += file.size_bytes
            progress.report(done_bytes, model.size_bytes)
