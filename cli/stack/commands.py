"""The commands `up` and `down`, and the stack as `submit` asks for it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from cli.stack import lifecycle
from cli.stack.errors import StackError
from cli.stack.home import open_home
from cli.stack.options import Ready, Stack, StackOptions
from config.settings import (
    PROJECT_ROOT,
    SETTINGS_HINT,
    Settings,
    complaints_of,
    load_settings,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def ensure_stack(settings: Settings, ready: Mapping[str, Ready] | None = None) -> str:
    """The URL of a Redis that work can be given to: the set one, else the local stack's own.

    Starts the local stack if it does not run, and says so on stderr. Safe to repeat. The URL
    is a secret. Raises StackError.
    """
    if settings.redis_url:
        return settings.redis_url.get_secret_value()
    stack = lifecycle.up(stack_options(settings, ready))
    if stack.started:
        typer.echo(_started_line(stack), err=True)
        _show_password(stack, err=True)
    return stack.redis_url


def find_redis_url(settings: Settings) -> str | None:
    """The URL of the set Redis, else of the local stack if it runs; starts nothing."""
    if settings.redis_url:
        return settings.redis_url.get_secret_value()
    return lifecycle.running_redis_url(open_home(settings.home))


def left_behind(settings: Settings) -> str:
    """The programs of the local stack that go on although its supervisor is gone, in words; ''
    for a stack that is whole, for none, and where another Redis is set."""
    if settings.redis_url:
        return ""
    found = lifecycle.left(open_home(settings.home))
    if not found:
        return ""
    from cli.stack.left import in_words

    return in_words(found)


def stack_options(settings: Settings, ready: Mapping[str, Ready] | None = None) -> StackOptions:
    """The local stack that these settings ask for, run by this interpreter."""
    return StackOptions(
        home=open_home(settings.home),
        root=PROJECT_ROOT,
        python=sys.executable,
        environment={**os.environ, "VIDEOBATCH_HOME": str(open_home(settings.home).root)},
        concurrency=None,
        ready=ready or default_readiness(settings.prefix),
    )


def default_readiness(prefix: str) -> dict[str, Ready]:
    """The worker is ready when it waits for messages, not when its process runs; the controller
    when it has told the ledger what to publish."""

    def worker_consumes(url: str) -> bool:
        from videobatch.state import readiness

        return readiness.worker_consumes(url)

    def controller_leads(url: str) -> bool:
        from videobatch.state import readiness

        return readiness.controller_leads(url, prefix)

    return {"worker": worker_consumes, "controller": controller_leads}


def usable_cores() -> int:
    """The processor cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def up(as_json: AsJson = False) -> None:
    """Start the local stack: Redis, worker, controller, recogniser and Flower."""
    settings = _settings()
    if settings.redis_url:
        _say(as_json, "VIDEOBATCH_REDIS_URL is set, so nothing is started here.", started=False)
        return
    try:
        stack = lifecycle.up(stack_options(settings))
    except StackError as error:
        raise _failed(error) from None
    line = _started_line(stack) if stack.started else "The stack runs already."
    _say(
        as_json,
        f"{line}\nFlower: {stack.flower_url}, user {stack.flower_user}",
        started=stack.started,
        start_s=round(stack.start_s, 3),
        flower_url=stack.flower_url,
        flower_user=stack.flower_user,
        flower_password_file=str(stack.flower_password_file),
    )
    if not as_json:
        _show_password(stack)


def down(as_json: AsJson = False) -> None:
    """End the local stack and nothing else; its data stays."""
    try:
        ended = lifecycle.down(open_home(_settings().home))
    except StackError as error:
        raise _failed(error) from None
    line = f"The stack is down ({ended} processes ended)." if ended else "The stack did not run."
    _say(as_json, line, ended=ended)


def register(app: typer.Typer) -> None:
    """Adds `up` and `down` to the command line."""
    app.command()(up)
    app.command()(down)


def _started_line(stack: Stack) -> str:
    why = f" again, since this has changed: {', '.join(stack.restarted_for)}"
    return f"The stack is up{why if stack.restarted_for else ''} ({stack.start_s:.1f} s)."


def _show_password(stack: Stack, *, err: bool = False) -> None:
    """Shows Flower's password once, to a person; after that it says where it is kept."""
    stream = sys.stderr if err else sys.stdout
    shown = Path(f"{stack.flower_password_file}.shown")
    if stream.isatty() and not shown.exists():
        typer.echo(f"Flower's password, shown only now: {stack.flower_password}", err=err)
        shown.touch(mode=0o600)
    elif not err:
        typer.echo(f"Flower's password is kept in {stack.flower_password_file}")


def _settings() -> Settings:
    """The settings; exits with 2 and their names where they are wrong."""
    try:
        return load_settings()
    except ValueError as error:
        for each in complaints_of(error):
            _complain(each, SETTINGS_HINT)
        raise typer.Exit(2) from None


def _say(as_json: bool, text: str, **values: object) -> None:
    typer.echo(json.dumps(values) if as_json else text)


def _failed(error: StackError) -> typer.Exit:
    _complain(error.message, error.hint)
    return typer.Exit(1)


def _complain(message: str, hint: str) -> None:
    typer.echo(f"error: {message}", err=True)
    if hint:
        typer.echo(f"hint: {hint}", err=True)
