"""One way to Redis: names of keys, and patience, stand in one place each."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import PROJECT_ROOT

CODE = ("config", "videobatch", "celery_app", "tasks", "controllers", "cli")
STATE = "videobatch/state/"
KEYS = STATE + "keys.py"


def _is_prefix(node: ast.expr) -> bool:
    """True for `prefix`, `self._prefix`, `settings.prefix`, `key_prefix` and the like."""
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return str(name).endswith("prefix")


def _spells_a_key(node: ast.AST) -> bool:
    """True for f"{prefix}:..." and for prefix + ":..."."""
    if isinstance(node, ast.JoinedStr):
        parts = node.values
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [node.left, node.right]
    else:
        return False
    for first, then in itertools.pairwise(parts):
        inner = first.value if isinstance(first, ast.FormattedValue) else first
        if _is_prefix(inner) and isinstance(then, ast.Constant) and str(then.value)[:1] == ":":
            return True
    return False


def _faults(name: str, text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        line = f"{name}:{getattr(node, 'lineno', 0)}"
        called = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if name != KEYS and _spells_a_key(node):
            yield f"{line}: a key's name; videobatch/state/keys.py has them"
        if called == "patiently":
            yield f"{line}: patience with Redis; videobatch/state/store.py has it"
        if called == "cast" and name.startswith(STATE):
            yield f"{line}: a cast; videobatch/state/commands.py has the types"


def test_no_module_but_one_spells_keys_or_waits_for_redis() -> None:
    found = [
        fault
        for folder in CODE
        for path in sorted((PROJECT_ROOT / folder).rglob("*.py"))
        for fault in _faults(path.relative_to(PROJECT_ROOT).as_posix(), path.read_text("utf-8"))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "is_fault"),
    [
        ('key = f"{prefix}:leases"', True),
        ('key = f"{self._prefix}:video:{b}:{v}"', True),
        ('key = settings.prefix + ":hints"', True),
        ("key = keys.leases", False),
        ('name = f"{prefix}-celery"', False),
        ('variable = f"{prefix}KEY"', False),
    ],
)
def test_a_spelled_key_is_seen(text: str, is_fault: bool) -> None:
    assert bool(list(_faults("cli/some.py", text))) is is_fault


def test_the_tree_is_where_the_test_looks() -> None:
    assert all((PROJECT_ROOT / folder).is_dir() for folder in CODE)
    assert Path(PROJECT_ROOT / KEYS).is_file()
