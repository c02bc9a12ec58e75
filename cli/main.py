"""The command `videobatch`."""

from __future__ import annotations

import importlib
import io
import os
import shlex
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

ARGS = "VIDEOBATCH_SUBMIT_ARGS"
USAGE = 2

HELP = (
    "Turn folders of videos into documents.\n\n"
    "`videobatch submit FOLDER` does all of it: it starts what is missing, makes the documents, "
    "and shows how far they are."
)

# Each command, in the order of the help, below the module that adds it. A new one is a module with
# `register(app)` in the room that it belongs to, and a line here.
COMMANDS = {
    "cli.submit.command": ("submit",),
    "cli.watch.status": ("status", "watch"),
    "cli.mend.steer": ("pause", "resume", "cancel", "retry"),
    "cli.mend.dead": ("dead",),
    "cli.fleet.workers": ("workers",),
    "cli.fleet.top": ("top",),
    "cli.fleet.decisions": ("decisions",),
    "cli.fleet.replay": ("replay",),
    "cli.fleet.costs": ("costs",),
    "cli.mend.recover": ("recover",),
    "cli.mend.forget": ("forget",),
    "cli.stack.commands": ("up", "down"),
    "cli.models.command": ("models",),
    "cli.doctor.command": ("doctor",),
}


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"videobatch {version('videobatch')}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print it.")
]


def make_app(arguments: Sequence[str]) -> typer.Typer:
    """The command line. Where the arguments name a command first, only its module is loaded,
    since each one's imports take a while."""
    app = typer.Typer(
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback(help=HELP)
    def common(version: Version = False) -> None:
        del version

    first = next(iter(arguments), "")
    named = [module for module, names in COMMANDS.items() if first in names]
    for module in named or COMMANDS:
        importlib.import_module(module).register(app)
    return app


def main() -> None:
    """Runs the command that the arguments name."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that knows fewer characters than a file name has is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
    try:
        sys.argv[1:] = with_make_arguments(sys.argv[1:])
    except ValueError as error:
        typer.echo(f"error: ARGS cannot be read: {error}\nhint: check its quotes", err=True)
        sys.exit(USAGE)
    make_app(sys.argv[1:])(prog_name="videobatch")


def with_make_arguments(arguments: list[str]) -> list[str]:
    """The arguments, with those of `make submit ARGS="..."`. Raises ValueError for open quotes."""
    more = os.environ.get(ARGS, "")
    if arguments[:1] != ["submit"] or not more:
        return arguments
    return ["submit", *shlex.split(more), *arguments[1:]]


if __name__ == "__main__":
    main()
