"""Two set-ups at once: one waits for the other, says so, and never without end."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.waiting import wait_for
from videobatch.media.files.folders import locked

ROOT = Path(__file__).parents[2]
LIMIT_S = 60.0


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A checkout with nothing but the scripts."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    (tmp_path / "build").mkdir()
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).touch()
    return tmp_path


def alone(place: Path, *command: str, wait_s: str = "900") -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "scripts/alone.py", "build/setup.lock", *command]
    return run(place, argv, wait_s)


def run(
    place: Path, argv: list[str], wait_s: str, model: str = "none"
) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {
        **os.environ,
        "PATH": path,
        "VIDEOBATCH_SETUP_WAIT_S": wait_s,
        "VIDEOBATCH_SETUP_MODEL": model,
    }
    return subprocess.run(
        argv, cwd=place, env=environment, capture_output=True, text=True, timeout=LIMIT_S
    )


@pytest.fixture
def sleeper(place: Path) -> Iterator[subprocess.Popen[str]]:
    """Another set-up, which hangs, with a child that would outlive it."""
    code = "sleep 600 & echo begun; wait"
    argv = [sys.executable, "scripts/alone.py", "build/setup.lock", "sh", "-c", code, "setup.sh"]
    with subprocess.Popen(
        argv, cwd=place, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as made:
        assert made.stdout is not None
        assert made.stdout.readline() == "begun\n"
        yield made
        with suppress(ProcessLookupError):
            os.killpg(made.pid, 9)


def test_it_runs_the_command_and_gives_its_exit_code(place: Path) -> None:
    ended = alone(place, "sh", "-c", "echo here; exit 3")
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "here\n", "")


def test_who_waits_for_too_long_is_told_for_whom_and_what_to_do(
    place: Path, sleeper: subprocess.Popen[str]
) -> None:
    ended = alone(place, "echo", "not yet", wait_s="0.3")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"process {sleeper.pid} (sh -c" in ended.stderr
    assert "waiting for it" in ended.stderr
    assert "end it (`kill`)" in ended.stderr


def test_what_a_killed_one_started_still_counts_and_then_it_is_free(
    place: Path, sleeper: subprocess.Popen[str]
) -> None:
    os.kill(sleeper.pid, 9)
    sleeper.wait(LIMIT_S)
    ended = alone(place, "echo", "not yet", wait_s="0")
    assert f"what process {sleeper.pid} has started" in ended.stderr
    os.killpg(sleeper.pid, 9)
    free = alone(place, "echo", "now")
    assert (free.returncode, free.stdout) == (0, "now\n")


def test_who_waits_goes_on_when_the_other_has_ended(
    place: Path, sleeper: subprocess.Popen[str]
) -> None:
    argv = [sys.executable, "scripts/alone.py", "build/setup.lock", "echo", "now"]
    log = place / "waiting.log"
    with (
        log.open("w") as said,
        subprocess.Popen(
            argv, cwd=place, stdout=subprocess.PIPE, stderr=said, text=True
        ) as waiting,
    ):
        wait_for(lambda: "waiting for it" in log.read_text(), LIMIT_S, "it waits")
        os.killpg(sleeper.pid, 9)
        assert waiting.stdout is not None
        assert waiting.stdout.read() == "now\n"


def no_pid(busy: Path) -> None:
    """A set-up that was cut off between two lines."""


def of_nobody(busy: Path) -> None:
    (busy / "pid").write_text("")


def of_a_process_that_is_gone(busy: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (busy / "pid").write_text(f"{ended.pid}\n")


def of_another_process(busy: Path) -> None:
    """Its number was given to somebody else."""
    (busy / "pid").write_text(f"{os.getpid()}\n")


@pytest.mark.parametrize(
    "leave", [no_pid, of_nobody, of_a_process_that_is_gone, of_another_process]
)
def test_what_an_earlier_version_left_is_healed(place: Path, leave: object) -> None:
    busy = place / "build" / "setup.busy"
    busy.mkdir()
    assert callable(leave)
    leave(busy)
    ended = alone(place, "echo", "here", wait_s="5")
    assert (ended.returncode, ended.stdout) == (0, "here\n")
    assert not busy.exists()


def test_an_earlier_version_that_is_at_it_is_waited_for(
    place: Path, sleeper: subprocess.Popen[str]
) -> None:
    busy = place / "build" / "setup.busy"
    busy.mkdir()
    (busy / "pid").write_text(f"{sleeper.pid}\n")
    (place / "build" / "setup.lock").unlink()
    ended = alone(place, "echo", "not yet", wait_s="0.3")
    assert ended.returncode == 1
    assert f"process {sleeper.pid}" in ended.stderr
    assert busy.exists()


def test_the_set_up_goes_through_it(place: Path) -> None:
    with (place / "build" / "setup.lock").open("w") as held, locked(held.fileno(), place):
        ended = run(place, SET_UP, "0")
    assert ended.returncode == 1
    assert "is setting up here" in ended.stderr
    assert not (place / ".venv").exists()


SET_UP = ["sh", "scripts/setup.sh", ".venv", "requirements.lock", "build/stamp"]


@pytest.fixture
def stand_in(place: Path) -> Path:
    """A Python for which everything is installed; it keeps what it is asked of models."""
    (place / ".venv" / "bin").mkdir(parents=True)
    made = place / ".venv" / "bin" / "python"
    made.write_text(
        "#!/bin/sh\n"
        'case "$*" in *models*) echo "$*" >>asked; echo "error: gone" >&2; exit 1;; esac\n'
    )
    made.chmod(0o755)
    return made


@pytest.mark.usefixtures("stand_in")
def test_a_model_that_cannot_be_had_is_no_reason_to_fail_and_asked_for_once(place: Path) -> None:
    ended = run(place, SET_UP, "5", "base")
    assert ended.returncode == 0
    assert ended.stderr.splitlines() == [
        "setting up (once, about a minute)…",
        "fetching the speech model base, once…",
        "error: gone",
        "Until it is here (`.venv/bin/videobatch models get base`), speech is heard roughly.",
    ]
    os.utime(place / "build" / "stamp", (0, 0))
    again = run(place, SET_UP, "5", "base")
    assert (again.returncode, again.stderr) == (0, "setting up (once, about a minute)…\n")
    assert (place / "asked").read_text() == "-m cli.main models get --quiet base\n"


@pytest.mark.usefixtures("stand_in")
def test_no_model_is_fetched_where_it_is_here_or_nobody_wants_it(place: Path) -> None:
    assert run(place, SET_UP, "5", "none").returncode == 0
    os.utime(place / "build" / "stamp", (0, 0))
    (place / ".videobatch" / "models" / "base").mkdir(parents=True)
    assert run(place, SET_UP, "5", "base").returncode == 0
    assert not (place / "asked").exists()


@pytest.mark.usefixtures("stand_in")
def test_what_another_has_set_up_meanwhile_is_not_set_up_again(place: Path) -> None:
    (place / "build" / "stamp").touch()
    argv = SET_UP
    ended = run(place, argv, "5")
    assert (ended.returncode, ended.stderr) == (0, "")
    os.utime(place / "build" / "stamp", (0, 0))
    again = run(place, argv, "5")
    assert (again.returncode, again.stderr) == (0, "setting up (once, about a minute)…\n")
