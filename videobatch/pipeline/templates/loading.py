"""Templates from their files, refused with file and line when something is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from pydantic import ValidationError

from videobatch.errors import SettingsError
from videobatch.pipeline.sections.kinds import KINDS
from videobatch.pipeline.templates.definition import Template
from videobatch.pipeline.templates.rendering import BodyError, check_body

BUILT_IN = Path(__file__).parent
MOST_BYTES = 500_000


def load_templates(folders: Sequence[Path] = ()) -> Mapping[str, Template]:
    """The built-in templates and those in the user's folders (`*.yaml`, `*.yml`), by name.

    A name belongs to one file: a user's template that takes a name twice, or that of a built-in
    one, is refused, so that a document's template is never in doubt. Raises SettingsError, with
    file and line, for a template that is broken.
    """
    found: dict[str, Template] = {}
    for folder in (BUILT_IN, *folders):
        for path in _files(folder):
            template = load_template(path)
            if template.name in found:
                raise SettingsError(
                    f"{path}: the name {template.name} is taken by {found[template.name].path}",
                    hint="give this template another name",
                )
            found[template.name] = template
    return MappingProxyType(found)


def find_named(name: str, folders: Sequence[Path] = ()) -> Template | None:
    """The template of that name, or None; raises as `load_templates`.

    Where no folder is given, no more is read than that one: the file of a built-in template has its
    name.
    """
    if folders:
        return load_templates(folders).get(name)
    return next((load_template(path) for path in _files(BUILT_IN) if path.stem == name), None)


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise SettingsError(
            f"there is no template folder {folder}", hint="check VIDEOBATCH_TEMPLATES_DIR"
        )
    return sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml") and p.is_file())


def load_template(path: Path) -> Template:
    """The template in the file. Raises SettingsError with file and line."""
    try:
        content = path.read_bytes()
        if len(content) > MOST_BYTES:
            raise _broken(path, 1, f"longer than {MOST_BYTES} bytes")
        node, fields = _parsed(content)
    except OSError as error:
        raise _broken(path, 1, f"cannot be read: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise _broken(path, line, f"is not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _broken(path, 1, f"is not YAML: {error}") from error
    if not isinstance(fields, dict) or not isinstance(node, yaml.MappingNode):
        raise _broken(path, 1, "must be a mapping with name, title, description, ...")
    return _checked(path, content, node, fields)


def _parsed(content: bytes) -> tuple[yaml.Node | None, Any]:
    """The file's nodes, which know their lines, and what they say."""
    loader = yaml.SafeLoader(content)
    try:
        node = loader.get_single_node()
        return node, None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()


def _checked(
    path: Path, content: bytes, node: yaml.MappingNode, fields: dict[Any, Any]
) -> Template:
    own = {"content_hash": hashlib.sha256(content).hexdigest(), "path": str(path)}
    try:
        template = Template.model_validate({**fields, **own})
        check_body(template)
        _check_kinds(path, node, template)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "template"
        said = first["msg"].removeprefix("Value error, ")
        raise _broken(path, _line(node, first["loc"]), f"{where}: {said}") from error
    except BodyError as error:
        # In a block (`body: |`) the text begins on the line after the key.
        line = _line(node, ("body",)) + error.line
        raise _broken(path, line, f"body: {error}") from error
    return template


def _check_kinds(path: Path, node: yaml.Node, template: Template) -> None:
    defaults = {name: parameter.default for name, parameter in template.parameters.items()}
    for number, section in enumerate(template.sections):
        if section.kind not in KINDS:
            line = _line(node, ("sections", number, "kind"))
            raise _broken(
                path, line, f"there is no kind {section.kind!r}; there are: {', '.join(KINDS)}"
            )
        try:
            problem = KINDS[section.kind].problem(template.options_of(section, defaults))
        except KeyError as error:
            problem = f"there is no parameter {error.args[0]!r}"
        if problem is not None:
            line = _line(node, ("sections", number, "options"))
            raise _broken(path, line, f"section {section.id}: {problem}")


def _line(node: yaml.Node, loc: Sequence[int | str]) -> int:
    """The line of the field, or of the nearest one around it."""
    line = node.start_mark.line + 1
    for step in loc:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            if step >= len(node.value):
                break
            node = node.value[step]
            line = node.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode):
            pair = next((p for p in node.value if p[0].value == str(step)), None)
            if pair is None:
                continue
            line, node = pair[0].start_mark.line + 1, pair[1]
    return line


def _broken(path: Path, line: int, problem: str) -> SettingsError:
    return SettingsError(
        f"{path}:{line}: {problem}", hint="docs/reference/templates.md has the schema"
    )
