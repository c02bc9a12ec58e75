"""The command line as a person uses it: a process of its own, with a stack of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.stack.home import open_home
from cli.stack.lifecycle import running_redis_url
from tests.support.keys import STACK_KEYS
from tests.support.processes import ROOT, Process
from tests.support.speech import ENGINE
from videobatch.state.connection import connect
from videobatch.state.store import Store
from videobatch.state.views import Views

LIMIT_S = 300.0
OURS = ("VIDEOBATCH_", "OPENAI_", "GEMINI_")


@dataclass(frozen=True)
class Answer:
    """How a command ended and what it said."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def said(self) -> str:
        return self.out + self.err


@dataclass(frozen=True)
class Cli:
    """Runs `videobatch` with the stack in `home`."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a newcomer: nothing of ours is set but the stack's folder, and the
        recogniser that needs no model."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
        return {
            **inherited,
            "VIDEOBATCH_HOME": str(self.home),
            "VIDEOBATCH_CONCURRENCY__MAX": "2",
            **ENGINE,
            # The recogniser would load what reads them; tests of slides say otherwise.
            "VIDEOBATCH_SLIDES__READ": "off",
            **self.environment,
        }

    def __call__(self, *arguments: str | os.PathLike[str], timeout_s: float = LIMIT_S) -> Answer:
        """Runs the command to its end."""
        return self.run([sys.executable, "-m", "cli.main", *arguments], timeout_s)

    def run(
        self,
        argv: Sequence[str | os.PathLike[str]],
        timeout_s: float = LIMIT_S,
        more: Mapping[str, str] | None = None,
    ) -> Answer:
        """Runs any program in the same environment."""
        ended = subprocess.run(
            list(argv),
            cwd=ROOT,
            env={**self.variables, **(more or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
        )
        out, err = (text.decode(errors="surrogateescape") for text in (ended.stdout, ended.stderr))
        return Answer(ended.returncode, out, err)

    def python(self, arguments: Sequence[str], timeout_s: float = LIMIT_S) -> Answer:
        """Runs `python ARGS...` in the same environment."""
        return self.run([sys.executable, *arguments], timeout_s)

    def start(self, log_path: Path, *arguments: str | os.PathLike[str]) -> Process:
        """Starts the command and returns at once; its output goes to the log."""
        argv = [sys.executable, "-m", "cli.main", *(os.fspath(each) for each in arguments)]
        return Process(argv, log_path, self.variables)

    @contextmanager
    def views(self) -> Iterator[Views]:
        """The ledger of the running stack, for looks that are cheaper than a command."""
        url = running_redis_url(open_home(self.home))
        assert url is not None, "the stack does not run"
        with connect(url, "test") as client:
            yield Views(Store(client, "videobatch"))

    def child_of(self, batch_id: str, video_id: str) -> int:
        """The process that works on the video."""
        url = running_redis_url(open_home(self.home))
        assert url is not None, "the stack does not run"
        with connect(url, "test") as client:
            pid = client.hget(STACK_KEYS.video(batch_id, video_id), "pid")
        assert isinstance(pid, str)
        return int(pid)

    def log(self, program: str) -> str:
        """All that a program of the stack has written."""
        path = self.home / "logs" / f"{program}.log"
        return path.read_text(errors="replace") if path.exists() else ""


@contextmanager
def stack(home: Path, **environment: str) -> Iterator[Cli]:
    """A command line whose stack is ended, whatever happened."""
    cli = Cli(home, environment)
    try:
        yield cli
    finally:
        ended = cli("down")
        assert ended.exit_code == 0, ended.said
