from __future__ import annotations

import os
from dataclasses import replace

from celery_app.worker.gate import Gate
from celery_app.worker.sampler import GLANCES, Sampler
from tests.support.hosts import IDLE, FakeHost
from videobatch.records import Phase, SpeechReading


def test_a_sample_brings_host_gate_and_phases_together() -> None:
    host = FakeHost()
    gate = Gate(2, pool_size=4)
    phases = dict.fromkeys(Phase, 0) | {Phase.API: 3}
    speech = SpeechReading(7, threads=2, waiting=3, busy=2, sound_s=60.0, sound_per_s=20.5)
    sampler = Sampler(
        "w1@h", "host-1", host, lambda: gate, lambda _pids: phases, speech=lambda: speech
    )
    host.reading = replace(IDLE, cpu_fraction=0.75)
    sample = sampler.sample()
    assert (sample.worker, sample.host_id, sample.pid) == ("w1@h", "host-1", os.getpid())
    assert (sample.slots, sample.real_slots, sample.running) == (2, 2, 0)
    assert sample.phases[Phase.API] == 3
    assert sample.host.cpu_fraction == 0.75
    assert sample.speech == speech
    assert sampler.sample().uptime_s >= sample.uptime_s


def test_a_sample_follows_the_gate() -> None:
    gate = Gate(4, pool_size=4)
    idle = dict.fromkeys(Phase, 0)
    sampler = Sampler("w1@h", "host-1", FakeHost(), lambda: gate, lambda _pids: idle)
    gate.set_slots(0)
    assert sampler.sample().slots == 0


def test_phases_are_the_mean_of_the_glances_since_the_last_sample() -> None:
    gate, now = Gate(4, pool_size=4), dict.fromkeys(Phase, 0)
    sampler = Sampler("w1@h", "host-1", FakeHost(), lambda: gate, lambda _pids: dict(now))
    for calls in range(GLANCES):
        now[Phase.API] = calls
        sampler.glance()
    assert sampler.sample().phases[Phase.API] == 2.0
    now[Phase.API] = 7
    assert sampler.sample().phases[Phase.API] == 7.0
