"""The local stack as `videobatch up` starts it, and the ledger inside it."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis

from cli.stack.home import open_home
from cli.stack.lifecycle import down, running_redis_url
from cli.submit.wishes import wish_of
from config.settings import load_settings
from tests.support.cli import Answer, Cli
from videobatch.paths import to_uri
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.store import Store
from videobatch.state.views import Views
from videobatch.submission.inputs import InputFile, collect
from videobatch.submission.plan import plan_video
from videobatch.submission.wish import Wish

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Stack:
    """A stack that runs: its command line and its ledger."""

    cli: Cli
    client: Redis
    ledger: Ledger
    views: Views


@contextmanager
def ended_after(home: Path, **environment: str) -> Iterator[Cli]:
    """A command line whose stack is ended after the block, whatever happened.

    Ended from this process, not by a command: a signal that goes to all of a terminal's processes
    would end the command before its stack.
    """
    try:
        yield Cli(home, environment)
    finally:
        with undisturbed():
            down(open_home(home))


@contextmanager
def undisturbed() -> Iterator[None]:
    """Signals that ask for an end are passed over in the block: it is the end."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def running_stack(home: Path, **environment: str) -> Iterator[Stack]:
    """A stack in `home`, up for the block and down after it, whatever happened."""
    with ended_after(home, **environment) as cli:
        sound(cli("up"))
        with opened(cli) as running:
            yield running


@contextmanager
def opened(cli: Cli) -> Iterator[Stack]:
    """The stack behind a command line, which runs already."""
    url = running_redis_url(open_home(cli.home))
    assert url is not None, f"no stack runs in {cli.home}"
    prefix = load_settings().prefix
    with connect(url, name="benchmark") as client:
        yield Stack(cli, client, Ledger(Store(client, prefix)), Views(Store(client, prefix)))


def sound(answer: Answer) -> Answer:
    """The answer of a command that ended well. AssertionError otherwise."""
    assert answer.exit_code == 0, f"exit code {answer.exit_code}\n{answer.said}"
    return answer


def wish() -> Wish:
    """The wish of a submit without options."""
    settings = load_settings()
    return wish_of(settings, settings.template, ()).wish


def planned(folder: Path, out: Path) -> list[NewVideo]:
    """The videos of a folder as `submit` writes them to the ledger."""
    return planned_of(collect([folder], None, exclude=[]).found, out)


def planned_of(found: Iterable[InputFile], out: Path) -> list[NewVideo]:
    """The inputs as `submit` writes them to the ledger."""
    wanted = wish()
    return [plan_video(each, out, wanted, force=False) for each in found]


def open_batch(ledger: Ledger, batch_id: str, folder: Path, out: Path) -> None:
    """An empty batch in the ledger."""
    out.mkdir(parents=True, exist_ok=True)
    ledger.open_batch(
        batch_id, name=batch_id, out_uri=to_uri(out), root_uri=to_uri(folder), provider="offline"
    )
