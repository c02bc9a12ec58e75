"""Examinations, each on its own: one that fails or hangs does not stop the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cli.doctor.check import Check, bad
from videobatch.errors import VideobatchError

LIMIT_S = 4.0
LATE = "see whether a network folder or a server hangs, then ask again"
# The faults that the world can bring on; anything else is a mistake of ours.
FAILURES = (VideobatchError, OSError, ValueError, LookupError, RuntimeError, ImportError)


@dataclass(frozen=True, slots=True)
class Examination:
    """A look at one thing, which gives checks.

    `name` is the check's if the look itself fails, and `late` its hint after `limit_s`.
    """

    name: str
    look: Callable[[], Iterable[Check]]
    limit_s: float = LIMIT_S
    late: str = LATE


def examine(examinations: Iterable[Examination]) -> Iterator[Check]:
    """The checks of all examinations, in their order. One that takes too long is left behind."""
    for each in examinations:
        yield from _examined(each)


def _examined(each: Examination) -> tuple[Check, ...]:
    found: list[Check] = []
    # A name server or a network folder that is gone hangs beyond any timeout of ours.
    thread = threading.Thread(
        target=_look, args=(each, found), name=f"doctor {each.name}", daemon=True
    )
    thread.start()
    thread.join(each.limit_s)
    if not thread.is_alive():
        return tuple(found)
    return (*found, bad(each.name, f"no answer within {each.limit_s:g} s", each.late))


def _look(each: Examination, found: list[Check]) -> None:
    try:
        for check in each.look():
            found.append(check)
    except FAILURES as error:
        hint = getattr(error, "hint", "") or "mend what the error names, then ask again"
        text = f"cannot be checked: {str(error) or type(error).__name__}"
        found.append(bad(each.name, text, hint))
