"""Checks the settings. No value is ever shown: it might be a secret."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tomllib import TOMLDecodeError

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cli.doctor.check import Check, bad, warn, well
from cli.stack.environment import IGNORED_PREFIXES
from config.settings import Settings, load_settings

PREFIX = "VIDEOBATCH_"
# docker-compose.yml reads these, and the chaos suite.
OTHERS = ("VIDEOBATCH_REDIS_PASSWORD", "VIDEOBATCH_FLOWER_", "VIDEOBATCH_CHAOS_")
PLACES = "the environment, .env or videobatch.toml"


@dataclass(frozen=True, slots=True)
class CheckedSettings:
    """The settings to go on with, if they could be read at all, and the check of them.

    A setting that is not valid has its default, so that the rest can still be checked.
    """

    settings: Settings | None
    check: Check


def read_settings(environment: Mapping[str, str] = os.environ) -> CheckedSettings:
    """The settings as far as they are valid, and what is wrong with the others."""
    try:
        settings = load_settings()
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        found = "; ".join(map(describe, problems))
        hint = f"correct it in {PLACES}; the checks below take the default"
        return CheckedSettings(_without(problems), bad("settings", found, hint))
    except (ValueError, OSError) as error:
        return CheckedSettings(None, _unreadable(error))
    names = unknown(environment)
    if names:
        hint = f"correct the spelling, or unset {'it' if len(names) == 1 else 'them'}"
        return CheckedSettings(settings, warn("settings", f"there is no {', '.join(names)}", hint))
    return CheckedSettings(settings, well("settings", f"valid, read from {', '.join(_places())}"))


def describe(problem: ErrorDetails) -> str:
    """The name of the setting as the environment spells it, and what is wrong with it."""
    name = PREFIX + "__".join(str(part).upper() for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"there is no setting {name}"
    return f"{name}: {problem['msg']}"


def unknown(environment: Iterable[str]) -> list[str]:
    """The names in the environment that look like settings and are none."""
    names = (name for name in environment if name.upper().startswith(PREFIX))
    return sorted(
        name
        for name in names
        if not name.upper().startswith((*IGNORED_PREFIXES, *OTHERS))
        and name.upper().removeprefix(PREFIX).split("__")[0].lower() not in Settings.model_fields
    )


def _without(problems: Iterable[ErrorDetails]) -> Settings | None:
    fields = Settings.model_fields
    names = {str(problem["loc"][0]) for problem in problems if problem["loc"]}
    defaults = {n: fields[n].get_default(call_default_factory=True) for n in names if n in fields}
    try:
        return Settings(**defaults)
    except ValidationError:
        return None


def _unreadable(error: Exception) -> Check:
    # pydantic-settings names the setting, tomllib line and column; neither shows a value.
    file = "videobatch.toml: " if isinstance(error, TOMLDecodeError) else ""
    hint = f"mend it in {PLACES}; what depends on settings was not checked"
    return bad("settings", f"cannot be read: {file}{error}", hint)


def _places() -> list[str]:
    files = (Settings.model_config.get("env_file"), Settings.model_config.get("toml_file"))
    names = [file.name for file in files if isinstance(file, Path) and file.is_file()]
    return ["the environment", *names]
