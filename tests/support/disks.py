"""A small disk of its own, where the machine allows one to be mounted."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """The folder on a disk of that size in memory. Skips the test where mounting is not allowed."""
    folder.mkdir(parents=True)
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None:
        pytest.skip("there is no mount command, so no disk can be filled")
    options = f"size={megabytes}m"
    call = [mount, "-t", "tmpfs", "-o", options, "videobatch-test", str(folder)]
    if subprocess.run(call, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here, so no disk can be filled")
    try:
        yield folder
    finally:
        subprocess.run([umount, "--lazy", str(folder)], check=True, capture_output=True)
