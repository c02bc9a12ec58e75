"""The snapshot of a round, from readings and the ledger."""

from __future__ import annotations

from controllers.fleet.sampling import Sampling
from tests.support.controlled import Controlled
from tests.support.samples import readings_of, sample_of
from videobatch.records import Counted


def test_it_has_who_waits_the_memory_bound_and_the_rates_so_far(world: Controlled) -> None:
    world.add("v1", "v2")
    sampling = Sampling(world.views, memory_limit_bytes=5)
    for done in (3, 8):
        readings = readings_of(sample_of(counted={Counted.VIDEOS_DONE: done}))
        snapshot = sampling.snapshot(readings, [])
        world.pass_time(10.0)
    (host,) = snapshot.hosts
    assert (snapshot.pending, host.memory_limit_bytes, host.error_rate) == (2, 5, 0.0)
    assert host.finished_per_s is not None
    assert 0.4 < host.finished_per_s <= 0.5
    assert abs(snapshot.at_s + 10.0 - world.views.now_s()) < 5.0
