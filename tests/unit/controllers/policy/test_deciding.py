"""Policies: tables of what they decide, and what no reading may make them do."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controllers.policy import POLICIES, decide
from controllers.policy.little import BUSY_SHARE, MOST_VIDEOS, saturating, utilisation
from controllers.policy.records import Binds, HostSnapshot, Options, PolicyState, Snapshot

GIB = 2.0**30
HOST = HostSnapshot(
    host_id="h",
    age_s=0.5,
    cores=4.0,
    cpu_fraction=1.0,
    memory_limit_bytes=16 * GIB,
    memory_used_bytes=2 * GIB,
    running=4,
    cpu=4.0,
    api=0.0,
    limiter=0.0,
    io=0.0,
    task_bytes=None,
    most_slots=32,
    slots=4,
)
OPTIONS = Options(least=1, most=None, smoothing_s=8.0)


def snapshot(at_s: float, **changes: Any) -> Snapshot:
    return Snapshot(at_s, 100, (replace(HOST, **changes),))


def after(seconds: int, policy: str = "little", options: Options = OPTIONS, **changes: Any) -> Any:
    """The decision after so many seconds of the same reading, each decision followed."""
    state, now = PolicyState(), int(changes.pop("slots", HOST.slots))
    decision = None
    for second in range(seconds):
        seen = snapshot(float(second), slots=now, **changes)
        (decision,), state = decide(policy, seen, state, options)
        now = decision.slots
    return decision


@pytest.mark.parametrize(
    ("changes", "slots", "binds"),
    [
        # All cores busy and nobody waits: as many as there are cores, and one.
        ({}, 5, Binds.CPU),
        # Three videos wait for the API for each that computes: 21.9 keep four cores busy, and one.
        ({"running": 16, "cpu": 4.0, "api": 12.0, "slots": 16}, 22, Binds.CPU),
        # 4 GiB each: 0.90 of 16 less what others take.
        (
            {"task_bytes": 4 * GIB, "running": 2, "memory_used_bytes": 9 * GIB, "slots": 6},
            4,
            Binds.MEMORY,
        ),
        # Half of the videos wait for permits: 1.4 of those that do not.
        (
            {
                "running": 20,
                "cpu": 1.0,
                "api": 9.0,
                "limiter": 10.0,
                "slots": 20,
                "cpu_fraction": 0.3,
            },
            14,
            Binds.API_RATE,
        ),
        # Several calls of one video are one video.
        ({"running": 4, "cpu": 2.0, "api": 8.0, "cpu_fraction": 0.5}, 12, Binds.CPU),
        ({"most_slots": 3}, 3, Binds.BOUNDS),
    ],
)
def test_little(changes: dict[str, Any], slots: int, binds: Binds) -> None:
    decision = after(90, **changes)
    assert decision.slots == slots
    assert decision.binds == binds
    assert decision.reason
    assert not decision.reason.startswith(f"{binds}: ")


@pytest.mark.parametrize(
    ("share", "binds"),
    [(None, Binds.API_RATE), (0.4, Binds.API_RATE), (0.6, Binds.API_IN_FLIGHT)],
)
def test_what_calls_wait_for_is_told_apart(share: float | None, binds: Binds) -> None:
    waits = replace(HOST, running=20, cpu=1.0, api=9.0, limiter=10.0, slots=20, cpu_fraction=0.3)
    (decision,), _ = decide("little", Snapshot(0.0, 100, (waits,), share), PolicyState(), OPTIONS)
    assert decision.binds == binds


def test_between_two_numbers_that_memory_allows_it_stays() -> None:
    # 3.35 of 4 GiB each fit: 3 would be raised and 4 lowered by what readings err.
    fit: dict[str, Any] = {"task_bytes": 4 * GIB, "running": 2, "memory_used_bytes": 9 * GIB}
    assert after(90, **fit, slots=4).slots == 4
    assert after(90, **fit, slots=3).slots == 3


def test_of_few_permits_so_many_wait_that_the_rate_shows() -> None:
    # Three are served: with 1.4 of them none would wait, and the rate would seem to be no limit.
    waits: dict[str, Any] = {
        "running": 6,
        "cpu": 0.5,
        "api": 2.5,
        "limiter": 3.0,
        "slots": 6,
        "cpu_fraction": 0.2,
    }
    assert after(90, **waits).slots == 5


def test_what_others_use_is_read_with_the_videos_of_the_same_moment() -> None:
    read: dict[str, Any] = {
        "task_bytes": 2 * GIB,
        "running": 4,
        "memory_used_bytes": 9 * GIB,
        "slots": 6,
    }
    state = PolicyState()
    for at_s in range(90):
        # Each other second the children's memory is not read, and more videos run.
        more: dict[str, Any] = {"task_bytes": None, "running": 5} if at_s % 2 else {}
        moment = snapshot(float(at_s), **{**read, **more})
        (decision,), state = decide("little", moment, state, OPTIONS)
    assert decision.figures["n_memory"] == pytest.approx((0.9 * 16 - 1) / 2)


def test_a_sample_from_before_the_order_does_not_take_it_back() -> None:
    waits: dict[str, Any] = {"running": 4, "cpu": 0.2, "api": 3.8, "cpu_fraction": 0.05}
    state = PolicyState()
    told: list[int] = []
    for second in range(20):
        # Each sample tells the number of two seconds ago.
        late = told[-2] if len(told) > 1 else 4
        seen = snapshot(float(second), **{**waits, "slots": late})
        (decision,), state = decide("little", seen, state, OPTIONS)
        told.append(decision.slots)
    assert told == sorted(told)
    assert told[-1] == 32


def test_a_worker_that_began_anew_gets_its_number_back_at_once() -> None:
    state = PolicyState()
    for second in range(60):
        seen = snapshot(float(second), running=16, api=12.0, slots=23 if second else 4)
        (decision,), state = decide("little", seen, state, OPTIONS)
    told = decision.slots
    assert told > 16
    anew = snapshot(60.0, running=1, cpu=1.0, slots=2)
    (decision,), state = decide("little", anew, state, OPTIONS)
    assert decision.slots == told
    # After a while without a word it is as one that was never seen.
    gone = snapshot(600.0, running=0, slots=2)
    (decision,), _ = decide("little", gone, state, OPTIONS)
    assert decision.slots == 2


def test_where_nothing_more_fits_there_are_slots_for_two_more_than_run() -> None:
    sizes = {"task_bytes": GIB, "memory_used_bytes": 2 * GIB, "running": 3, "slots": 12}
    full: dict[str, Any] = {**sizes, "api": 9.0, "cpu": 1.0, "cpu_fraction": 0.3, "is_full": True}
    assert after(90, **full).slots == 5
    assert after(90, **{**full, "is_full": False}).slots > 5


@given(st.integers(1, 16), st.floats(0.0, 30.0))
def test_so_many_videos_keep_the_cores_busy_and_one_fewer_does_not(
    cores: int, ratio: float
) -> None:
    # The one more is for the moments in which a video neither computes nor calls.
    n = saturating(float(cores), ratio) - 1
    assert n >= MOST_VIDEOS - 1 or utilisation(math.ceil(n), cores, ratio) >= BUSY_SHARE
    least = max(cores, math.floor(cores * (1 + ratio)))
    assert n <= least or utilisation(math.ceil(n) - 1, cores, ratio) < BUSY_SHARE


def test_the_queue_of_a_finite_source() -> None:
    # One core, as much waiting as computing: of n videos, 1 - B(n, 1) with Erlang's B.
    assert utilisation(1, 1, 1.0) == pytest.approx(1 / 2)
    assert utilisation(2, 1, 1.0) == pytest.approx(4 / 5)
    assert utilisation(3, 1, 1.0) == pytest.approx(15 / 16)
    assert utilisation(4, 4, 0.0) == 1.0


def test_it_grows_at_once_and_by_twice_at_most() -> None:
    waits = {"running": 4, "cpu": 0.2, "api": 3.8, "cpu_fraction": 0.05}
    state = PolicyState()
    for at_s in range(4):
        (early,), state = decide("little", snapshot(float(at_s), **waits), state, OPTIONS)
        assert (early.slots, "too few readings" in early.reason) == (4, True)
    (first,), state = decide("little", snapshot(4.0, **waits), state, OPTIONS)
    assert first.slots == 9
    (second,), state = decide("little", snapshot(5.0, slots=9, **waits), state, OPTIONS)
    assert (second.slots, "has to show" in second.reason) == (9, True)
    (third,), state = decide("little", snapshot(9.0, slots=9, **waits), state, OPTIONS)
    assert third.slots == 19


def test_it_shrinks_after_a_while_only() -> None:
    decisions = [after(seconds, slots=10).slots for seconds in (1, 14, 17)]
    assert decisions == [10, 10, 5]


def test_a_limit_that_the_load_does_not_use_is_not_raised() -> None:
    idle = Snapshot(0.0, 0, (replace(HOST, running=1, cpu=1.0, cpu_fraction=0.1, slots=2),))
    (decision,), _ = decide("little", idle, PolicyState(), OPTIONS)
    assert (decision.slots, decision.binds) == (2, Binds.WORK)


def test_videos_that_take_more_than_before_are_not_taken_for_others() -> None:
    state = PolicyState()
    small = {"running": 10, "slots": 10, "task_bytes": 0.01 * GIB, "memory_used_bytes": 1.1 * GIB}
    for at_s in range(60):
        _, state = decide("little", snapshot(float(at_s), **small), state, OPTIONS)
    large = {**small, "task_bytes": 1.0 * GIB, "memory_used_bytes": 11.0 * GIB}
    (decision,), _ = decide("little", snapshot(60.0, **large), state, OPTIONS)
    # 0.90 of 16 GiB less the one that others use, at what a video takes on the average.
    average = 13.4 / decision.figures["n_memory"]
    assert 0.01 < average < 1.0


def test_a_target_for_the_cpu() -> None:
    options = replace(OPTIONS, cpu_target=0.5)
    assert after(90, options=options, slots=8).slots == 2
    assert after(90, options=options, running=8, cpu=4.0, api=4.0, slots=8).slots == 4


@pytest.mark.parametrize(
    ("changes", "slots"),
    [
        ({"cpu_fraction": 0.9}, 3),
        ({"cpu_fraction": 0.2, "memory_used_bytes": 13.5 * GIB}, 3),
        ({"cpu_fraction": 0.6, "error_rate": 0.2}, 3),
        ({"cpu_fraction": 0.6}, 4),
        ({"cpu_fraction": 0.2}, 5),
        ({"cpu_fraction": 0.2, "error_rate": 0.06}, 4),
        ({"cpu_fraction": 0.2, "memory_used_bytes": 10 * GIB}, 4),
    ],
)
def test_threshold(changes: dict[str, Any], slots: int) -> None:
    assert after(4, "threshold", **changes).slots == 4
    assert after(30, "threshold", **changes).slots == slots
    # One step a minute, from 2 to 8.
    assert after(600, "threshold", **changes).slots == {3: 2, 4: 4, 5: 8}[slots]


def test_threshold_takes_a_falling_throughput_for_a_reason() -> None:
    state, decisions = PolicyState(), []
    for second in range(6):
        seen = snapshot(float(second), cpu_fraction=0.6, finished_per_s=5.0 - second * 0.5)
        (decision,), state = decide("threshold", seen, state, OPTIONS)
        decisions.append(decision)
    assert decisions[4].slots == 3
    assert "throughput" in decisions[4].reason


def test_fixed() -> None:
    assert after(3, "fixed", options=Options(fixed=7)).slots == 7
    assert after(3, "fixed", options=Options(fixed=70)).slots == 32


@pytest.mark.parametrize(
    "changes",
    [
        {"age_s": 9.0},
        {"age_s": math.nan},
        {"cores": 0.0},
        {"cpu_fraction": math.nan},
        {"api": -1.0},
        {"memory_limit_bytes": math.inf},
    ],
)
@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_of_bad_data_nothing_follows(policy: str, changes: dict[str, Any]) -> None:
    decision = after(60, policy, **changes)
    assert (decision.slots, decision.binds) == (4, Binds.DATA)


ANY = st.floats(allow_nan=True, allow_infinity=True)
SENSIBLE = st.floats(0, 1e12)


@st.composite
def hosts(draw: st.DrawFn) -> HostSnapshot:
    number = st.one_of(SENSIBLE, ANY)
    most = draw(st.integers(0, 500))
    return HostSnapshot(
        host_id="h",
        age_s=draw(st.one_of(st.floats(0, 20), ANY)),
        cores=draw(number),
        cpu_fraction=draw(number),
        memory_limit_bytes=draw(number),
        memory_used_bytes=draw(number),
        running=draw(st.integers(0, 1000)),
        cpu=draw(number),
        api=draw(number),
        limiter=draw(number),
        io=draw(number),
        task_bytes=draw(st.none() | number),
        most_slots=most,
        slots=draw(st.integers(0, 600)),
        finished_per_s=draw(st.none() | SENSIBLE),
        error_rate=draw(st.none() | SENSIBLE),
    )


@given(
    policy=st.sampled_from(sorted(POLICIES)),
    seen=st.lists(hosts(), min_size=1, max_size=12),
    steps_s=st.lists(st.floats(0, 100), min_size=12, max_size=12),
    options=st.builds(
        Options,
        least=st.integers(0, 50),
        most=st.none() | st.integers(1, 100),
        fixed=st.none() | st.integers(0, 100),
        cpu_target=st.floats(0.05, 1.0),
    ),
)
def test_any_reading_keeps_within_bounds_and_stale_ones_never_grow(
    policy: str, seen: list[HostSnapshot], steps_s: list[float], options: Options
) -> None:
    at_s, state, told = 0.0, PolicyState(), 0
    for host, step_s in zip(seen, steps_s, strict=False):
        at_s += step_s
        moment = Snapshot(at_s, 5, (host,))
        first = decide(policy, moment, state, options)
        # Pure: the same again decides the same again.
        assert decide(policy, moment, state, options) == first
        (decision,), state = first
        told, told_before = decision.slots, told
        assert isinstance(decision.slots, int)
        assert 0 <= decision.slots <= max(host.most_slots, 0)
        if not host.age_s <= options.stale_s:
            assert decision.slots <= max(host.slots, told_before)
        elif options.most is not None and decision.binds is not Binds.DATA:
            assert decision.slots <= max(options.most, 0)
