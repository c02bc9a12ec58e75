"""The Dockerfile's install steps, run as they stand in a folder and an environment of their own."""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import ROOT

pytestmark = pytest.mark.real

LIMIT_S = 600.0
# The Python of the image stands for `python3` there, that of the tests here.
OWN = Path(sys.base_prefix) / "bin"
# No model: it is large, and its packages may be gone.
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{OWN}:{os.environ['PATH']}",
    "VIDEOBATCH_SETUP_MODEL": "none",
}
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")


def copied(source: Path, target: Path) -> None:
    """As COPY does, but for what .dockerignore leaves out."""
    rules = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    left_out = [rule.removeprefix("**/") for rule in rules if rule.startswith("**/")]
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(*left_out))
    elif not any(fnmatch.fnmatch(source.name, rule) for rule in left_out):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def test_the_install_steps_make_an_image_that_runs(tmp_path: Path) -> None:
    app, venv = tmp_path / "app", tmp_path / "venv"
    app.mkdir()
    builder = DOCKERFILE[DOCKERFILE.index("FROM ") : DOCKERFILE.rindex("\nFROM ")]
    steps = 0
    for line in builder.splitlines():
        if found := re.match(r"COPY (\S+) (\S+)$", line):
            name = found[1]
            into = app / found[2]
            copied(ROOT / name, into / Path(name).name if found[2].endswith("/") else into)
        elif line.startswith("RUN "):
            steps += 1
            argv = ["/bin/sh", *line.split()[2:-1], str(venv)]
            assert line.split()[1] == "sh"
            done = subprocess.run(
                argv, cwd=app, env=ENVIRONMENT, capture_output=True, text=True, timeout=LIMIT_S
            )
            assert done.returncode == 0, done.stdout + done.stderr
    assert steps == 3
    program = venv / "bin" / "videobatch"
    done = subprocess.run(
        [program, "--version"], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.stdout.startswith("videobatch "), done.stderr
    # It runs from the copy, whose bytecode is there for whoever may not write it.
    where = "import cli.main, celery_app; print(cli.main.__file__)"
    asked = [str(venv / "bin" / "python"), "-c", where]
    done = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == str(app / "cli" / "main.py"), done.stderr
    assert list((app / "cli" / "__pycache__").glob("main.*.pyc"))
    # Nothing of a developer's is in it.
    listing = [str(venv / "bin" / "pip"), "list", "--format=freeze"]
    names = subprocess.run(listing, capture_output=True, text=True, timeout=300).stdout
    assert "celery==" in names
    assert "pytest" not in names
