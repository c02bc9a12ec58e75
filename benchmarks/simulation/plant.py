"""The simulated fleet: hosts that share their processors, videos, memory, and one provider.

Time goes in steps. A video that computes gets its part of the cores, at most one; one with a call
out waits for the provider's latency; a permit comes from a limiter that mirrors the provider's
quota, as the product's does. Memory grows with a video's progress; beyond 0.95 of it the host
swaps, beyond all of it the largest video is killed and starts anew.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from benchmarks.simulation.workloads import GB, Video, Workload, video_of
from controllers.policy.records import HostSnapshot
from videobatch.state.ledger import YOUNG_S

STEP_S = 0.2
WATERMARK, SWAPS_FROM = 0.90, 0.95
# A video has all of its memory after so much of its work.
FULL_AT = 0.2
# Until a kind was seen, admission takes a video for this much larger than it is on the average.
CAUTION, LEARNED_AFTER = 1.3, 8
OVERHEAD = 0.004
# So many waiting videos are looked through for one that fits.
AHEAD = 8
# For so long after nothing fitted a host is said to be full.
NO_ROOM_S = 5.0
ACTS_AFTER_S = (1.0, 3.0)
FAILS = 0.5


@dataclass(slots=True)
class Running:
    """A video on a host: which part it is at, and how much of that is left."""

    video: Video
    part: int = 0
    left: float = 0.0
    done: float = 0.0
    phase: str = "cpu"
    again_s: float = 0.0
    began_s: float = 0.0

    def enter(self) -> None:
        self.phase, self.left = self.video.parts[self.part]
        if self.phase == "api":
            self.phase = "limiter"

    @property
    def memory(self) -> float:
        return self.video.memory * min(1.0, 0.15 + self.done / (FULL_AT * self.video.weight))


@dataclass(slots=True)
class Host:
    """Its videos; `slots` is what is in force, `told` what was last asked for."""

    number: int
    cores: float
    memory: float
    base: float = 1.0 * GB
    slots: int = 4
    told: int = 4
    told_due_s: float = 0.0
    running: list[Running] = field(default_factory=list)
    busy_s: float = 0.0
    finished: int = 0
    full_until_s: float = 0.0

    def used(self) -> float:
        return self.base + sum(each.memory for each in self.running)


@dataclass(slots=True)
class Plant:
    """All of it. `work` is what was done, in seconds of work; `admits` turns admission by memory
    on."""

    workload: Workload
    seed: int
    hosts: list[Host]
    admits: bool = True
    now_s: float = 0.0
    work: float = 0.0
    kills: int = 0
    calls: int = 0
    refused: int = 0
    in_flight: int = 0
    level: float = 0.0
    errors: int = 0
    _needs: list[float] = field(default_factory=list)
    _luck: random.Random = field(default_factory=random.Random)
    _noise: random.Random = field(default_factory=random.Random)
    _next: list[Video] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._luck = random.Random(f"videos {self.seed}")
        self._noise = random.Random(f"noise {self.seed}")
        self.level = self.workload.provider.burst

    # Time.

    def step(self) -> None:
        """One step of everything."""
        provider = self.workload.provider
        per_s = provider.per_min / 60
        self.level = min(max(provider.burst, per_s * STEP_S), self.level + per_s * STEP_S)
        crowd = max(0, self.in_flight - provider.knee) / provider.knee
        latency_s = provider.latency_s * (1 + provider.slope * crowd)
        is_out = any(since <= self.now_s < until for since, until in provider.outages)
        for host in self.hosts:
            if host.told != host.slots and self.now_s >= host.told_due_s:
                host.slots = host.told
            self._start(host)
            self._run(host, latency_s, is_out=is_out)
        self.now_s += STEP_S

    def _start(self, host: Host) -> None:
        while len(host.running) < host.slots:
            while len(self._next) < (AHEAD if self.admits else 1):
                kind = self.workload.kind(self.now_s)
                self._next.append(video_of(kind, self._luck, self.workload.provider.latency_s))
            chosen = next((v for v in self._next if self._fits(host, v)), None)
            if chosen is None:
                host.full_until_s = self.now_s + NO_ROOM_S
                return
            self._next.remove(chosen)
            begun = Running(chosen, began_s=self.now_s)
            begun.enter()
            host.running.append(begun)

    def _fits(self, host: Host, video: Video) -> bool:
        """True where it has room beside what is used and what the young ones will yet take."""
        if not self.admits or not host.running:
            return True
        need, usual = self._ratios()
        young = sum(
            each.video.expected * max(0.0, 1 - (self.now_s - each.began_s) / YOUNG_S)
            for each in host.running
        )
        return host.used() + young * usual + video.expected * need <= WATERMARK * host.memory

    def _ratios(self) -> tuple[float, float]:
        """The share that the last videos took of what was expected: 95th percentile and mean."""
        if len(self._needs) < LEARNED_AFTER:
            return CAUTION, 1.0
        recent = sorted(self._needs[-40:])
        return recent[int(0.95 * (len(recent) - 1))], sum(recent) / len(recent)

    def _run(self, host: Host, latency_s: float, *, is_out: bool) -> None:
        computing = sum(each.phase == "cpu" for each in host.running)
        speed = min(1.0, host.cores / computing) if computing else 1.0
        if computing > host.cores:
            speed *= 1 / (1 + OVERHEAD * (computing - host.cores))
        used = host.used()
        if used > host.memory:
            self._kill(host)
        elif used > SWAPS_FROM * host.memory:
            share = (used / host.memory - SWAPS_FROM) / (1 - SWAPS_FROM)
            speed *= 1 - 0.8 * share
        host.busy_s += min(computing, host.cores) * STEP_S
        ended: list[Running] = []
        for each in host.running:
            if each.phase == "limiter":
                self._ask(each)
                continue
            if each.phase == "cpu":
                step, worth = STEP_S * speed, 1.0
            elif each.phase == "api":
                step, worth = STEP_S / latency_s, self.workload.provider.latency_s
            else:
                step, worth = STEP_S, 1.0
            step = min(step, each.left)
            each.left -= step
            each.done += step * worth
            self.work += step * worth
            if each.left <= 1e-9 and self._ends(each, is_out=is_out):
                ended.append(each)
        for each in ended:
            host.running.remove(each)
            host.finished += 1
            self._needs.append(each.video.memory / each.video.expected)

    def _ask(self, each: Running) -> None:
        if self.now_s < each.again_s:
            return
        if self.level >= 1 and self.in_flight < self.workload.provider.ceiling:
            self.level -= 1
            self.in_flight += 1
            self.calls += 1
            each.phase = "api"

    def _ends(self, each: Running, *, is_out: bool) -> bool:
        """The next part; True after the last one."""
        if each.phase == "api":
            self.in_flight -= 1
            if is_out and self._luck.random() < FAILS:
                # It was waited for in vain.
                self.errors += 1
                lost = each.video.parts[each.part][1] * self.workload.provider.latency_s
                each.done -= lost
                self.work -= lost
                each.again_s = self.now_s + self._luck.uniform(0.5, 3.0)
                each.enter()
                return False
        each.part += 1
        if each.part == len(each.video.parts):
            return True
        each.enter()
        return False

    def _kill(self, host: Host) -> None:
        victim = max(host.running, key=lambda each: each.memory)
        self.in_flight -= victim.phase == "api"
        self.work -= victim.done
        self.kills += 1
        host.running[host.running.index(victim)] = fresh = Running(victim.video, began_s=self.now_s)
        fresh.enter()

    # What a controller sees and does.

    def snapshot(self, host: Host, span_s: float) -> HostSnapshot:
        """The host as its workers' samples tell it, with their noise."""
        noise = self._noise.gauss
        count = {"cpu": 0, "api": 0, "limiter": 0, "io": 0}
        for each in host.running:
            count[each.phase] += 1
        taken = sum(each.memory for each in host.running)
        busy = min(1.0, max(0.0, host.busy_s / (span_s * host.cores) + noise(0, 0.03)))
        host.busy_s = 0.0
        finished, host.finished = host.finished, 0
        return HostSnapshot(
            host_id=f"h{host.number}",
            age_s=0.5,
            cores=host.cores,
            cpu_fraction=busy,
            memory_limit_bytes=host.memory,
            memory_used_bytes=host.used() * (1 + noise(0, 0.01)),
            running=len(host.running),
            cpu=float(count["cpu"]),
            api=float(count["api"]),
            limiter=float(count["limiter"]),
            io=float(count["io"]),
            task_bytes=taken / len(host.running) if host.running else None,
            most_slots=32,
            slots=host.told,
            finished_per_s=finished / span_s,
            error_rate=0.0,
            is_full=self.now_s < host.full_until_s,
        )

    def tell(self, host: Host, slots: int) -> None:
        """Asks for so many slots, which takes a moment."""
        if slots != host.told:
            host.told = slots
            host.told_due_s = self.now_s + self._noise.uniform(*ACTS_AFTER_S)
