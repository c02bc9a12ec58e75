"""The body of a template: a Jinja document in a sandbox, without files or includes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.exceptions import SecurityError

from videobatch.errors import SettingsError
from videobatch.pipeline.templates.budget import OverBudgetError, RenderBudget
from videobatch.pipeline.templates.definition import Template
from videobatch.pipeline.templates.sandbox import Sandbox

# What a body may use. Texts are escaped for Markdown already.
NAMES = frozenset(
    {"title", "source", "duration", "notes", "sections", "section", "params", "language", "stamp"}
)
# Python compiles no more than so many blocks in each other, and reads no deeper.
MOST_NODES, MOST_DEPTH = 10_000, 80

# The longest text on the way to a document, and all of them together, beside the document's limit.
LEAST_VALUE_CHARS, TEXTS = 8_000_000, 4
STEPS, CPU_S = 500_000, 20.0
# For a sample of a few lines, when the template is loaded.
TRIAL_CHARS, TRIAL_STEPS, TRIAL_CPU_S = 2_000_000, 100_000, 5.0

_HINT = "let the body make less; docs/reference/templates.md tells what a rendering may take"


class BodyError(Exception):
    """A body that is no good; `line` counts from 1 within it."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class _SampleSection:
    id: str
    title: str
    text: str


def render_body(template: Template, context: Mapping[str, Any]) -> str:
    """The document's text below its front matter. Raises SettingsError if the body fails, makes
    more than the template's limit, or takes more than any rendering may."""
    value_chars = max(LEAST_VALUE_CHARS, template.limits.document_chars)
    budget = RenderBudget(STEPS, value_chars, TEXTS * value_chars, CPU_S)
    try:
        return _rendered(template, context, budget)
    except OverBudgetError as error:
        raise _failed(template, str(error), _HINT) from error
    except (MemoryError, RecursionError, SyntaxError) as error:
        raise _failed(template, "it is nested too deeply or asks for too much", _HINT) from error
    except (TemplateError, ArithmeticError, TypeError, ValueError, LookupError) as error:
        raise _failed(template, str(error)) from error


def _failed(template: Template, why: str, hint: str = "") -> SettingsError:
    message = f"template {template.name} ({template.path}): its body fails: {why}"
    return SettingsError(message, hint=hint)


def _rendered(template: Template, context: Mapping[str, Any], budget: RenderBudget) -> str:
    most = template.limits.document_chars
    parts: list[str] = []
    length = 0
    sandbox = Sandbox(budget, [value for value in context.values() if callable(value)])
    for part in sandbox.from_string(template.body).generate(dict(context)):
        length += len(part)
        budget.step()
        if length > most:
            raise SettingsError(
                f"template {template.name} ({template.path}): "
                f"the document is longer than {most} characters",
                hint="raise limits.document_chars in the template",
            )
        parts.append(part)
    return "".join(parts)


def check_body(template: Template) -> None:
    """Raises BodyError if the body is not Jinja, reads another file, uses an unknown name, or
    takes too much of a small sample."""
    sandbox = _trial_sandbox()
    try:
        tree = sandbox.parse(template.body)
        _check_size(tree)
        unknown = meta.find_undeclared_variables(tree) - NAMES - set(sandbox.globals)
    except TemplateSyntaxError as error:
        raise BodyError(error.message or "is not Jinja", error.lineno) from error
    except TemplateError as error:
        raise BodyError(str(error)) from error
    except (RecursionError, MemoryError) as error:
        raise BodyError("is nested too deeply") from error
    except (ValueError, OverflowError) as error:
        raise BodyError(f"holds a value that is none: {error}") from error
    _check_nodes(template, tree, unknown)
    check_trial(template, {name: each.default for name, each in template.parameters.items()})


def _check_nodes(template: Template, tree: nodes.Template, unknown: set[str]) -> None:
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        raise BodyError("include, import and extends are not allowed", node.lineno)
    for loop in tree.find_all(nodes.For):
        if loop.recursive:
            raise BodyError("recursive loops are not allowed", loop.lineno)
    for name in tree.find_all(nodes.Name):
        if name.name in unknown:
            allowed = ", ".join(sorted(NAMES))
            raise BodyError(f"there is no {name.name!r}; there are: {allowed}", name.lineno)
    known = {section.id for section in template.sections}
    for attribute in tree.find_all(nodes.Getattr):
        if isinstance(attribute.node, nodes.Name):
            _check_attribute(attribute, attribute.node.name, template, known)


def _check_size(tree: nodes.Template) -> None:
    """Raises BodyError for a body of too many parts, or with parts too deep in each other. Goes
    through them without recursion, of which a hostile one would take too much."""
    waiting: list[tuple[nodes.Node, int]] = [(tree, 0)]
    count = 0
    while waiting:
        node, depth = waiting.pop()
        count += 1
        if depth > MOST_DEPTH:
            raise BodyError("is nested too deeply", node.lineno)
        if count > MOST_NODES:
            raise BodyError(f"has more than {MOST_NODES} parts", node.lineno)
        waiting.extend((child, depth + 1) for child in node.iter_child_nodes())


def _check_attribute(
    found: nodes.Getattr, owner: str, template: Template, section_ids: set[str]
) -> None:
    if owner == "section" and found.attr not in section_ids:
        raise BodyError(f"there is no section {found.attr!r}", found.lineno)
    if owner == "params" and found.attr not in template.parameters:
        raise BodyError(f"there is no parameter {found.attr!r}", found.lineno)


def check_trial(template: Template, params: Mapping[str, Any]) -> None:
    """Renders the body for a small sample with these parameters. Raises BodyError if it takes too
    much, or does what is not allowed; other failures may be the sample's."""
    budget = RenderBudget(TRIAL_STEPS, TRIAL_CHARS, TEXTS * TRIAL_CHARS, TRIAL_CPU_S)
    try:
        _rendered(template, _sample(template, params), budget)
    except SecurityError as error:
        raise BodyError(str(error), _line_of(error)) from error
    except (MemoryError, RecursionError, SyntaxError) as error:
        raise BodyError("is nested too deeply or asks for too much") from error
    except SettingsError as error:
        raise BodyError(error.message.rpartition(": ")[2]) from error
    except (TemplateError, ArithmeticError, TypeError, ValueError, LookupError):
        pass


def _trial_sandbox() -> Sandbox:
    return Sandbox(RenderBudget(TRIAL_STEPS, TRIAL_CHARS, TEXTS * TRIAL_CHARS, TRIAL_CPU_S))


def _sample(template: Template, params: Mapping[str, Any]) -> dict[str, Any]:
    sections = [
        _SampleSection(section.id, section.heading(), f"- A statement of {section.id}.\n")
        for section in template.sections
    ]
    return {
        "title": "A sample",
        "source": "sample.mp4",
        "duration": "01:23",
        "language": "en",
        "notes": ("A note.",),
        "sections": tuple(sections),
        "section": {section.id: section for section in sections},
        "params": dict(params),
        "stamp": _stamp,
    }


def _stamp(seconds: float) -> str:
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"


def _line_of(error: BaseException) -> int:
    """The line of the body in which it was raised."""
    found, line = error.__traceback__, 1
    while found is not None:
        if found.tb_frame.f_code.co_filename == "<template>":
            line = found.tb_lineno
        found = found.tb_next
    return line
