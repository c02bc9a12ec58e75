"""The search over 1,000 hours: how long the index takes, how large it is, how fast it answers.

    python -m benchmarks search [--quick]

The library is drawn by lot (benchmarks/library.py), written as manifests, transcripts and
documents, and indexed from these alone. Queries are drawn from its own words, so that frequent ones
are looked for as often as they are said: one, two and three words, phrases of two, beginnings of
three letters, Chinese of one, two and four characters, some of them within one course, month or
kind. Then the command as a process, and 10,000 videos of which none is new, and one. Last, ways to
part Chinese into words, by real sentences (benchmarks/talks): what is found of what is there, and
the index's size.
"""

from __future__ import annotations

import random
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks import library, search_tokens, suite
from benchmarks.figures import Figure, quantile
from tests.support.cli import Cli
from videobatch.search.index import SearchIndex, open_index
from videobatch.search.query import parse
from videobatch.search.records import Filters, Kind

HOURS, MANY, QUERIES = 1_000, 10_000, 2_000
MOST_BUILD_S, MOST_ANSWER_S = 60.0, 0.05
LIMIT = 20


def measure(effort: suite.Effort) -> list[Figure]:
    hours = effort.rounds(HOURS)
    root, home = effort.folder / "documents", effort.folder / "home"
    library.write_library(root, hours)
    with open_index(home, root) as index:
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        updated = index.update()
        build_s, build_cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
        assert updated.videos == hours, updated
        took_s, found = _answers(index, effort.rounds(QUERIES, least=200))
    commands_s = [_command(home, root) for _ in range(effort.rounds(10, least=3))]
    size_mb = sum(path.stat().st_size for path in (home / "search").iterdir()) / 1e6
    note = f"{hours:,} lectures of an hour"
    asked = f"{len(took_s):,} queries, {found:.0%} with a hit"
    return [
        Figure("index of 1,000 hours", build_s * HOURS / hours, "s", MOST_BUILD_S, note),
        Figure("of it CPU", build_cpu_s * HOURS / hours, "s", note=note),
        Figure("its file", size_mb * HOURS / hours, "MB", note=note),
        Figure("memory of the process, most", _most_mb(), "MB", note="with the library's making"),
        Figure("an answer, p50", quantile(took_s, 0.5) * 1e3, "ms", note=asked),
        Figure("an answer, p99", quantile(took_s, 0.99) * 1e3, "ms", MOST_ANSWER_S * 1e3, asked),
        Figure("an answer, longest", max(took_s) * 1e3, "ms", note=asked),
        Figure("the command, median", statistics.median(commands_s), "s", note=note),
        *_many(effort),
        *search_tokens.measure(),
    ]


def _answers(index: SearchIndex, count: int) -> tuple[list[float], float]:
    """The seconds of each answer, and the share of queries that found something."""
    took_s, hits = [], 0
    for words, filters in _queries(count):
        began_s = time.perf_counter()
        found = index.find(parse(words), filters, LIMIT)
        took_s.append(time.perf_counter() - began_s)
        hits += bool(found.hits)
    return took_s, hits / count


def _command(home: Path, root: Path) -> float:
    """The seconds of a search from the shell, to its end."""
    word = library.tongues()[0].words[500]
    began_s = time.perf_counter()
    answer = Cli(home)("search", word, "--out", root)
    assert answer.exit_code == 0, answer.said
    return time.perf_counter() - began_s


def _queries(count: int) -> Iterator[tuple[list[str], Filters]]:
    chance = random.Random(1)
    english, chinese = library.tongues()
    forms: Sequence[Callable[[], list[str]]] = (
        lambda: english.drawn(chance, 1),
        lambda: english.drawn(chance, 2),
        lambda: english.drawn(chance, 3),
        lambda: [" ".join(english.drawn(chance, 2))],
        lambda: [f"{english.drawn(chance, 1)[0][:3]}*"],
        lambda: [chinese.drawn(chance, 1)[0][:1]],
        lambda: chinese.drawn(chance, 1),
        lambda: ["".join(chinese.drawn(chance, 2))],
    )
    parts: Sequence[Filters] = (
        *[Filters()] * 5,
        Filters(course="course 07"),
        Filters(kinds=frozenset({Kind.SLIDE})),
        Filters(since_s=library.FIRST_NS / 1e9, until_s=library.FIRST_NS / 1e9 + 30 * 86_400),
    )
    for _ in range(count):
        yield chance.choice(forms)(), chance.choice(parts)


def _many(effort: suite.Effort) -> Iterator[Figure]:
    """An index that is up to date, looked over again, and after one video more."""
    count = effort.rounds(MANY)
    root = effort.folder / "many"
    for number in range(count + 1):
        folder = root / f"batch-{number % 10:08x}" / f"{number:05d}.mp4"
        folder.mkdir(parents=True)
        (folder / "summary_report.md").write_text(f"# Number {number}\n")
        if number < count:
            library.write_manifest(folder, number)
    with open_index(effort.folder / "home", root) as index:
        index.update()
        still_s = _timed(index.update)
        library.write_manifest(folder, count)
        one_s = _timed(index.update)
        assert len(index.find(parse([f"number {count}"])).hits) == 1
    note = f"{count:,} videos"
    yield Figure("looked over, nothing new", still_s * 1e3, "ms", note=note)
    yield Figure("looked over, one video new", one_s * 1e3, "ms", note=note)


def _timed(call: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    call()
    return time.perf_counter() - began_s


def _most_mb() -> float:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    suite.alone("search", measure, __doc__)
