"""The names of keys: in Python and in Lua the same."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from videobatch.state import keys
from videobatch.state.keys import Keys, ids_of, member

LUA = Path(keys.__file__).parent / "lua"
# What no script reads or writes.
PYTHON_ALONE = {
    "P:alerts",
    "P:alerts:said:*",
    "P:calls",
    "P:calls:spent",
    "P:celery:",
    "P:celery:*",
    "P:celery:_kombu.binding.*",
    "P:finished:*:made",
    "P:habits:*",
    "P:pending:*",
    "P:upload:*:*",
}


def _named() -> Iterator[str]:
    """Each key that has a name, with a star for what differs."""
    made = Keys("P")
    for name, found in vars(Keys).items():
        if name.startswith("__"):
            continue
        if inspect.isfunction(found):
            yield found(made, *["*"] * (len(inspect.signature(found).parameters) - 1))
        else:
            yield getattr(made, name)


def _documented() -> set[str]:
    """Each key that a comment in a script names."""
    texts = "\n".join(path.read_text("utf-8") for path in sorted(LUA.rglob("*.lua")))
    comments = "\n".join(re.findall(r"^--.*$", texts, re.MULTILINE))
    found = re.findall(r"\bP:[A-Za-z_]+(?:[:/][A-Za-z_]+)*", comments)
    return {re.sub(r"(?<=[:/])[A-Z]+(?![a-z])", "*", name) for name in found}


def test_scripts_document_the_keys_that_have_names() -> None:
    named = sorted(_named())
    assert len(set(named)) == len(named)
    assert _documented() == set(named) - PYTHON_ALONE


def test_scripts_use_no_key_that_they_do_not_document() -> None:
    texts = "\n".join(path.read_text("utf-8") for path in sorted(LUA.rglob("*.lua")))
    used = set(re.findall(r"(?:P|KEYS\[1\]) \.\. ':([a-z_]+)", texts))
    assert used <= {name.split(":")[1] for name in _documented()}


def test_a_member_names_its_batch_and_its_video() -> None:
    assert ids_of(member("lectures-1", "one-2")) == ("lectures-1", "one-2")
