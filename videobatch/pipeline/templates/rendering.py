"""The body of a template: a Jinja document in a sandbox, without files or includes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from videobatch.errors import SettingsError
from videobatch.pipeline.templates.schema import Template

# What a body may use. Texts are escaped for Markdown already.
NAMES = frozenset(
    {"title", "source", "duration", "notes", "sections", "section", "params", "language", "stamp"}
)
MOST_REPEATS = 1_000


class BodyError(Exception):
    """A body that is no good; `line` counts from 1 within it."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


class _Sandbox(ImmutableSandboxedEnvironment):
    """Refuses what makes much of little: `**`, and `*` on anything but numbers."""

    intercepted_binops = frozenset({"**", "*", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator == "**" or not numbers:
            raise SecurityError(f"the operator {operator} is not allowed here")
        return super().call_binop(context, operator, left, right)


def _environment() -> _Sandbox:
    # Documents are Markdown, so HTML escaping would spoil them; texts arrive escaped.
    sandbox = _Sandbox(
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for name in ("center", "format", "indent", "pprint", "xmlattr", "urlize"):
        del sandbox.filters[name]
    for name in ("lipsum", "cycler", "joiner", "namespace"):
        del sandbox.globals[name]
    return sandbox


def render_body(template: Template, context: Mapping[str, Any]) -> str:
    """The document's text below its front matter. Raises SettingsError if the body fails or makes
    more than the template's limit."""
    most = template.limits.document_chars
    parts: list[str] = []
    length = 0
    try:
        for part in _environment().from_string(template.body).generate(dict(context)):
            length += len(part)
            if length > most:
                raise SettingsError(
                    f"template {template.name} ({template.path}): "
                    f"the document is longer than {most} characters",
                    hint="raise limits.document_chars in the template",
                )
            parts.append(part)
    except (TemplateError, ArithmeticError, TypeError, ValueError, LookupError) as error:
        raise SettingsError(
            f"template {template.name} ({template.path}): its body fails: {error}"
        ) from error
    return "".join(parts)


def check_body(template: Template) -> None:
    """Raises BodyError if the body is not Jinja, reads another file or uses an unknown name."""
    sandbox = _environment()
    try:
        tree = sandbox.parse(template.body)
        unknown = meta.find_undeclared_variables(tree) - NAMES - set(sandbox.globals)
    except TemplateSyntaxError as error:
        raise BodyError(error.message or "is not Jinja", error.lineno) from error
    except TemplateError as error:
        raise BodyError(str(error)) from error
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        raise BodyError("include, import and extends are not allowed", node.lineno)
    for name in tree.find_all(nodes.Name):
        if name.name in unknown:
            allowed = ", ".join(sorted(NAMES))
            raise BodyError(f"there is no {name.name!r}; there are: {allowed}", name.lineno)
    known = {section.id for section in template.sections}
    for attribute in tree.find_all(nodes.Getattr):
        if isinstance(attribute.node, nodes.Name):
            _check_attribute(attribute, attribute.node.name, template, known)


def _check_attribute(
    found: nodes.Getattr, owner: str, template: Template, section_ids: set[str]
) -> None:
    if owner == "section" and found.attr not in section_ids:
        raise BodyError(f"there is no section {found.attr!r}", found.lineno)
    if owner == "params" and found.attr not in template.parameters:
        raise BodyError(f"there is no parameter {found.attr!r}", found.lineno)
