"""Packages that only the demonstration and the tests use."""

from __future__ import annotations

import importlib.util

from videobatch.errors import SettingsError


def need(module: str) -> None:
    """Returns if the module is installed. Raises SettingsError, which says how to install it."""
    if importlib.util.find_spec(module) is None:
        raise SettingsError(
            f"the demonstration needs the Python package {module}, which is not installed",
            hint="run `make setup-dev`, which installs what developers need",
            code="no_development_packages",
        )
