"""`videobatch replay`: a recorded run decided again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import typer
from pydantic import TypeAdapter, ValidationError

from cli.fleet.schema import ReplayOut
from cli.shared import console
from controllers.policy import POLICIES
from controllers.policy.records import Options, Tick
from controllers.replay import Replayed, replay
from videobatch.errors import SettingsError

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Recorded = Annotated[Path, typer.Argument(metavar="FILE", help="What --record wrote.")]
Policy = Annotated[
    str | None,
    typer.Option(help=f"Another policy: {', '.join(POLICIES)}.", show_default=False),
]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="Another option, as most=8.", show_default=False
    ),
]


def replayed(
    file: Recorded, policy: Policy = None, sets: Sets = None, as_json: AsJson = False
) -> None:
    """Decide a recorded run again: the same way, or by another policy or with other options.

    Without options it checks that each decision comes out as it did then, and ends with 1 if one
    does not. With them it answers "what if", on the readings as they were.
    """
    with console.errors_in_words():
        ticks = _read(file)
        options = _options(ticks[0].options, sets or [])
        if policy is not None and policy not in POLICIES:
            raise SettingsError(
                f"there is no policy {policy!r}", hint=f"there are {', '.join(POLICIES)}"
            )
        rounds = list(replay(ticks, policy, options))
    differ = sum(not each.is_same for each in rounds)
    is_other = policy is not None or options is not None
    if as_json:
        console.print_json(
            ReplayOut(
                rounds=len(rounds),
                differ=differ,
                policy=policy or ticks[0].policy,
                slots=tuple(_slots(rounds)),
            )
        )
    else:
        for line in _told(rounds, is_other=is_other):
            console.say(line)
    if differ and not is_other:
        raise typer.Exit(console.SOME_FAILED)


def _read(path: Path) -> list[Tick]:
    try:
        lines = path.read_text("utf-8").splitlines()
        ticks = [Tick.from_json(line) for line in lines]
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path} is no record", hint="`videobatch decisions --record FILE` writes one"
        ) from error
    if not any(tick.state is not None for tick in ticks):
        raise SettingsError(f"{path} holds no round that a replay could begin with")
    return ticks


def _options(then: Options, sets: Sequence[str]) -> Options | None:
    """The recorded options with other values. Raises SettingsError."""
    if not sets:
        return None
    hints = get_type_hints(Options)
    values: dict[str, Any] = {}
    for each in sets:
        name, _, text = each.partition("=")
        if name not in hints:
            known = ", ".join(field.name for field in fields(Options))
            raise SettingsError(f"there is no option {name!r}", hint=f"there are {known}")
        try:
            wanted: Any = None if text == "none" else text
            if wanted is None and type(None) not in get_args(hints[name]):
                raise ValueError(text)
            values[name] = TypeAdapter(hints[name]).validate_python(wanted)
        except ValueError as error:
            raise SettingsError(f"{text!r} is no value for {name}") from error
    return replace(then, **values)


def _slots(rounds: Sequence[Replayed]) -> Iterator[tuple[float, str, int, int]]:
    for each in rounds:
        then = {d.host_id: d.slots for d in each.tick.decisions}
        for now in each.decisions:
            at_s = round(each.tick.snapshot.at_s, 3)
            yield at_s, now.host_id, then.get(now.host_id, 0), now.slots


def _told(rounds: Sequence[Replayed], *, is_other: bool) -> Iterator[str]:
    before: dict[str, tuple[int, int]] = {}
    for at_s, host, then, now in _slots(rounds):
        if is_other and before.get(host) != (then, now):
            when = time.strftime("%H:%M:%S", time.localtime(at_s))
            yield f"{when}  {host}  {then:>3} slots then, {now:>3} now"
        before[host] = (then, now)
    differ = sum(not each.is_same for each in rounds)
    if is_other:
        yield f"{len(rounds)} rounds, {differ} decided otherwise (on the readings as they were)"
    else:
        yield f"{len(rounds)} rounds, {differ} decided otherwise"


def register(app: typer.Typer) -> None:
    """Adds `replay` to the command line."""
    app.command("replay")(replayed)
