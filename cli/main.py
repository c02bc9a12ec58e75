"""The command `videobatch`."""

from __future__ import annotations

import io
import os
import shlex
import sys

import typer

from cli import console, dead, doctor, recovering, status, steering, submitting
from cli.stack import commands as stack

ARGS = "VIDEOBATCH_SUBMIT_ARGS"

app = typer.Typer(
    help="Turn folders of videos into documents.\n\n"
    "`videobatch submit FOLDER` does all of it: it starts what is missing, makes the documents, "
    "and shows how far they are.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (submitting, status, steering, dead, recovering, stack, doctor):
    group.register(app)


def main() -> None:
    """Runs the command that the arguments name."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that knows fewer characters than a file name has is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
    try:
        sys.argv[1:] = with_make_arguments(sys.argv[1:])
    except ValueError as error:
        console.complain(f"ARGS cannot be read: {error}", "check its quotes")
        sys.exit(console.USAGE)
    app(prog_name="videobatch")


def with_make_arguments(arguments: list[str]) -> list[str]:
    """The arguments, with those of `make submit ARGS="..."`. Raises ValueError for open quotes."""
    more = os.environ.get(ARGS, "")
    if arguments[:1] != ["submit"] or not more:
        return arguments
    return ["submit", *shlex.split(more), *arguments[1:]]


if __name__ == "__main__":
    main()
