"""Parameters of a template as the user gave them, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from videobatch.errors import SettingsError
from videobatch.pipeline.templates.definition import NOUNS, Parameter, Scalar, Template
from videobatch.pipeline.templates.rendering import BodyError, check_trial

TRUE = frozenset({"true", "yes", "on", "1"})
FALSE = frozenset({"false", "no", "off", "0"})


def check_params(template: Template, given: Mapping[str, str]) -> dict[str, Any]:
    """Every parameter of the template with its value: what was given, else the default.

    Raises SettingsError that names the template's file, the parameter and what is allowed, and if
    the body takes too much with them.
    """
    unknown = sorted(set(given) - set(template.parameters))
    if unknown:
        known = ", ".join(template.parameters) or "none"
        raise SettingsError(
            f"template {template.name} ({template.path}) has no parameter {unknown[0]!r}",
            hint=f"its parameters: {known}",
        )
    values = {
        name: _value(template, name, parameter, given[name]) if name in given else parameter.default
        for name, parameter in template.parameters.items()
    }
    try:
        check_trial(template, values)
    except BodyError as error:
        raise SettingsError(
            f"template {template.name} ({template.path}): with these parameters {error}",
            hint="choose smaller ones, or let the template's body make less",
        ) from error
    return values


def _value(template: Template, name: str, parameter: Parameter, text: str) -> Scalar:
    try:
        value = _parsed(parameter.type, text.strip())
        problem = parameter.problem(value)
    except ValueError:
        problem = f"must be {NOUNS[parameter.type]}, and is {text!r}"
    if problem is not None:
        raise SettingsError(
            f"template {template.name} ({template.path}): parameter {name} {problem}",
            hint=parameter.help,
        )
    return value


def _parsed(kind: str, text: str) -> Scalar:
    if kind == "int":
        return int(text)
    if kind == "float":
        value = float(text)
        if value != value or value in (float("inf"), float("-inf")):
            raise ValueError(text)
        return value
    if kind == "bool":
        if text.lower() in TRUE | FALSE:
            return text.lower() in TRUE
        raise ValueError(text)
    return text
