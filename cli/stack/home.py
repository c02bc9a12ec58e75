"""The folder in which the local stack keeps its data, logs, run files and secrets."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.stack.errors import StackError

# The shortest sockaddr_un of the systems we run on (macOS) takes 104 bytes with its final
# NUL; supervisord binds the name with `.<pid>` behind it first.
SOCKET_NAME_BYTES = 103 - len(".4194304")


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one local stack. All that is written there is for its owner alone."""

    root: Path

    @property
    def redis(self) -> Path:
        return self.root / "redis"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def change_lock(self) -> Path:
        """The lock that is held by whoever starts or ends the stack."""
        return self.run / "change.lock"

    @property
    def alive_lock(self) -> Path:
        """The lock that supervisord holds while it lives, so that no pid is ever trusted."""
        return self.run / "alive.lock"

    @property
    def record(self) -> Path:
        """The record of what runs, written once it is ready and removed before it ends."""
        return self.run / "stack.json"

    @property
    def choices(self) -> Path:
        """Ports and server binary, kept across restarts."""
        return self.run / "choices.json"

    @property
    def mark(self) -> str:
        """The value of VIDEOBATCH_STACK by which processes of this stack are known."""
        return hashlib.sha256(
            f"{os.getuid()}:{self.root}".encode(errors="surrogateescape")
        ).hexdigest()[:16]

    @property
    def socket(self) -> Path:
        """The socket of supervisord: in `run/`, or in a private folder if that name is too long."""
        return self._socket("stack.sock", f"{self.mark}.sock")

    @property
    def speech_socket(self) -> Path:
        """The socket of the recogniser, likewise."""
        return self._socket("speech.sock", f"{self.mark}-speech.sock")

    def _socket(self, name: str, short_name: str) -> Path:
        near = self.run / name
        if len(os.fsencode(near)) <= SOCKET_NAME_BYTES:
            return near
        return _short_folder() / short_name

    def create(self) -> None:
        """Makes the folders. Safe to repeat. Raises StackError if they cannot be made."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.redis, self.logs, self.run, self.secrets):
                folder.mkdir(mode=0o700, exist_ok=True)
                folder.chmod(0o700)
        except OSError as error:
            raise StackError(
                f"cannot write to the stack's folder {self.root}: {error.strerror}",
                hint="set VIDEOBATCH_HOME to a folder of your own",
            ) from error

    def secret(self, name: str) -> str:
        """The stored secret of that name; a new random one is made when there is none."""
        path = self.secrets / name
        try:
            stored = path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            stored = ""
        if not stored:
            stored = secrets.token_urlsafe(24)
            write_private(path, stored + "\n")
        return stored


def open_home(root: Path) -> Home:
    """The stack folder at `root`, by its real path, so that each spelling finds the same stack."""
    return Home(root.expanduser().resolve())


def write_private(path: Path, text: str, mode: int = 0o600) -> None:
    """Replaces a file by one that only its owner can read. Safe to repeat."""
    fd, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(fd, "w", encoding="utf-8", errors="surrogateescape") as file:
            os.fchmod(fd, mode)
            file.write(text)
            file.flush()
            os.fsync(fd)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any]:
    """The values that `write_json` wrote; empty if the file is missing or broken, as after a
    power cut."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Replaces a private JSON file. Safe to repeat."""
    write_private(path, json.dumps(dict(values), indent=1, sort_keys=True) + "\n")


def _short_folder() -> Path:
    # Whose it is, and who may enter it, is checked below.
    folder = Path("/tmp") / f"videobatch-{os.getuid()}"  # noqa: S108 # nosec B108
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise StackError(
            f"{folder} belongs to somebody else",
            hint="set VIDEOBATCH_HOME to a folder with a shorter path",
        )
    folder.chmod(0o700)
    return folder
