from __future__ import annotations

import json

from tests.support.hosts import IDLE, FakeHost
from videobatch.records import Phase
from videobatch.telemetry.host import Host
from videobatch.telemetry.sample import Sample


def sample(host: Host) -> Sample:
    return Sample(
        at_s=1.5,
        uptime_s=0.5,
        worker="w1@h",
        host_id="host-1",
        pid=10,
        child_pids=(11, 12),
        slots_wanted=2,
        slots_real=2,
        running=1,
        phases={Phase.CPU: 1, Phase.API: 0, Phase.LIMITER: 0, Phase.IO: 0},
        rss_bytes=1000,
        pss_bytes=None,
        host=host.read(),
    )


def test_a_sample_survives_its_json() -> None:
    made = sample(FakeHost())
    text = made.to_json()
    assert Sample.from_json(text) == made
    assert "\n" not in text


def test_json_has_the_names_that_readers_use() -> None:
    read = json.loads(sample(FakeHost()).to_json())
    assert read["slots_wanted"] == 2
    assert read["phases"] == {"cpu": 1, "api": 0, "limiter": 0, "io": 0}
    assert read["host"]["cpu_cores"] == IDLE.cpu_cores
