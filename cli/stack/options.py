"""The options of a local stack, and the stack once it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cli.stack import broker
from cli.stack.home import Home
from cli.stack.ports import LOOPBACK
from cli.stack.programs import FLOWER_SECRET, FLOWER_USER, Program, python_programs

Ready = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class StackOptions:
    """The options that a stack is started with.

    `root` is the checkout, `python` its interpreter, `environment` what the programs inherit.
    `ready` maps a program's name to a question that is asked with the URL of Redis; a program
    without one is ready when the supervisor calls it running. `replacement`, if given, returns
    the programs to run instead of worker, controller and Flower, for the port kept for Flower.
    """

    home: Home
    root: Path
    python: str
    environment: Mapping[str, str]
    concurrency: int | None = 1
    ready: Mapping[str, Ready] = field(default_factory=dict)
    replacement: Callable[[int], tuple[Program, ...]] | None = None

    def programs(self, flower_port: int) -> tuple[Program, ...]:
        """All programs but Redis, in the order of their start."""
        if self.replacement:
            return self.replacement(flower_port)
        return python_programs(
            self.python, self.root, concurrency=self.concurrency, flower_port=flower_port
        )


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack. `redis_url` and `flower_password` are secrets: do not log them.

    `started` is False where it ran already; `start_s` is the time until it was ready.
    `restarted_for` names the settings whose change made a new start necessary.
    """

    redis_url: str = field(repr=False)
    flower_url: str
    flower_user: str
    flower_password: str = field(repr=False)
    flower_password_file: Path
    started: bool = False
    start_s: float = 0.0
    restarted_for: tuple[str, ...] = ()


def describe(home: Home, redis_port: int, flower_port: int) -> Stack:
    """The stack on these ports, as one that runs already."""
    return Stack(
        redis_url=broker.redis_url(home, redis_port),
        flower_url=f"http://{LOOPBACK}:{flower_port}",
        flower_user=FLOWER_USER,
        flower_password=home.secret(FLOWER_SECRET),
        flower_password_file=home.secrets / FLOWER_SECRET,
    )
