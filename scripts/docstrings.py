"""Checks how docstrings begin: with a verb or a plain noun phrase, never as half a sentence.

    python scripts/docstrings.py [FOLDER...]

Prints a line for each head that begins with one of `HEADLESS`, and ends with 1 if there is one.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (
    "config",
    "videobatch",
    "celery_app",
    "tasks",
    "controllers",
    "cli",
    "benchmarks",
    "scripts",
)
# Heads of clauses: what follows them is not what one gets, but half of a sentence about it.
HEADLESS = (
    *("what", "whether", "how", "of", "by", "as", "from", "who", "whose", "why", "where", "when"),
    *("which", "that", "if"),
)
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def headless(source: str) -> Iterator[tuple[int, str]]:
    """The line and the first words of each docstring that begins with half a sentence."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, Documented):
            continue
        text = ast.get_docstring(node) or ""
        words = text.split()
        if words and words[0].strip("*_`.,:;").lower() in HEADLESS:
            yield getattr(node, "lineno", 1), " ".join(words[:8])


def main(folders: list[str]) -> int:
    """0 where every docstring has a head."""
    found = 0
    for folder in folders or FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for line, words in headless(path.read_text(encoding="utf-8")):
                print(f"{path.relative_to(ROOT)}:{line}: {words} ...")
                found += 1
    if found:
        print(f"{found} docstrings begin as half a sentence: say what one gets", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
