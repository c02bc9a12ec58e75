"""One sample a second from the worker's main process."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from celery import bootsteps

from celery_app.worker.background import Background, run_until_shutdown
from celery_app.worker.gate import Gate, taken
from videobatch.records import Counted, Phase, Sample, SpeechReading
from videobatch.state.versions import SCHEMA
from videobatch.telemetry.host import Host
from videobatch.telemetry.processes import ProcessTree, process_tree

SAMPLE_EVERY_S = 1.0
# A phase often takes less than a second: one look at it each second says little.
GLANCES = 5
CHILDREN_A_SECOND = 16


class SampleSink(Protocol):
    """The place that samples go to."""

    def append(self, worker: str, sample_json: str) -> None:
        """Stores one sample. A lost one is not worth a retry."""


class Sampler:
    """Reads the host, the worker's processes, phases and slots."""

    def __init__(
        self,
        worker: str,
        host_id: str,
        host: Host,
        gate: Callable[[], Gate],
        phases: Callable[[Collection[int]], Mapping[Phase, int]],
        counted: Callable[[], dict[Counted, int]] = dict,
        speech: Callable[[], SpeechReading | None] = lambda: None,
    ) -> None:
        self._worker = worker
        self._host_id = host_id
        self._host = host
        self._gate = gate
        self._phases = phases
        self._counted = counted
        self._speech = speech
        self._started_s = time.monotonic()
        self._pss_due = 0
        self._pss_bytes: int | None = None
        self._children: Collection[int] = frozenset()
        self._lock = threading.Lock()
        self._glances: deque[Mapping[Phase, int]] = deque(maxlen=GLANCES)

    def glance(self) -> None:
        """Looks at the phases of the children of the last sample; the last `GLANCES` are kept."""
        seen = self._phases(self._children)
        with self._lock:
            self._glances.append(seen)

    def sample(self) -> Sample:
        """One sample of this moment; the phases are the mean of the glances since the last one."""
        tree = self._tree()
        self._children = frozenset(tree.child_pids)
        phases = self._mean_phases()
        gate, running = self._gate(), taken()
        # A child that runs a video takes more than an idle one.
        busy = sorted(tree.child_pss, reverse=True)[:running]
        return Sample(
            at_s=time.time(),
            uptime_s=time.monotonic() - self._started_s,
            worker=self._worker,
            host_id=self._host_id,
            pid=tree.pid,
            child_pids=tree.child_pids,
            slots=gate.slots,
            real_slots=gate.real_slots,
            running=running,
            phases=phases,
            rss_bytes=tree.rss_bytes,
            pss_bytes=self._pss_bytes,
            host=self._host.read(),
            most_slots=gate.most_slots,
            leader_token=gate.token,
            schema=SCHEMA,
            busy_bytes=sum(busy) if tree.child_pss else None,
            counted=self._counted(),
            speech=self._speech(),
        )

    def _tree(self) -> ProcessTree:
        """The worker's processes. Of many children the kernel's accounting is read less often: it
        takes a millisecond each."""
        tree = process_tree(os.getpid(), with_pss=self._pss_due <= 0)
        if tree.child_pss:
            self._pss_due = len(tree.child_pids) // CHILDREN_A_SECOND
        else:
            self._pss_due -= 1
        if tree.pss_bytes is not None:
            self._pss_bytes = tree.pss_bytes
        return tree

    def _mean_phases(self) -> dict[Phase, float]:
        """The mean of the glances since the last sample, or a glance of now if there was none."""
        with self._lock:
            glances = list(self._glances)
            self._glances.clear()
        glances = glances or [self._phases(self._children)]
        return {
            phase: round(sum(each[phase] for each in glances) / len(glances), 2) for phase in Phase
        }


class SamplerStep(bootsteps.StartStopStep):  # type: ignore[misc]
    """Samples for as long as the worker's main process lives."""

    requires = ("celery.worker.components:Pool",)
    conditional = True

    def __init__(self, worker: Any, **options: Any) -> None:
        self.enabled = worker.app.wiring.sample_sink is not None
        super().__init__(worker, **options)

    def start(self, worker: Any) -> None:
        wiring = worker.app.wiring
        sink: SampleSink = wiring.sample_sink(worker.hostname)
        sampler = Sampler(
            worker.hostname,
            wiring.host,
            wiring.host_reader,
            lambda: worker.consumer.gate,
            lambda pids: wiring.phases.counts(pids.__contains__),
            wiring.phases.totals,
            wiring.speech,
        )

        def tick() -> None:
            sink.append(worker.hostname, sampler.sample().to_json())

        # Each on its own: what is read here goes on while Redis is away.
        run_until_shutdown(
            Background(f"samples of {worker.hostname}", tick, SAMPLE_EVERY_S),
            Background(f"phases of {worker.hostname}", sampler.glance, SAMPLE_EVERY_S / GLANCES),
        )

    def stop(self, worker: Any) -> None:
        """Nothing yet: the pool still runs."""
