"""The command itself. It imports what it needs when it runs: the others start without it."""

from __future__ import annotations

from typing import Annotated

import typer

AsJson = Annotated[
    bool,
    typer.Option("--json", help="Print JSON: schema_version, ok, and the checks."),
]


def doctor(as_json: AsJson = False) -> None:
    """Check this machine, and say how to mend what is wrong.

    It looks at Python and its packages, your settings, the speech engine,
    your templates, disk, memory, ports, and at Redis: the server of
    VIDEOBATCH_REDIS_URL, else the local stack with its worker and logs.
    It starts and changes nothing, and shows no password and no key.

    ✓ is well, ! may get in the way, ✗ must be mended, and → says how.

    Run it first when something does not work, and put what it prints into a
    bug report. It ends with 0 if nothing must be mended, else with 1, so that
    a script can ask as well:

    videobatch doctor --json
    """
    from rich.console import Console

    from cli.doctor.check import CheckStatus, DoctorOut
    from cli.doctor.checks import check_all
    from cli.doctor.report import show

    checks = tuple(check_all())
    is_ok = all(check.status is not CheckStatus.BAD for check in checks)
    if as_json:
        typer.echo(DoctorOut(ok=is_ok, checks=checks).model_dump_json(indent=2))
    else:
        show(Console(), checks)
    raise typer.Exit(0 if is_ok else 1)


def register(app: typer.Typer) -> None:
    """Adds `doctor` to the command line."""
    app.command()(doctor)
