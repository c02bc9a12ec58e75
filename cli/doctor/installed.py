"""Checks the installation: Python, the packages, and the programs of the system that are used."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from importlib.util import find_spec

from cli.doctor.check import Check, bad, well

DISTRIBUTION = "videobatch"
LEAST_PYTHON = (3, 11)
# What a package's metadata cannot tell: that its files are still there.
MODULES = ("av", "celery", "numpy", "pocketsphinx")
PROGRAMS = ("sh", "nice")
SET_UP = "run `make setup`"


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Iterator[Check]:
    """Checks that this Python is new enough."""
    found = f"{'.'.join(map(str, version))} on {platform.system()}, {sys.executable}"
    if version >= LEAST_PYTHON:
        yield well("python", found)
    else:
        yield bad("python", found, "install Python 3.11 or newer, remove .venv, run `make setup`")


def packages() -> Iterator[Check]:
    """Checks that the packages that videobatch asks for are there, in versions that it takes."""
    try:
        wanted = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        yield bad("packages", "videobatch is not installed in this Python", SET_UP)
        return
    problems = [*unmet(wanted, metadata.version), *absent(MODULES)]
    if problems:
        yield bad("packages", "; ".join(problems), SET_UP)
    else:
        yield well("packages", f"all {len(wanted)} that are asked for are there")


def unmet(wanted: Iterable[str], version: Callable[[str], str]) -> Iterator[str]:
    """The fault of each requirement that applies here and is not satisfied, in words.

    `version` returns what is installed, or raises importlib.metadata.PackageNotFoundError.
    """
    from packaging.requirements import Requirement

    for text in wanted:
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(requirement.name)
        except metadata.PackageNotFoundError:
            yield f"{requirement.name} is missing"
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            yield f"{requirement.name} is {found}, not {requirement.specifier}"


def absent(modules: Iterable[str]) -> Iterator[str]:
    """The modules that cannot be found; none is imported."""
    return (f"module {name} is missing" for name in modules if find_spec(name) is None)


def programs(search_path: str | None = None) -> Iterator[Check]:
    """Checks that the programs of the system are there that start the local stack's own."""
    missing = [name for name in PROGRAMS if not shutil.which(name, path=search_path)]
    if missing:
        hint = "install your system's core utilities, or put them on the PATH"
        yield bad("programs", f"not on the PATH: {', '.join(missing)}", hint)
    else:
        yield well("programs", f"{' and '.join(PROGRAMS)} are there")
