"""Ways to part Chinese into the words of an index: what is found of what is there, and the size."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

import rjieba

from benchmarks.figures import Figure
from benchmarks.talks import load_told
from videobatch.search.folding import indexed

LENGTHS = (1, 2, 3, 4)
HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")
Words = Callable[[str], str]


def _words(text: str) -> str:
    return " ".join(rjieba.cut_for_search(text))


def _pairs(text: str) -> str:
    """Each character, and each two that stand side by side."""
    characters = indexed(text).split(" ")
    return " ".join([*characters, *map("".join, pairwise(characters))])


# SQLite's own `trigram` is handed the text, the others words with spaces between them.
WAYS: Mapping[str, tuple[str, Words]] = {
    "characters": ("ascii", indexed),
    "characters and pairs": ("ascii", _pairs),
    "dictionary (rjieba)": ("ascii", _words),
    "trigram": ("trigram", str),
}


def measure() -> Iterator[Figure]:
    """For each way the share of passages that a part of their text finds, by its length."""
    lines = [line.text for told in load_told() if told.language == "zh" for line in told.lines]
    for name, (tokenizer, words) in WAYS.items():
        index = _index(tokenizer, words, lines)
        for length in LENGTHS:
            share, note = _recall(index, words, lines, length)
            yield Figure(f"{name}: found, of {length} characters", 100 * share, "%", note=note)
        size = index.execute("SELECT sum(length(block)) FROM words_data").fetchone()[0]
        chars = sum(map(len, lines))
        note = f"{len(lines)} sentences of benchmarks/talks"
        yield Figure(f"{name}: index", size / chars, "bytes a character", note=note)
        index.close()


def _index(tokenizer: str, words: Words, lines: Sequence[str]) -> sqlite3.Connection:
    index = sqlite3.connect(":memory:", isolation_level=None)
    index.execute(
        f"CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='{tokenizer}')"
    )
    index.executemany(
        "INSERT INTO words (rowid, text) VALUES (?, ?)",
        ((number, words(line)) for number, line in enumerate(lines)),
    )
    index.execute("INSERT INTO words (words) VALUES ('optimize')")
    return index


def _recall(
    index: sqlite3.Connection, words: Words, lines: Sequence[str], length: int
) -> tuple[float, str]:
    """The share of passages with a part of so many characters that are found by it; each part that
    stands in any of them is looked for, as a person might."""
    parts = {
        run[begin : begin + length]
        for line in lines
        for run in HAN_RUN.findall(line)
        for begin in range(len(run) - length + 1)
    }
    there = got = 0
    for part in sorted(parts):
        holds = {number for number, line in enumerate(lines) if part in line}
        query = f'"{_query(words, part)}"'
        rows = index.execute("SELECT rowid FROM words WHERE words MATCH ?", (query,))
        there += len(holds)
        got += len(holds & {number for (number,) in rows})
    return got / there, f"{len(parts):,} parts of what is said"


def _query(words: Words, part: str) -> str:
    # Of pairs, the phrase is of pairs alone where there is one.
    if words is _pairs and len(part) > 1:
        return " ".join(map("".join, pairwise(part)))
    return words(part)
