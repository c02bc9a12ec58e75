"""Measures the house: rooms, arrows, circles, and how long files and functions are.

    python scripts/structure.py [--json | --check] [ROOT]

A room is a folder with code; within `cli/` it is what lies directly in that folder. An arrow is an
import from one room to another; a circle is a group of modules, or of rooms side by side, that
import each other, directly or not. Only the product counts: no tests, benchmarks or scripts.
`--check` prints what is past the limits below, and ends with 1 if something is.
"""

from __future__ import annotations

import ast
import json
import statistics
import sys
from collections.abc import Iterator, Mapping, Set
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDERS = ("config", "videobatch", "celery_app", "tasks", "controllers", "cli")
LONGEST_FILE, LONGEST_FUNCTION, LONG_SHARE, MOST_CLI_ROOMS = 300, 40, 0.005, 11
Graph = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one checkout. Lengths are in lines; places are `file` or `file:function`."""

    files: int
    rooms: int
    arrows: int
    circles: tuple[tuple[str, ...], ...]
    room_circles: tuple[tuple[str, ...], ...]
    cli_rooms: int
    cli_arrows: int
    file_median: float
    longest_files: tuple[tuple[int, str], ...]
    functions: int
    function_median: float
    long_functions: tuple[tuple[int, str], ...]

    def excesses(self) -> Iterator[str]:
        """A sentence for each limit that is passed."""
        for circle in dict.fromkeys((*self.circles, *self.room_circles)):
            yield f"a circle of imports: {' <-> '.join(circle)}"
        for lines, place in self.longest_files:
            if lines > LONGEST_FILE:
                yield f"{place} has {lines} lines, more than {LONGEST_FILE}"
        if len(self.long_functions) > LONG_SHARE * self.functions:
            named = ", ".join(place for _, place in self.long_functions)
            yield (
                f"{len(self.long_functions)} of {self.functions} functions have more than "
                f"{LONGEST_FUNCTION} lines, more than {LONG_SHARE:.1%}: {named}"
            )
        if self.cli_rooms > MOST_CLI_ROOMS:
            yield f"cli/ has {self.cli_rooms} rooms, more than {MOST_CLI_ROOMS}"


def measure(root: Path) -> Measured:
    """The figures of the checkout at `root`. Raises SyntaxError for code that cannot be parsed."""
    sources = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*.py"))]
    scripts = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*.lua"))]
    names = {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in sources}
    texts = names | {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in scripts}
    lengths = sorted(((text.count("\n"), place) for place, text in texts.items()), reverse=True)
    functions = sorted(
        (each for place, text in names.items() for each in functions_of(place, text)), reverse=True
    )
    graph = imports({module(place): ast.parse(text) for place, text in names.items()})
    rooms = {room(place) for place in texts if not place.endswith("__init__.py")}
    cli = frozenset(place for place in graph if place.startswith("cli."))
    return Measured(
        files=len(texts),
        rooms=len(rooms),
        arrows=len(set(arrows(graph))),
        circles=circles(graph),
        room_circles=circles_of_rooms(graph),
        cli_rooms=len({inner_room(place) for place in cli}),
        cli_arrows=len(set(inner_arrows(graph, cli))),
        file_median=statistics.median(lines for lines, _ in lengths if lines > 1),
        longest_files=tuple(each for each in lengths if each[0] > LONGEST_FILE) or (lengths[0],),
        functions=len(functions),
        function_median=statistics.median(lines for lines, _ in functions),
        long_functions=tuple(each for each in functions if each[0] > LONGEST_FUNCTION),
    )


def module(place: str) -> str:
    """The dotted name of a file; a package has its own."""
    return place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def room(place: str) -> str:
    """The folder of a file."""
    return place.rpartition("/")[0]


def inner_room(name: str) -> str:
    """The part of `cli` that a module belongs to."""
    return name.split(".")[1]


def inner_arrows(graph: Graph, inside: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Imports between the parts of `cli`."""
    for name in inside:
        for target in graph[name] & inside:
            if inner_room(name) != inner_room(target):
                yield inner_room(name), inner_room(target)


def functions_of(place: str, text: str) -> Iterator[tuple[int, str]]:
    """The length of each function of a file, with its place."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1, f"{place}:{node.name}"


def imports(trees: Mapping[str, ast.Module]) -> Graph:
    """The modules of the house that each module imports, at its head or inside a function."""
    return {name: frozenset(_imported(tree, trees.keys())) - {name} for name, tree in trees.items()}


def _imported(tree: ast.Module, known: Set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                if inner in known:
                    yield inner
                elif node.module in known:
                    yield node.module


def arrows(graph: Graph) -> Iterator[tuple[str, str]]:
    """Imports from one folder to another."""
    for name, targets in graph.items():
        for target in targets:
            pair = _folder(name, graph), _folder(target, graph)
            if pair[0] != pair[1]:
                yield pair


def circles_of_rooms(graph: Graph) -> tuple[tuple[str, ...], ...]:
    """The circles between what lies side by side in a folder: its folders and its loose modules."""
    folders = {name.rpartition(".")[0] for name in graph}
    parents = folders | {folder.rpartition(".")[0] for folder in folders}
    return tuple(found for parent in sorted(parents) for found in circles(beside(graph, parent)))


def beside(graph: Graph, parent: str) -> Graph:
    """The imports between the parts of a folder; of the house, where it is ""."""
    parts: dict[str, set[str]] = {}
    for name, targets in graph.items():
        if (part := part_of(name, parent)) is not None:
            inner = {part_of(target, parent) for target in targets}
            parts.setdefault(part, set()).update(each for each in inner if each is not None)
    return {part: frozenset(targets - {part}) for part, targets in parts.items()}


def part_of(name: str, parent: str) -> str | None:
    """The part of the folder that a module belongs to; None for one that is not below it."""
    if parent and not name.startswith(f"{parent}."):
        return None
    head = f"{parent}." if parent else ""
    return head + name.removeprefix(head).split(".")[0]


def _folder(name: str, graph: Graph) -> str:
    is_package = any(other.startswith(f"{name}.") for other in graph)
    return name if is_package else name.rpartition(".")[0]


def circles(graph: Graph) -> tuple[tuple[str, ...], ...]:
    """Groups of modules that import each other: Tarjan's strongly connected components."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[tuple[str, ...]] = []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        stack.append(name)
        for target in sorted(graph[name]):
            if target not in order:
                visit(target)
                low[name] = min(low[name], low[target])
            elif target in stack:
                low[name] = min(low[name], order[target])
        if low[name] == order[name]:
            start = stack.index(name)
            group = stack[start:]
            del stack[start:]
            if len(group) > 1:
                found.append(tuple(sorted(group)))

    for name in sorted(graph):
        if name not in order:
            visit(name)
    return tuple(sorted(found))


def in_words(figures: Measured) -> str:
    """A table for people."""
    share = len(figures.long_functions) / figures.functions
    rows = [
        ("files", f"{figures.files}"),
        ("rooms (folders)", f"{figures.rooms}"),
        ("arrows between rooms", f"{figures.arrows}"),
        ("circles of modules", f"{len(figures.circles)}"),
        ("circles of rooms", f"{len(figures.room_circles)}"),
        ("rooms of cli/, arrows between them", f"{figures.cli_rooms}, {figures.cli_arrows}"),
        ("median file", f"{figures.file_median:g} lines"),
        ("longest file", f"{figures.longest_files[0][0]} lines ({figures.longest_files[0][1]})"),
        ("functions", f"{figures.functions}"),
        ("median function", f"{figures.function_median:g} lines"),
        ("functions over 40 lines", f"{len(figures.long_functions)} ({share:.2%})"),
    ]
    return "\n".join(f"{name:<36} {value}" for name, value in rows)


def main(arguments: list[str]) -> int:
    """Prints the figures; with `--check` 1 where a limit is passed."""
    places = [each for each in arguments if not each.startswith("--")]
    figures = measure(Path(places[0]) if places else Path(__file__).resolve().parent.parent)
    if "--check" in arguments:
        excesses = list(figures.excesses())
        print("\n".join(excesses), end="\n" if excesses else "")
        return 1 if excesses else 0
    print(json.dumps(asdict(figures), indent=2) if "--json" in arguments else in_words(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
