"""The running of benchmarks: their command line, their surroundings, and their end."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.figures import Figure, table
from benchmarks.stacks import ENDING
from cli.stack.commands import usable_cores
from config.settings import PROJECT_ROOT, load_settings
from tests.support.cli import OURS
from tests.support.speech import ENGINE
from videobatch.errors import VideobatchError

SAMPLES = PROJECT_ROOT / "build" / "benchmarks"
FAILURES = (AssertionError, OSError, subprocess.SubprocessError, VideobatchError)


@dataclass(frozen=True, slots=True)
class Effort:
    """The place where a benchmark works, and how hard it tries.

    `folder` is empty and its own; `samples` keeps large inputs for the next time. `quick` is for
    a look whether everything runs: its figures say little.
    """

    folder: Path
    samples: Path
    quick: bool = False

    def rounds(self, full: int, least: int = 1) -> int:
        """The number of measurements: a tenth of it, and `least`, where it shall be quick."""
        return max(least, full // 10) if self.quick else full


Measure = Callable[[Effort], list[Figure]]


def run(
    benchmarks: Mapping[str, Measure], argv: Sequence[str] | None = None, about: str | None = None
) -> int:
    """Runs the named benchmarks, all of them where none is named, and prints what they found.

    Exit code 0; 1 where one could not be measured, or with --strict a target was missed; 2 where
    the surroundings are not fit for it.
    """
    chosen = _arguments(benchmarks, argv, about)
    _own_surroundings()
    machine = _machine()
    if not chosen.json:
        print(" · ".join(f"{name} {value}" for name, value in machine.items()), flush=True)
    rows: list[tuple[str, Figure]] = []
    failures: dict[str, str] = {}
    for name in chosen.names or benchmarks:
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            found = _measure(benchmarks[name], chosen)
        except FAILURES as error:
            failures[name] = f"{type(error).__name__}: {error}"
            print(f"{name} could not be measured: {failures[name]}", file=sys.stderr)
        else:
            rows += [(name, figure) for figure in found]
    if chosen.json:
        figures = [{"benchmark": name, **figure.as_dict()} for name, figure in rows]
        print(json.dumps({"machine": machine, "figures": figures, "failures": failures}, indent=2))
    else:
        print(table(rows))
    is_missed = chosen.strict and any(figure.is_missed for _, figure in rows)
    return 1 if failures or is_missed else 0


def alone(name: str, measure: Measure, about: str | None) -> None:
    """The command line of one benchmark's module. Ends the process."""
    sys.exit(run({name: measure}, about=about))


def _arguments(
    benchmarks: Mapping[str, Measure], argv: Sequence[str] | None, about: str | None
) -> Any:
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = ", ".join(benchmarks)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {names}  [default: all]")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quick", action="store_true", help="a tenth of the repetitions")
    parser.add_argument("--strict", action="store_true", help="end with 1 if a target is missed")
    parser.add_argument(
        "--samples", type=Path, default=SAMPLES, help=f"keeps large inputs  [default: {SAMPLES}]"
    )
    chosen = parser.parse_args(argv)
    for name in chosen.names:
        if name not in benchmarks:
            parser.error(f"there is no benchmark {name!r}; there are: {names}")
    return chosen


def _measure(measure: Measure, chosen: Any) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="vb-bench-", ignore_cleanup_errors=True) as folder:
        samples: Path = chosen.samples
        return measure(Effort(Path(folder).resolve(), samples.resolve(), chosen.quick))


def _own_surroundings() -> None:
    """No setting of the caller's reaches what is measured, and a signal ends it in good order."""
    for name in [name for name in os.environ if name.startswith(OURS)]:
        del os.environ[name]
    # Installed for developers, and no part of a default installation.
    os.environ["VIDEOBATCH_SLIDES__READ"] = "off"
    # Figures must not depend on the models that happen to be here.
    os.environ.update(ENGINE)
    # Where it is set, each start compiles all of our modules anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if load_settings().redis_url is not None:
        print(
            "VIDEOBATCH_REDIS_URL is set in .env or videobatch.toml: take it out", file=sys.stderr
        )
        sys.exit(2)
    # Also where it was started with Ctrl-C switched off, as a shell does in the background.
    for number in ENDING:
        signal.signal(number, _end)


def _end(number: int, _frame: object) -> None:
    """Leaves every block in good order; a second signal must not disturb that."""
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)


def _machine() -> dict[str, str]:
    """The machine, to be read beside the figures. The load is of others: nothing runs yet."""
    return {
        "cores": str(usable_cores()),
        "memory": f"{psutil.virtual_memory().total / 1e9:.0f} GB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "load before": f"{os.getloadavg()[0]:.2f}",
    }
