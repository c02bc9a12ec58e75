"""The command `videobatch`."""

from __future__ import annotations

import importlib
import io
import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import typer

ARGS = "VIDEOBATCH_SUBMIT_ARGS"
USAGE = 2

HELP = (
    "Turn folders of videos into documents.\n\n"
    "`videobatch submit FOLDER` does all of it: it starts what is missing, makes the documents, "
    "and shows how far they are."
)

# Each command, in the order of the help, below the module that adds it. Its line of the help stands
# here too, so that the help loads none of them. A new one is a module with `register(app)` in the
# room that it belongs to, and a line here.
COMMANDS: Mapping[str, Mapping[str, str]] = {
    "cli.submit.command": {
        "submit": "Turn videos into documents, and follow until they are made.",
    },
    "cli.watch.status": {
        "status": "Show every batch, and the videos of the newest or the named one.",
        "watch": "Follow a batch until it is done: the newest one that is open, or the named one.",
    },
    "cli.search.command": {
        "search": "Find what was said, written or shown, with the second at which it was.",
    },
    "cli.watch.glossary": {
        "glossary": (
            "Show the terms by which a batch is translated: yours, and those that its videos "
            "brought."
        ),
    },
    "cli.mend.steer": {
        "pause": (
            "Start no more videos. Running ones come to their end, unless --now; nothing is lost."
        ),
        "resume": "Go on with what was paused.",
        "cancel": (
            "Give up what is not done. Running videos stop at their next checkpoint; documents "
            "that are there stay, and no half-written file is left."
        ),
        "retry": (
            "Try again what failed, died or was cancelled; with --all everything that has ended."
        ),
    },
    "cli.mend.dead": {
        "dead": "Look at videos that were given up because their processes died of them.",
    },
    "cli.fleet.workers": {
        "workers": (
            "Show the workers that live: host, processes, slots wanted and real, and what binds."
        ),
    },
    "cli.fleet.top": {
        "top": "Watch the fleet: hosts, slots wanted and real, what binds, phases, rates, alerts.",
    },
    "cli.fleet.decisions": {
        "decisions": (
            "Show when the controller changed the number of videos at once, and what bound it."
        ),
    },
    "cli.fleet.replay": {
        "replay": (
            "Decide a recorded run again: the same way, or by another policy or with other options."
        ),
    },
    "cli.fleet.costs": {
        "costs": (
            "Show what paid calls cost: by day, by batch, and calls that were paid for in vain."
        ),
    },
    "cli.mend.recover": {
        "recover": "Rebuild the ledger from an output folder, after Redis has lost its data.",
    },
    "cli.mend.forget": {
        "forget": (
            "Take a batch out of the ledger: lists show it no more, and what is not done is given"
            " up."
        ),
    },
    "cli.stack.commands": {
        "up": "Start the local stack: Redis, worker, controller, recogniser and Flower.",
        "down": "End the local stack and nothing else; its data stays.",
    },
    "cli.models.command": {
        "models": "List, fetch and remove the Whisper models that hear speech on this machine.",
    },
    "cli.doctor.command": {
        "doctor": "Check this machine, and say how to mend what is wrong.",
    },
}
# What is answered without a command.
LISTING = frozenset({"--help", "-h", "--version"})
COMPLETION = "_VIDEOBATCH_COMPLETE"


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"videobatch {version('videobatch')}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print it.")
]


def make_app(arguments: Sequence[str]) -> typer.Typer:
    """The command line. Where the arguments name a command first, only its module is loaded, and
    none where they ask for the help, since each one's imports take a while."""
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
    if first in LISTING:
        for name, line in _lines():
            app.command(name, help=line)(_unloaded)
        return app
    named = [module for module, names in COMMANDS.items() if first in names]
    for module in named or COMMANDS:
        importlib.import_module(module).register(app)
    return app


def _lines() -> Iterator[tuple[str, str]]:
    """Each command with its line of the help."""
    for names in COMMANDS.values():
        yield from names.items()


def _unloaded() -> None:
    """Stands for a command in the help; it is never called."""


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
    make_app(_asked(sys.argv[1:]))(prog_name="videobatch")


def _asked(arguments: Sequence[str]) -> Sequence[str]:
    """The arguments that say what is loaded: none at all ask for the help, but for a shell that
    completes a line, and wants every command."""
    if arguments or COMPLETION in os.environ:
        return arguments
    return ("--help",)


def with_make_arguments(arguments: list[str]) -> list[str]:
    """The arguments, with those of `make submit ARGS="..."`. Raises ValueError for open quotes."""
    more = os.environ.get(ARGS, "")
    if arguments[:1] != ["submit"] or not more:
        return arguments
    return ["submit", *shlex.split(more), *arguments[1:]]


if __name__ == "__main__":
    main()
