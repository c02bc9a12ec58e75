"""The mirror: which test file holds a module of the product, read from the code itself.

A module's own test file stands at the same place below `tests/unit` (rooms of the engine without
`videobatch/`): `videobatch/state/store.py` has `tests/unit/state/test_store.py`. What has none
has a line in `tests/mirror.toml`. A test file holds a module that it imports, itself or by at most
two modules between, or that it runs as a process and says so: `pytest.mark.runs("cli.main")`.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

PRODUCT = ("config", "videobatch", "celery_app", "tasks", "controllers", "cli")
# May have test files as the product has, and need not.
BESIDE = ("benchmarks", "scripts")
TABLE = "tests/mirror.toml"
ENGINE = "videobatch"
TESTS, UNIT, COMPAT, SUPPORT = "tests", "tests/unit", "tests/compat", "tests/support"
MARK = "runs"
MOST_STEPS = 3


@dataclass(frozen=True)
class Table:
    """The lines of `mirror.toml`: test files by module, and reasons of files by themselves."""

    modules: Mapping[str, Sequence[str]]
    alone: Mapping[str, str]


def read_table(root: Path) -> Table:
    """The table of that checkout."""
    read = tomllib.loads((root / TABLE).read_text(encoding="utf-8"))
    return Table(read["modules"], read["alone"])


def own_test(module: str) -> str:
    """The place of a module's own test file."""
    path = PurePosixPath(module)
    if path.name == "__init__.py":
        path = path.parent.with_suffix(".py")
    inner = PurePosixPath(*path.parts[1:]) if path.parts[0] == ENGINE else path
    return str(UNIT / inner.with_name(f"test_{inner.stem.strip('_')}.py"))


class Tree:
    """The Python files of a checkout, and who imports whom."""

    def __init__(self, root: Path) -> None:
        self._parsed = {
            str(path.relative_to(root)): ast.parse(path.read_bytes())
            for room in (*PRODUCT, *BESIDE, TESTS)
            for path in sorted((root / room).rglob("*.py"))
        }
        self._paths = {_dotted(path): path for path in self._parsed}
        self._reached = {path: set(self._imports(tree)) for path, tree in self._parsed.items()}

    def modules(self, rooms: Sequence[str] = PRODUCT) -> list[str]:
        """Those of these rooms; an `__init__` that only says something is none."""
        return [
            path
            for path, tree in self._parsed.items()
            if path.split("/")[0] in rooms
            and not (path.endswith("__init__.py") and _only_speaks(tree))
        ]

    def unit_tests(self) -> list[str]:
        """The test files below tests/unit."""
        return [path for path in self._tests() if path.startswith(f"{UNIT}/")]

    def knows(self, path: str) -> bool:
        return path in self._parsed

    def steps(self, test: str, module: str) -> int:
        """The imports from the test to the module: 1 if it imports or runs the module itself, or
        something of tests/support does."""
        reached = self._with_support({test})
        for step in range(1, MOST_STEPS + 1):
            reached = self._with_support({far for near in reached for far in self._reached[near]})
            if module in reached:
                return step
        return MOST_STEPS + 1

    def _with_support(self, paths: set[str]) -> set[str]:
        """These, and the parts of tests/support that they are made with."""
        found, new = set(paths), set(paths)
        while new:
            new = {
                far
                for near in new
                for far in self._reached[near]
                if far.startswith(f"{SUPPORT}/") and far not in found
            }
            found |= new
        return found

    def holds(self, test: str, module: str) -> bool:
        return self.steps(test, module) <= MOST_STEPS

    def candidates(self, module: str, most: int = 2) -> list[str]:
        """Test files that hold it already, the nearest first."""
        near = PurePosixPath(own_test(module)).parent

        def rank(test: str) -> tuple[int, bool, bool, str]:
            away = not test.startswith(f"{near}/")
            return self.steps(test, module), away, not test.startswith(f"{UNIT}/"), test

        held = (test for test in self._tests() if self.holds(test, module))
        return sorted(held, key=rank)[:most]

    def _tests(self) -> list[str]:
        """Those that `make test` runs."""
        return [
            path
            for path in self._parsed
            if PurePosixPath(path).name.startswith("test_") and not path.startswith(f"{COMPAT}/")
        ]

    def _imports(self, tree: ast.Module) -> Iterator[str]:
        for node in ast.walk(tree):
            for name in _named(node):
                if name in self._paths:
                    yield self._paths[name]


def _named(node: ast.AST) -> Iterator[str]:
    """The dotted names that an import, or the mark of a test that runs them, speaks of."""
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=str(module), names=names):
            yield module
            yield from (f"{module}.{alias.name}" for alias in names)
        case ast.Call(func=ast.Attribute(attr=attr), args=args) if attr == MARK:
            for each in args:
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield each.value


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _only_speaks(tree: ast.Module) -> bool:
    return all(
        (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or (isinstance(node, ast.ImportFrom) and node.module == "__future__")
        for node in tree.body
    )


def faults(tree: Tree, table: Table) -> list[str]:
    """Each place where code, tests and table differ, with the line that puts it right."""
    return [
        *_unheld(tree, table),
        *_stale(tree, table),
        *_strays(tree, table),
    ]


def _unheld(tree: Tree, table: Table) -> Iterator[str]:
    for module in tree.modules():
        own = own_test(module)
        if tree.knows(own):
            if not tree.holds(own, module):
                yield f"{own} neither imports nor runs {module}"
        elif module not in table.modules:
            yield f"{module}: write {own}, or below [modules] in {TABLE}:\n  {_line(tree, module)}"


def _line(tree: Tree, module: str) -> str:
    tests = ", ".join(f'"{test}"' for test in tree.candidates(module))
    return f'"{module}" = [{tests}]' if tests else f'"{module}" = [...]  (no test imports it)'


def _stale(tree: Tree, table: Table) -> Iterator[str]:
    known = set(tree.modules())
    for module, tests in table.modules.items():
        if module not in known:
            yield f"{TABLE}: remove the line of {module}, which is no module"
            continue
        if tree.knows(own_test(module)):
            yield f"{TABLE}: remove the line of {module}, which has {own_test(module)}"
        if not tests:
            yield f"{TABLE}: {module} names no test; perhaps\n  {_line(tree, module)}"
        for test in tests:
            if not tree.knows(test):
                yield f"{TABLE}: {test}, named for {module}, is not there\n  {_line(tree, module)}"
            elif not tree.holds(test, module):
                yield f"{TABLE}: {test} neither imports nor runs {module}\n  {_line(tree, module)}"


def _strays(tree: Tree, table: Table) -> Iterator[str]:
    placed = {own_test(module) for module in tree.modules((*PRODUCT, *BESIDE))}
    placed.update(test for tests in table.modules.values() for test in tests)
    for test in tree.unit_tests():
        if test in table.alone and test in placed:
            yield f"{TABLE}: remove the line of {test} below [alone]: it holds a module"
        elif test not in table.alone and test not in placed:
            yield f'{test} mirrors no module: move it, or below [alone]:\n  "{test}" = "why"'
    for test in table.alone:
        if not tree.knows(test):
            yield f"{TABLE}: remove the line of {test} below [alone]: it is not there"
