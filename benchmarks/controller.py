"""The controller live: real Redis, worker, controller and API server; four loads in turn.

    python -m benchmarks.controller [runs] [pairs] [replay] [--json] [--quick]

First each rule goes through all four loads once (cpu, balanced, memory, quota; 75 s each): the
picture. Then, for each load, a sweep finds the best fixed number, and blocks of it and of the
controller take turns: their ratios decide, since the machine is noisy. At last ten minutes of the
controller through all four loads are recorded, and decided again. Takes about an hour.
"""

from __future__ import annotations

import random
import statistics
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.figures import Figure
from benchmarks.live.crews import MOST, SEGMENTS, Look, Ours, Plain, Segment, bench, timeline
from benchmarks.live.picture import draw
from benchmarks.suite import Effort, run
from cli.fleet.schema import ReplayOut
from config.settings import PROJECT_ROOT
from tests.support.cli import Cli

SEGMENT_S, SWEEP_S, BLOCK_S, WARM_S = 75.0, 12.0, 20.0, 6.0
RECORDED_S = 600.0
PAIRS = 5
FIXED = (2, 3, 4, 5, 6, 8, 11, 14, 17, MOST)
PICTURE = PROJECT_ROOT / "docs" / "images" / "controller.svg"
LITTLE, THRESHOLD, AUTOSCALE = "little", "threshold", "Celery --autoscale=8,2"
# A number is reached when it is this near to the median of the segment's second half.
NEAR = 0.2
RESAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Compared:
    """Paired blocks of one load: the controller's work as a share of the best fixed number's."""

    segment: str
    best: int
    shares: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.shares)

    @property
    def lowest(self) -> float:
        """The lower end of the median's 95 % interval, by bootstrap."""
        luck = random.Random(0)
        medians = sorted(
            statistics.median(luck.choices(self.shares, k=len(self.shares)))
            for _ in range(RESAMPLES)
        )
        return medians[round(0.025 * RESAMPLES)]


def measure(effort: Effort) -> list[Figure]:
    """All of it; the picture lands in docs/images."""
    return [*measure_runs(effort), *measure_pairs(effort), *measure_replay(effort)]


def measure_pairs(effort: Effort) -> list[Figure]:
    """Paired blocks of the controller and of the best fixed number."""
    with ExitStack() as ends:
        made = ends.enter_context(bench(effort.folder / "pairs"))
        ours = Ours(made, effort.folder, ends)
        compared = [
            _compare(ours, segment, effort.rounds(PAIRS, 1), quick=effort.quick)
            for segment in SEGMENTS
        ]
    return _of_pairs(compared)


def measure_runs(effort: Effort) -> list[Figure]:
    """One run through all four loads for each rule, and the picture of them."""
    each_s = 20.0 if effort.quick else SEGMENT_S
    runs: dict[str, list[Look]] = {}
    rates: dict[str, dict[str, float]] = {}
    with ExitStack() as ends:
        made = ends.enter_context(bench(effort.folder / "runs"))
        with ExitStack() as own:
            ours = Ours(made, effort.folder, own)
            for name, policy in ((LITTLE, "little"), (THRESHOLD, "threshold")):
                ours.fix(4)
                ours.control(policy)
                runs[name], found = timeline(ours, SEGMENTS, each_s)
                rates[name] = dict(found)
                _tell(name, runs[name], found)
        with ExitStack() as own:
            plain = Plain(made, effort.folder, own)
            runs[AUTOSCALE], found = timeline(plain, SEGMENTS, each_s)
            rates[AUTOSCALE] = dict(found)
            _tell(AUTOSCALE, runs[AUTOSCALE], found)
    path = effort.folder / "controller.svg" if effort.quick else PICTURE
    draw(path, runs, SEGMENTS, each_s)
    print(f"the picture: {path}", file=sys.stderr)
    return _of_runs(runs, rates, each_s)


def measure_replay(effort: Effort) -> list[Figure]:
    """Ten minutes of the controller, recorded and decided again by the product's own commands."""
    whole_s = 40.0 if effort.quick else RECORDED_S
    record = effort.folder / "run.jsonl"
    with ExitStack() as ends:
        made = ends.enter_context(bench(effort.folder / "replay"))
        ours = Ours(made, effort.folder, ends)
        ours.fix(4)
        ours.control("little")
        looks, found = timeline(ours, SEGMENTS, whole_s / len(SEGMENTS))
        _tell("recorded", looks, dict(found))
        cli = Cli(effort.folder / "home", made.environment())
        written = cli("decisions", "--record", record)
        assert written.exit_code == 0, written.said
        again = ReplayOut.model_validate(cli("replay", record, "--json").json)
    note = f"{again.rounds} rounds in {whole_s:g} s, four loads"
    return [
        Figure("replayed: rounds", again.rounds, "", 0.9 * whole_s, note, True),
        Figure("replayed: decided otherwise", again.differ, "", 0, note),
    ]


def _tell(name: str, looks: Sequence[Look], rates: Mapping[str, float]) -> None:
    """On the way: the slots every ten seconds, and the work of each load."""
    slots = [look.wanted for look in looks[::20]]
    work = ", ".join(f"{segment} {rate:.2f}" for segment, rate in rates.items())
    print(f"{name}: slots {slots}; work per second: {work}", file=sys.stderr, flush=True)


def _compare(ours: Ours, segment: Segment, pairs: int, *, quick: bool) -> Compared:
    """Finds the best fixed number, and lets it and the controller take turns."""
    made, block_s = ours.bench, (6.0 if quick else BLOCK_S)
    # A controller knows how work is told to the workers, and leaves that in Redis.
    ours.control("little")
    ours.begin(segment)
    swept: dict[int, float] = {}
    for slots in FIXED[:: 3 if quick else 1]:
        ours.fix(slots)
        swept[slots] = made.rate(SWEEP_S / (3 if quick else 1), WARM_S / 2)
    best = max(swept, key=lambda slots: swept[slots])
    told = ", ".join(f"{slots}: {rate:.2f}" for slots, rate in swept.items())
    print(f"{segment.name}: work per second by fixed number: {told}", file=sys.stderr, flush=True)
    # It has come to its number before its first block, as it has in a long run.
    ours.control("little")
    made.rate(block_s)
    held, _ = ours.look()
    shares = []
    for number in range(pairs):
        rate = {}
        # Each goes first as often as the other.
        for who in ("ours", "fixed") if number % 2 else ("fixed", "ours"):
            if who == "fixed":
                held, _ = ours.look()
                ours.fix(best)
            else:
                ours.fix(held)
                ours.control("little")
            rate[who] = made.rate(block_s, WARM_S)
        shares.append(rate["ours"] / rate["fixed"])
    print(f"{segment.name}: shares {[round(s, 3) for s in shares]}", file=sys.stderr, flush=True)
    return Compared(segment.name, best, tuple(shares))


def _of_pairs(compared: Sequence[Compared]) -> list[Figure]:
    figures = []
    for each in compared:
        note = f"best fixed number {each.best}; {len(each.shares)} paired blocks"
        figures += [
            Figure(f"{each.segment}, median share", 100 * each.median, "%", 97, note, True),
            Figure(f"{each.segment}, low end of 95 %", 100 * each.lowest, "%", 90, note, True),
        ]
    return figures


def _of_runs(
    runs: dict[str, list[Look]],
    rates: dict[str, dict[str, float]],
    each_s: float,
) -> list[Figure]:
    note = f"one run of {len(SEGMENTS)} x {each_s:g} s"
    looks = runs[LITTLE]
    parts = [[k for k in looks if n <= k.at_s / each_s < n + 1] for n in range(len(SEGMENTS))]
    figures = [
        Figure("converged after, at most", max(map(_converged, parts)), "s", 20, note),
        Figure("reversals", _reversals(looks), "", 4, note),
    ]
    for name, found in runs.items():
        over = sum(look.memory * 0.9 > 1.0 for look in found)
        target = 0 if name == LITTLE else None
        figures.append(Figure(f"{name}: looks above the memory limit", over, "", target, note))
    for name, by_segment in rates.items():
        for segment, rate in by_segment.items():
            figures.append(Figure(f"{name}: {segment}", rate, "s/s", None, note))
    return figures


def _converged(looks: Sequence[Look]) -> float:
    """Seconds from the segment's beginning until the number is near what it is in the end, and
    stays there."""
    final = statistics.median(look.wanted for look in looks[len(looks) // 2 :])
    away = [look.at_s for look in looks if abs(look.wanted - final) > max(1.0, NEAR * final)]
    return max(away, default=looks[0].at_s) - looks[0].at_s


def _reversals(looks: Sequence[Look]) -> int:
    steps = [b.wanted - a.wanted for a, b in pairwise(looks) if b.wanted != a.wanted]
    return sum(a * b < 0 for a, b in pairwise(steps))


if __name__ == "__main__":
    sys.exit(
        run({"runs": measure_runs, "pairs": measure_pairs, "replay": measure_replay}, about=__doc__)
    )
