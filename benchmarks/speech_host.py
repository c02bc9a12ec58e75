"""One copy of a speech model on a host beside a copy in each process: work done, and memory.

    python -m benchmarks.speech_host

Eight spoken lectures, each its own file, with whisper's default model (`videobatch models get`).
First with a copy of the model in each child of a worker, for several numbers of children; then all
eight at once, by the host's one recogniser. Memory is the largest sum of the proportional set
sizes (PSS) of worker, children, controller and recogniser. Then once more while the recogniser is
killed again and again: every transcript must be equal.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks import suite
from benchmarks.figures import Figure
from benchmarks.pss import PeakPss
from benchmarks.sample_lecture import lecture
from benchmarks.workers import Crew, crew
from cli.stack.commands import usable_cores
from config.settings import load_settings
from tests.support.waiting import wait_for
from videobatch.speech.engines import SpeechOptions, model_folder
from videobatch.speech.host.client import read_speech

VIDEOS = 8
MINUTES, QUICK_MINUTES = 3, 1
KILLS = 20
LEAST_RATIO = 0.95
MOST_MB = 1500.0
LIMIT_S = 3600.0


@dataclass(frozen=True, slots=True)
class Run:
    """A batch that was done: how long it took, the CPU of its processes, its peak, and the words
    of each video."""

    took_s: float
    cpu_s: float
    peak_bytes: int
    words: tuple[str, ...]


def measure(effort: suite.Effort) -> list[Figure]:
    """The ratio of the throughputs, the memory of both, and what kills change."""
    speech = load_settings().speech
    # Raises SettingsError, which says how to get it.
    model_folder(speech.model or "base", SpeechOptions(speech.models_dir, speech.model_dir))
    path = lecture(effort.samples, QUICK_MINUTES if effort.quick else MINUTES, spoken=True)
    cores = usable_cores()
    counts = sorted({cores, cores + 1, 2 * cores} if not effort.quick else {cores})
    apart = {n: _run(effort.folder / f"apart-{n}", path, slots=n, shared=False) for n in counts}
    shared = _run(effort.folder / "shared", path, slots=VIDEOS, shared=True)
    killed, kills = _killed(effort.folder / "killed", path)
    best = min(apart, key=lambda n: apart[n].took_s)
    return [
        *(
            Figure(
                f"{n} children with a copy each", run.took_s, "s",
                note=f"CPU {run.cpu_s:.0f} s, peak PSS {run.peak_bytes / 1e6:,.0f} MB",
            )
            for n, run in apart.items()
        ),
        Figure(
            f"{VIDEOS} at once, one copy", shared.took_s, "s", note=f"CPU {shared.cpu_s:.0f} s"
        ),
        Figure(
            "throughput of one copy", apart[best].took_s / shared.took_s, "x", LEAST_RATIO,
            f"beside {best} children with a copy each, the best number", least=True,
        ),
        Figure("CPU of one copy", shared.cpu_s / apart[best].cpu_s, "x", note="likewise"),
        Figure(f"peak PSS, {VIDEOS} at once", shared.peak_bytes / 1e6, "MB", MOST_MB),
        Figure("transcripts that differ", _differing(apart[best], shared), "", 0.0),
        Figure(
            "transcripts that kills changed", _differing(shared, killed), "", 0.0,
            f"{kills} kills of the recogniser, {killed.took_s:.0f} s",
        ),
        Figure("kills", kills, "", KILLS, "of a recogniser that had been asked", least=True),
    ]  # fmt: skip


def _run(folder: Path, path: Path, *, slots: int, shared: bool) -> Run:
    folder.mkdir()
    with crew(folder, slots=slots, shared=shared) as workers:
        with PeakPss(workers.pids) as peak, _cpu_of(workers.pids()) as cpu_s:
            started_s = time.monotonic()
            workers.submit(path, VIDEOS)
            workers.wait()
            took_s = time.monotonic() - started_s
        return Run(took_s, cpu_s[0], peak.bytes, _words(folder))


def _killed(folder: Path, path: Path) -> tuple[Run, int]:
    """The batch while the recogniser is killed as soon as it is busy, each second time after it has
    done something; and how many kills there were before all was done."""
    folder.mkdir()
    with crew(folder, slots=VIDEOS, shared=True) as workers, ThreadPoolExecutor(1) as threads:
        started_s = time.monotonic()
        workers.submit(path, VIDEOS)
        kills = threads.submit(_kill, workers)
        workers.wait()
        took_s = time.monotonic() - started_s
        return Run(took_s, 0.0, 0, _words(folder)), kills.result()


def _kill(workers: Crew) -> int:
    process = workers.recogniser
    for number in range(KILLS):
        assert process is not None
        assert workers.start_recogniser is not None
        pid, least_s = process.pid, 1.0 if number % 2 else 0.0

        def is_due(pid: int = pid, least_s: float = least_s) -> bool:
            found = read_speech(workers.folder / "speech.sock")
            is_busy = found is not None and found.pid == pid and found.busy > 0
            return workers.is_over() or (is_busy and found is not None and found.sound_s >= least_s)

        wait_for(is_due, LIMIT_S, "the recogniser is busy", workers.worker.tail)
        if workers.is_over():
            return number
        process.kill()
        process = workers.start_recogniser()
    return KILLS


@contextmanager
def _cpu_of(pids: Sequence[int]) -> Iterator[list[float]]:
    def used() -> float:
        times = [psutil.Process(pid).cpu_times() for pid in pids]
        return float(sum(each.user + each.system for each in times))

    found: list[float] = []
    before = used()
    yield found
    found.append(used() - before)


def _words(folder: Path) -> tuple[str, ...]:
    paths = sorted((folder / "out").rglob("transcript.json"))
    found = [json.loads(path.read_text("utf-8"))["utterances"] for path in paths]
    assert len(found) == VIDEOS, f"{len(found)} transcripts"
    assert all(found), "nothing was heard, so the figures say nothing"
    return tuple(json.dumps(each) for each in found)


def _differing(one: Run, other: Run) -> int:
    return sum(a != b for a, b in zip(one.words, other.words, strict=True))


if __name__ == "__main__":
    suite.alone("speech_host", measure, __doc__)
