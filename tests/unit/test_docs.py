"""What the documents say of settings, commands, templates, places and files is true."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel
from typer import Typer
from typer.core import TyperGroup
from typer.main import get_command

from cli.main import make_app
from cli.mend.dead import dead
from config.settings import PROJECT_ROOT, Settings
from controllers.policy.alert_rules import Thresholds, rules_of
from videobatch.pipeline.templates import load_templates
from videobatch.records import RemarkCode

SETTING = re.compile(r"^\| `(VIDEOBATCH_[A-Z_]+)` \| (.+?) \| .+ \|$", re.MULTILINE)
TEMPLATE = re.compile(r"^\| `(\w+)` \| .+ \| `(.+)` \|$", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)[^)]*\)")
SEED_ROW = re.compile(r"^\| (?!seed |---)(.+) \| (.+) \| (.+) \|$", re.MULTILINE)
PLACE = re.compile(r"`([\w./]+\.\w+)::(\w+)`")
DOCUMENTS = [
    path
    for pattern in ("*.md", "docs/**/*.md")
    for path in sorted(PROJECT_ROOT.glob(pattern))
    # The gallery's documents were made of videos that are not there; its own tests read them.
    if not {"offline", "written"} & set(path.relative_to(PROJECT_ROOT).parts)
]


def text(name: str) -> str:
    return (PROJECT_ROOT / name).read_text(encoding="utf-8")


def section(document: str, title: str) -> str:
    """What stands below a heading of the second level."""
    return document.split(f"\n## {title}\n")[1].split("\n## ")[0]


def settings(model: type[BaseModel], prefix: str = "VIDEOBATCH_") -> Iterator[tuple[str, object]]:
    """Every setting's name and default."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from settings(field.annotation, f"{prefix}{name.upper()}__")
        else:
            yield prefix + name.upper(), field.default


def shown(default: object) -> str:
    """A default as the documents show it."""
    if default is None or default in ({}, ()):
        return "none"
    return str(default).lower() if isinstance(default, bool) else str(default)


def test_the_list_of_settings_is_whole_and_right() -> None:
    listed = SETTING.findall(text("docs/reference/settings.md"))
    expected = {name: shown(default) for name, default in settings(Settings)}
    expected["VIDEOBATCH_HOME"] = ".videobatch in the project's root"
    expected["VIDEOBATCH_SPEECH__MODELS_DIR"] = ".videobatch/models in the project's root"
    assert {name: default.replace("`", "") for name, default in listed} == expected
    assert len(listed) == len(expected)


def test_the_readme_names_no_setting_that_is_not_there() -> None:
    named = set(re.findall(r"VIDEOBATCH_[A-Z_]*[A-Z]", text("README.md")))
    assert named <= {name for name, _ in settings(Settings)}


def options() -> Mapping[str, set[str]]:
    """Each command's options, with those of its subcommands."""
    found: dict[str, set[str]] = {}
    for name, command in group(make_app(())).commands.items():
        inner = command.commands.values() if isinstance(command, TyperGroup) else ()
        found[name] = {
            option
            for each in (command, *inner)
            for parameter in each.params
            for option in parameter.opts
        }
    return found


def group(typed: Typer) -> TyperGroup:
    found = get_command(typed)
    assert isinstance(found, TyperGroup)
    return found


def test_the_readme_names_every_command_and_no_other() -> None:
    rows = re.findall(r"^\| (`.+?`) \| ", section(text("README.md"), "The commands"), re.MULTILINE)
    named = [each.split()[0] for row in rows for each in re.findall(r"`([^`]+)`", row)]
    assert sorted(named) == sorted(options())


def test_the_options_of_the_readme_are_options_of_its_commands() -> None:
    for row in re.findall(r"^\| (`.+)", section(text("README.md"), "The commands"), re.MULTILINE):
        names = re.findall(r"`(\w+)[^`]*`", row.split(" | ")[0])
        known = set[str]().union(*(options()[name] for name in names))
        assert set(re.findall(r"--[a-z]+", row)) <= known, row


def test_subcommands_of_the_readme_are_there() -> None:
    named = re.search(r"`dead ([a-z|\\]+)`", text("README.md"))
    assert named
    assert named[1].split("\\|") == list(group(dead).commands)


def test_the_readme_names_every_template_with_its_parameters() -> None:
    listed = TEMPLATE.findall(section(text("README.md"), "Templates"))
    assert dict(listed) == {
        name: " ".join(f"{key}={shown(each.default)}" for key, each in found.parameters.items())
        for name, found in load_templates().items()
    }


def test_the_list_of_remarks_is_whole() -> None:
    listed = re.findall(
        r"^\| `(\w+)` \| .+ \| .+ \|$", text("docs/reference/remarks.md"), re.MULTILINE
    )
    assert listed == sorted(code.value for code in RemarkCode)


def test_every_alert_of_a_reading_stands_in_the_page_on_the_controller() -> None:
    listed = re.findall(r"`(\w+)`", section(text("docs/background/controller.md"), "Alerts"))
    assert rules_of(Thresholds()).keys() <= set(listed)


def is_defined(name: str, source: str) -> bool:
    """True where a line of Python or Lua gives something this name."""
    line = rf"^\s*((def|class|local function) {name}\b|{name}\s*[:=])"
    return re.search(line, source, re.MULTILINE) is not None


def test_places_of_the_seed_exist() -> None:
    rows = SEED_ROW.findall(text("docs/seed.md"))
    assert {status for _, status, _ in rows} == {"here", "in part", "planned"}
    for seed, status, place in rows:
        assert status == "planned" or PLACE.search(place), f"{seed}: no place is named"
        for file, name in PLACE.findall(place):
            assert is_defined(name, text(file)), f"{seed}: {file}::{name}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_places_that_documents_name_exist(path: Path) -> None:
    for file, name in PLACE.findall(path.read_text(encoding="utf-8")):
        assert is_defined(name, text(file)), f"{path.name}: {file}::{name}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files(path: Path) -> None:
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{path.name}: {target}"
