"""What the documents say of settings, options and files is true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from typer.main import get_command

from cli.main import app
from config.settings import PROJECT_ROOT, Settings

ROW = re.compile(r"^\| `(VIDEOBATCH_[A-Z_]+)` \| (.+?) \| .+ \|$", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)[^)]*\)")
DOCUMENTS = [
    path for pattern in ("*.md", "docs/**/*.md") for path in sorted(PROJECT_ROOT.glob(pattern))
]


def settings(model: type[BaseModel], prefix: str = "VIDEOBATCH_") -> Iterator[tuple[str, object]]:
    """Every setting's name and default."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from settings(field.annotation, f"{prefix}{name.upper()}__")
        else:
            yield prefix + name.upper(), field.default


def shown(default: object) -> str:
    """A default as the table shows it."""
    if default is None:
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default}`"


def test_the_list_of_settings_is_whole_and_right() -> None:
    table = dict(ROW.findall((PROJECT_ROOT / "docs" / "settings.md").read_text()))
    expected = {name: shown(default) for name, default in settings(Settings)}
    expected["VIDEOBATCH_HOME"] = "`.videobatch` in the project's root"
    assert table == expected


def test_the_readme_names_every_command_and_no_other() -> None:
    readme = (PROJECT_ROOT / "README.md").read_text()
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    rows = re.findall(r"^\| ((?:`[^`]+`(?:, )?)+) \| ", readme, re.MULTILINE)
    named = {each.split()[0] for row in rows for each in re.findall(r"`([a-z][^`]*)`", row)}
    assert named == commands
    submit = get_command(app).commands["submit"]  # type: ignore[attr-defined]
    options = {option for parameter in submit.params for option in parameter.opts}
    for line in readme.splitlines():
        if line.startswith("| `submit"):
            assert set(re.findall(r"--[a-z]+", line)) <= options


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files(path: Path) -> None:
    for target in LINK.findall(path.read_text()):
        assert (path.parent / target).exists(), f"{path.name}: {target}"
