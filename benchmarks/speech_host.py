"""One copy of a speech model on a host beside a copy in each process: work done, and memory.

    python -m benchmarks.speech_host

Eight spoken lectures, each its own file, with whisper's default model (`videobatch models get`)
and no slides read. First with a copy of the model in each child of a worker, for several numbers of
children; then all eight at once, by the host's one recogniser, in turns with the best of those
numbers: the ratio is the median of the pairs. Nobody looks at memory meanwhile: to add up the pages
of eleven processes takes more of the time than those of four. Then once more for the memory, the
largest sum of the proportional set sizes (PSS) of worker, children, controller and recogniser,
which reads the slides, too, where the extra is installed; and once more while the recogniser is
killed again and again: every transcript must be equal.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from unittest.mock import patch

import psutil

from benchmarks import suite
from benchmarks.figures import Figure
from benchmarks.pss import PeakPss
from benchmarks.sample_lecture import lecture
from benchmarks.workers import Crew, crew
from cli.stack.commands import usable_cores
from config.settings import load_settings
from tests.support.waiting import wait_for
from videobatch.slides.installed import is_installed
from videobatch.speech.engines import WHISPER, SpeechOptions, model_folder
from videobatch.speech.host.client import read_speech

VIDEOS = 8
MINUTES, QUICK_MINUTES = 2, 1
PAIRS = 3
KILLS = 20
LEAST_RATIO = 0.95
MOST_MB = 1500.0
LIMIT_S = 3600.0

Look = Callable[[Crew], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Run:
    """A batch that was done: how long it took, the CPU of its processes (0 where somebody looked at
    them, who may have ended one), and the words of each video."""

    took_s: float
    cpu_s: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bench:
    """The file that all videos are copies of, and where each run has a folder of its own."""

    path: Path
    folder: Path

    def apart(self, children: int, number: int = 0) -> Run:
        """All videos by so many children with a copy of the model each."""
        return self._run(f"apart-{children}-{number}", children, shared=False)

    def shared(self, name: str, look: Look | None = None) -> Run:
        """All videos at once by the host's recogniser, while somebody looks at the crew."""
        return self._run(f"shared-{name}", VIDEOS, shared=True, look=look)

    def _run(self, name: str, slots: int, *, shared: bool, look: Look | None = None) -> Run:
        folder = self.folder / name
        folder.mkdir()
        with crew(folder, slots=slots, shared=shared) as workers:
            looking, counted = (look(workers), []) if look else (nullcontext(), workers.pids())
            with looking, _cpu_of(counted) as cpu_s:
                started_s = time.monotonic()
                workers.submit(self.path, VIDEOS)
                workers.wait()
                took_s = time.monotonic() - started_s
            return Run(took_s, cpu_s[0], _words(folder))


def measure(effort: suite.Effort) -> list[Figure]:
    """The ratio of the throughputs, the memory of all at once, and what kills change."""
    speech = load_settings().speech
    # Raises SettingsError, which says how to get it.
    model_folder(speech.model or "base", SpeechOptions(speech.models_dir, speech.model_dir))
    path = lecture(effort.samples, QUICK_MINUTES if effort.quick else MINUTES, spoken=True)
    with patch.dict(os.environ, {"VIDEOBATCH_SPEECH__ENGINE": WHISPER}):
        bench = Bench(path, effort.folder)
        return [*_throughput(bench, effort), *_memory(bench), *_kills(bench)]


def _throughput(bench: Bench, effort: suite.Effort) -> list[Figure]:
    cores = usable_cores()
    counts = [cores] if effort.quick else sorted({cores, cores + 1, 2 * cores})
    apart = {children: bench.apart(children) for children in counts}
    best = min(apart, key=lambda children: apart[children].took_s)
    pairs = [(apart[best], bench.shared("0"))]
    for number in range(1, effort.rounds(PAIRS)):
        pairs.append((bench.apart(best, number), bench.shared(str(number))))
    ratios = sorted(one.took_s / other.took_s for one, other in pairs)
    spread = f"{len(pairs)} pairs, {ratios[0]:.2f} to {ratios[-1]:.2f}"
    cpu_s = median(other.cpu_s for _, other in pairs)
    return [
        *(
            Figure(f"{children} with a copy each", run.took_s, "s", note=f"CPU {run.cpu_s:.0f} s")
            for children, run in apart.items()
        ),
        Figure(
            f"{VIDEOS} at once, one copy", median(other.took_s for _, other in pairs), "s",
            note=f"CPU {cpu_s:.0f} s",
        ),
        Figure(
            "throughput of one copy", median(ratios), "x", LEAST_RATIO,
            f"beside {best} with a copy each, the best number; {spread}", least=True,
        ),
        Figure("CPU of one copy", median(o.cpu_s / one.cpu_s for one, o in pairs), "x"),
        Figure(
            "transcripts that differ", sum(_differing(*pair) for pair in pairs), "", 0.0
        ),
    ]  # fmt: skip


def _memory(bench: Bench) -> list[Figure]:
    peaks: list[PeakPss] = []

    def look(workers: Crew) -> PeakPss:
        peaks.append(PeakPss(workers.pids))
        return peaks[0]

    # As in the image, which has the extra `ocr`.
    with patch.dict(os.environ, {"VIDEOBATCH_SLIDES__READ": "auto"}):
        bench.shared("looked-at", look)
    note = f"{peaks[0].looks} looks; slides {'read' if is_installed() else 'not read'}"
    return [Figure(f"peak PSS, {VIDEOS} at once", peaks[0].bytes / 1e6, "MB", MOST_MB, note)]


def _kills(bench: Bench) -> list[Figure]:
    """The batch while the recogniser is killed as soon as it is busy, each second time after it has
    done something; and how many kills there were before all was done."""
    kills: list[int] = []

    @contextmanager
    def killing(workers: Crew) -> Iterator[None]:
        with ThreadPoolExecutor(1) as threads:
            killer = threads.submit(_kill, workers)
            yield
            kills.append(killer.result())

    killed, quiet = bench.shared("killed", killing), bench.shared("not-killed")
    note = f"{kills[0]} kills of the recogniser; {killed.took_s:.0f} s, {quiet.took_s:.0f} without"
    return [
        Figure("transcripts that kills changed", _differing(quiet, killed), "", 0.0, note),
        Figure("kills", kills[0], "", KILLS, "of a recogniser that had been asked", least=True),
    ]


def _kill(workers: Crew) -> int:
    process = workers.recogniser
    for number in range(KILLS):
        assert process is not None
        assert workers.start_recogniser is not None
        pid, least_s = process.pid, 1.0 if number % 2 else 0.0

        def is_due(pid: int = pid, least_s: float = least_s, has_begun: bool = number > 0) -> bool:
            found = read_speech(workers.folder / "speech.sock")
            is_busy = found is not None and found.pid == pid and found.busy > 0
            # Before its first videos are there, the batch has none that are open.
            if has_begun and workers.is_over():
                return True
            return is_busy and found is not None and found.sound_s >= least_s

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
    found = [json.loads(path.read_text("utf-8")) for path in paths]
    assert len(found) == VIDEOS, f"{len(found)} transcripts"
    by = {each["source"].partition(" ")[0] for each in found}
    assert by == {WHISPER}, f"heard by {by}, so the figures say nothing of {WHISPER}"
    words = [each["utterances"] for each in found]
    assert all(words), "nothing was heard, so the figures say nothing"
    return tuple(json.dumps(each) for each in words)


def _differing(one: Run, other: Run) -> int:
    return sum(a != b for a, b in zip(one.words, other.words, strict=True))


if __name__ == "__main__":
    suite.alone("speech_host", measure, __doc__)
