"""Kinds of values that settings are made of, and the files that they are read from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit, urlunsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

PROJECT_ROOT = Path(__file__).resolve().parent.parent
ENV_FILE = PROJECT_ROOT / ".env"
TOML_FILE = PROJECT_ROOT / "videobatch.toml"


class SettingsSection(BaseModel):
    """A group of settings: frozen, and no other name is taken."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _rooted(path: Path) -> Path:
    return PROJECT_ROOT / path.expanduser()


RootedPath = Annotated[Path, AfterValidator(_rooted)]
"""`~` is the home folder; a relative path starts at the project's root, in every process."""

ProviderName = Literal["offline", "openai", "gemini"]
"""Who hears and writes: nobody but this machine, or one of `videobatch/providers/catalog.py`."""

Account = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")]

Elsewhere = Annotated[None, BeforeValidator(lambda _: None)]
"""A secret that only `ProviderAccess` reads: settings are read by every process."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("no such time zone; one is America/Los_Angeles") from error
    return name


ZoneName = Annotated[str, AfterValidator(_zone)]
"""A time zone that this machine knows."""


def _folders(found: dict[str, Path]) -> dict[str, Path]:
    for there, here in found.items():
        if not (there.startswith("/") and here.is_absolute()):
            raise ValueError("each folder is an absolute path")
    return found


FolderMap = Annotated[dict[str, Path], AfterValidator(_folders)]
"""Absolute folders by the names that they have elsewhere."""


def read_secret(path: Path) -> str:
    """The text of a secret's file, without the line's end. Raises ValueError."""
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot be read: {error}") from error


def with_password(url: str, path: Path) -> str:
    """The address of Redis with the password of that file. Raises ValueError where it holds one
    already."""
    parts = urlsplit(url)
    if parts.password is not None:
        raise ValueError("VIDEOBATCH_REDIS_URL holds a password, and so does the file: name one")
    host = parts.netloc.rpartition("@")[2]
    user = quote(parts.username or "", safe="")
    netloc = f"{user}:{quote(read_secret(path), safe='')}@{host}"
    return urlunsplit(parts._replace(netloc=netloc))
