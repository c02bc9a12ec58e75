"""The voice of the commands: consoles, errors in words, and the exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.text import Text

from config.settings import SETTINGS_HINT, Settings, complaints_of, load_settings
from videobatch.errors import VideobatchError
from videobatch.paths import display

DONE, SOME_FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def console(*, err: bool = False) -> Console:
    """The console where a person reads; no terminal means no colours and no bars."""
    return Console(highlight=False, soft_wrap=True, stderr=err)


def say(line: str, style: str = "", *, err: bool = False) -> None:
    """One line for a person: nothing in it is markup, and no control character gets out."""
    console(err=err).print(Text(display(line), style=style))


def in_dollars(usd: float) -> str:
    """An amount as people write it; what is less than a cent is said to be so."""
    return "less than $0.01" if 0 < usd < 0.01 else f"${usd:,.2f}"


def print_json(answer: BaseModel) -> None:
    """The answer for programs, on standard output."""
    sys.stdout.write(json.dumps(answer.model_dump(mode="json"), indent=2) + "\n")


@contextmanager
def errors_in_words(exit_code: int = USAGE) -> Iterator[None]:
    """Turns an error that the engine names into two lines on stderr and an exit code."""
    try:
        yield
    except VideobatchError as error:
        complain(error.message, error.hint)
        raise typer.Exit(exit_code) from None


def complain(message: str, hint: str = "") -> None:
    """Prints `error: ...` and `hint: ...` on stderr."""
    lines = [f"error: {message}", *([f"hint: {hint}"] if hint else [])]
    for line in lines:
        # Lines of a log may follow the message, so line ends stay.
        typer.echo("\n".join(display(part) for part in line.split("\n")), err=True)


def read_settings() -> Settings:
    """The settings of this process; exits with 2 and the setting's name if one is wrong."""
    try:
        return load_settings()
    except ValueError as error:
        for each in complaints_of(error):
            complain(each, SETTINGS_HINT)
    raise typer.Exit(USAGE)
