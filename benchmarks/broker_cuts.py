"""A worker whose Redis goes away under it: does it live, when does it consume again?

    python -m benchmarks.broker_cuts [--python PATH] [--rounds 3] [--stock] [--late]

`--python` is an interpreter with the versions of celery[redis] to try. `--stock` leaves out our
consumer and gate, `--late` acknowledges late. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from celery import Celery

from celery_app.celery_settings import AppOptions, celery_settings
from celery_app.publishing import message_template, queue_key
from tests.support.processes import Process
from tests.support.servers import RedisServer
from tests.support.waiting import wait_for

SLOTS = 4
RUNNING = 3
CUT_S = 0.05
OUTAGE_S = 20.0
DEADLINE_S = 60.0
VERSIONS = (
    "import celery, kombu, redis;"
    "print(f'celery {celery.__version__}, kombu {kombu.__version__}, redis {redis.__version__}')"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One cut. None: never.

    `first_start_s` counts from the moment at which Redis answered again, `all_slots_s` from the
    moment at which all slots were free as well.
    """

    is_alive: bool
    first_start_s: float | None
    all_slots_s: float | None


def cut(server: RedisServer) -> None:
    """All connections closed, then silence for 50 ms."""
    server.cut_clients()
    server.pause()
    threading.Event().wait(CUT_S)
    server.resume()


def refuse(server: RedisServer) -> None:
    """Connections refused for 20 s."""
    server.stop()
    threading.Event().wait(OUTAGE_S)
    server.start()


SCENARIOS: Mapping[str, Callable[[RedisServer], None]] = {
    "clients cut, silent for 50 ms": cut,
    "restarted": RedisServer.restart,
    "refused for 20 s": refuse,
}


class Round:
    """A server and a worker with three naps running and one slot free."""

    def __init__(self, folder: Path, python: str, flags: Mapping[str, str]) -> None:
        self.server = RedisServer(folder / "redis")
        environment = {"BROKER_CUTS_URL": self.server.url, **flags}
        options = ("--without-mingle", "--without-gossip", "--loglevel", "INFO")
        argv = [python, "-m", "celery", "-A", "benchmarks.broker_cuts_app", "worker"]
        argv += ["--concurrency", str(SLOTS), *options]
        self.worker = Process(argv, folder / "worker.log", environment)
        app = Celery("sender")
        app.conf.update(celery_settings(AppOptions(broker_url=self.server.url, key_prefix="cuts")))
        self.texts = queue_key(app), message_template(app, "nap")

    def send(self, first: int, count: int) -> None:
        """Publishes naps by number, as the ledger's scripts publish."""
        key, template = self.texts
        with self.server.client() as client:
            for number in map(str, range(first, first + count)):
                text = template.replace("{video_id}", number).replace("{task_id}", f"nap-{number}")
                client.lpush(key, text)

    def notes(self, kind: str) -> list[tuple[int, float]]:
        with self.server.client() as client:
            lines = cast("list[str]", client.lrange("notes", 0, -1))
        parts = [line.split() for line in lines]
        return [(int(p[1]), float(p[2])) for p in parts if p[0] == kind]

    def run(self, scenario: Callable[[RedisServer], None]) -> Outcome:
        """Cuts, publishes four more, and looks when they start."""
        self.worker.wait_for_line("ready.", DEADLINE_S)
        self.send(0, RUNNING)
        self.worker.wait_for(lambda: len(self.notes("start")) == RUNNING, DEADLINE_S, "naps run")
        scenario(self.server)
        with self.server.client() as client:
            seconds, microseconds = cast("tuple[int, int]", client.time())
        back_s = seconds + microseconds / 1e6
        self.send(RUNNING, SLOTS)
        try:
            wait_for(
                lambda: not self.worker.is_alive() or len(self._after()) >= SLOTS,
                DEADLINE_S,
                "four starts after the cut",
            )
        except AssertionError:
            print(self.worker.tail(), file=sys.stderr)
        starts = sorted(self._after())
        freed_s = max([back_s, *(at_s for number, at_s in self.notes("end") if number < RUNNING)])
        return Outcome(
            is_alive=self.worker.is_alive(),
            first_start_s=starts[0] - back_s if starts else None,
            all_slots_s=starts[SLOTS - 1] - freed_s if len(starts) >= SLOTS else None,
        )

    def _after(self) -> list[float]:
        return [at_s for number, at_s in self.notes("start") if number >= RUNNING]

    def close(self) -> None:
        self.worker.stop()
        self.server.stop()


def measure(
    scenario: Callable[[RedisServer], None], python: str, flags: Mapping[str, str]
) -> Outcome:
    """One round in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        each = Round(Path(folder), python, flags)
        try:
            return each.run(scenario)
        finally:
            each.close()


def row(name: str, outcomes: list[Outcome]) -> str:
    """A line of the table."""
    alive = sum(o.is_alive for o in outcomes)
    return (
        f"| {name} | {alive} of {len(outcomes)} | {_seconds([o.first_start_s for o in outcomes])} "
        f"| {_seconds([o.all_slots_s for o in outcomes])} |"
    )


def _seconds(values: list[float | None]) -> str:
    known = [v for v in values if v is not None]
    if not known:
        return "never"
    never = f", {len(values) - len(known)} never" if len(known) < len(values) else ""
    return f"{statistics.median(known):.2f} (max {max(known):.2f}{never})"


def main(argv: list[str] | None = None) -> int:
    """Runs every scenario and prints the table. Exit code 1 if a worker died or stayed idle."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stock", action="store_true")
    parser.add_argument("--late", action="store_true")
    chosen: Any = parser.parse_args(argv)
    flags = {
        **({"BROKER_CUTS_STOCK": "1"} if chosen.stock else {}),
        **({"BROKER_CUTS_LATE": "1"} if chosen.late else {}),
    }
    versions = subprocess.run(
        [chosen.python, "-c", VERSIONS], check=True, capture_output=True, text=True
    )
    print(f"{versions.stdout.strip()}{' --stock' * chosen.stock}{' --late' * chosen.late}\n")
    print("| Redis | worker lived | first start, s | all slots once free, s |\n|---|---|---|---|")
    is_sound = True
    for name, scenario in SCENARIOS.items():
        outcomes = [measure(scenario, chosen.python, flags) for _ in range(chosen.rounds)]
        print(row(name, outcomes), flush=True)
        is_sound &= all(o.is_alive and o.all_slots_s is not None for o in outcomes)
    return 0 if is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
