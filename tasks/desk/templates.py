"""The templates of a child, as its machine has them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from videobatch.errors import SettingsError
from videobatch.pipeline.templates import Template, load_templates


class Templates:
    """The templates as this worker finds them; read again when a job names a newer one."""

    def __init__(self, folder: Path | None) -> None:
        self._folders = [folder] if folder else []
        self._loaded: Mapping[str, Template] = {}

    def get(self, name: str, content_hash: str) -> Template:
        """Raises SettingsError where the file is not the one that was submitted."""
        if not self._has(name, content_hash):
            self._loaded = load_templates(self._folders)
        if not self._has(name, content_hash):
            raise SettingsError(
                f"the template {name} of this worker is not the one that was submitted",
                hint="give every worker the same VIDEOBATCH_TEMPLATES_DIR, and submit again",
            )
        return self._loaded[name]

    def _has(self, name: str, content_hash: str) -> bool:
        return name in self._loaded and self._loaded[name].content_hash == content_hash
