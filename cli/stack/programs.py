"""The programs of the stack: what each one runs, and the small scripts that start them.

A script holds every path, quoted for the shell, so that the supervisor's own configuration
holds none: it would read `%`, quotes and `;` in them as its own.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cli.stack.broker import CONF, ServerBinary
from cli.stack.home import Home, write_private
from cli.stack.ports import LOOPBACK
from videobatch.media.files import umask

WORKER_NICENESS = 10
REDIS = "redis"
RECOGNISER = "recogniser"
# The module that is a worker; a word of its command line by which it is known.
WORKER_MODULE = "celery_app"
QUEUE = "videobatch"
WORKER_OPTIONS = (
    "--without-mingle",
    "--without-gossip",
    "--loglevel",
    "INFO",
    "--hostname",
    "worker1@%h",
)
PROVIDER_KEYS = (
    "OPENAI_API_KEY",
    "GEMINI_API_KEY",
    "VIDEOBATCH_SPEECH__KEY",
    "VIDEOBATCH_WRITER__KEY",
)
FLOWER_CONF = "--conf=celery_app/flowerconfig.py"
FLOWER_USER = "videobatch"
FLOWER_SECRET = "flower"  # noqa: S105 - the name of the file that holds it


@dataclass(frozen=True, slots=True)
class Program:
    """One supervised process.

    One that `writes` documents does so by the umask of who starts the stack, where their job names
    no other; the stack's own files are private. `niceness` lowers its priority. Only one that
    `calls` providers gets to see their keys. An `essential` program must run before the stack
    counts as ready. `secrets` maps environment variables to text that only this program gets to
    see, as a prefix and the name of a secret that follows it. `folder` is absolute.
    """

    name: str
    argv: tuple[str, ...]
    folder: Path
    niceness: int = 0
    calls: bool = False
    writes: bool = False
    essential: bool = True
    start_s: int = 3
    secrets: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def redis_program(home: Home, server: ServerBinary) -> Program:
    """The server, started in its data folder, where its settings are."""
    return Program(REDIS, (str(server.path), CONF), home.redis, start_s=1)


def python_programs(
    python: str, root: Path, *, concurrency: int | None, flower_port: int
) -> tuple[Program, ...]:
    """Worker, controller, recogniser and Flower of the checkout at `root`; without a `concurrency`
    the worker has as many children at first as its settings say."""
    sized = () if concurrency is None else ("--concurrency", str(concurrency))
    worker = (python, "-m", WORKER_MODULE, "--queues", QUEUE, *sized)
    where = (f"--address={LOOPBACK}", f"--port={flower_port}")
    flower = (python, "-m", "celery", "-A", "celery_app.watched", "flower", FLOWER_CONF, *where)
    return (
        Program(
            "worker",
            (*worker, *WORKER_OPTIONS),
            root,
            niceness=WORKER_NICENESS,
            calls=True,
            writes=True,
        ),
        Program("controller", (python, "-m", "controllers"), root, writes=True),
        Program(
            RECOGNISER,
            (python, "-m", "celery_app.recogniser"),
            root,
            niceness=WORKER_NICENESS,
            # Nobody waits for it: whoever asks it does so again until it is there.
            essential=False,
            start_s=1,
        ),
        Program(
            "flower",
            flower,
            root,
            essential=False,
            secrets={"FLOWER_BASIC_AUTH": (f"{FLOWER_USER}:", FLOWER_SECRET)},
        ),
    )


def script_name(program: Program) -> str:
    """The name of the program's start script below `run/`."""
    return f"{program.name}.sh"


def write_script(home: Home, program: Program) -> Path:
    """Writes the script that starts the program. Safe to repeat."""
    nice = f"nice -n {program.niceness} " if program.niceness else ""
    lines = [
        "#!/bin/sh",
        f"cd {shlex.quote(str(program.folder))} || exit 127",
        *((f"umask {umask.current():04o}",) if program.writes else ()),
        *(() if program.calls else (f"unset {' '.join(PROVIDER_KEYS)}",)),
        *(
            f'{variable}={shlex.quote(prefix)}"$(cat {shlex.quote(str(home.secrets / name))})" '
            f"&& export {variable} || exit 127"
            for variable, (prefix, name) in program.secrets.items()
        ),
        f"exec {nice}{shlex.join(program.argv)}",
    ]
    path = home.run / script_name(program)
    write_private(path, "\n".join(lines) + "\n", mode=0o700)
    return path
