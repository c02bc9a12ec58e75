"""Folders by their names outside, for a command that runs in a container.

`make submit` hands over what the person named on the machine; docker-compose.yml says which folders
of the machine are where in the container.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from videobatch.errors import SettingsError
from videobatch.paths import display

# The folder in which the command was given, and the home folder of who gave it.
FROM, HOME = "VIDEOBATCH_SUBMIT_FROM", "VIDEOBATCH_SUBMIT_HOME"
# The umask of who gave it, as `umask` tells it.
UMASK = "VIDEOBATCH_SUBMIT_UMASK"
# JSON: folder outside -> folder inside.
MOUNTS = "VIDEOBATCH_SUBMIT_MOUNTS"


def take_umask(environment: Mapping[str, str] = os.environ) -> None:
    """Lets this process write as the person outside would. Raises nothing: what is no umask is
    passed over."""
    with suppress(ValueError, KeyError):
        os.umask(int(environment[UMASK], 8) & 0o777)


def inside(path: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """The path in this container of a path outside; unchanged where no container is meant. Raises
    SettingsError for one that is in none of the folders that the container has."""
    if not environment.get(FROM):
        return path
    whole = _absolute(os.fspath(path), environment)
    mounts = _mounts(environment)
    for outer, inner in mounts.items():
        if whole == outer or whole.is_relative_to(outer):
            return Path(inner) / whole.relative_to(outer)
    told = " and ".join(display(outer) for outer in mounts)
    raise SettingsError(
        f"{display(whole)} is not mounted: the containers have {told} alone",
        hint="set VIDEOS (or DOCUMENTS) in .env to a folder above it, repeat "
        "`docker compose up -d`, and submit again",
    )


def shown(path: Path, environment: Mapping[str, str] = os.environ) -> str:
    """The path as a person outside knows it, safe to show."""
    if environment.get(FROM):
        for outer, inner in _mounts(environment).items():
            if path.is_relative_to(inner):
                return display(outer / path.relative_to(inner))
    return display(path)


def _mounts(environment: Mapping[str, str]) -> dict[PurePosixPath, str]:
    """Folders inside by their names outside, the longest first."""
    text = environment.get(MOUNTS, "{}")
    try:
        found = json.loads(text)
        named = {_absolute(outer, environment): str(inner) for outer, inner in found.items()}
    except (ValueError, AttributeError, TypeError):
        raise SettingsError(
            f"the folders of the containers cannot be read: {display(text)}",
            hint="VIDEOS and DOCUMENTS in .env must hold no quotes",
        ) from None
    return dict(sorted(named.items(), key=lambda pair: -len(pair[0].parts)))


def _absolute(text: str, environment: Mapping[str, str]) -> PurePosixPath:
    if text == "~" or text.startswith("~/"):
        text = environment.get(HOME, "") + text[1:]
    # Links cannot be followed from in here.
    return PurePosixPath(os.path.normpath(os.path.join(environment[FROM], text)))  # noqa: PTH118
