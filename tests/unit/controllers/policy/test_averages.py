"""Averages of a host's readings: the first count alike, later ones fade."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controllers.policy.averages import averaged, waiting
from controllers.policy.records import HostSnapshot, HostState, Options

GIB = 2.0**30
HOST = HostSnapshot(
    host_id="h",
    age_s=0.5,
    cores=4.0,
    cpu_fraction=0.5,
    memory_limit_bytes=16 * GIB,
    memory_used_bytes=4 * GIB,
    running=4,
    cpu=1.0,
    api=2.0,
    limiter=1.0,
    io=0.0,
    task_bytes=0.5 * GIB,
    most_slots=32,
    slots=4,
)
OPTIONS = Options(smoothing_s=10.0)


def after(*cores: float) -> HostState:
    """The state after one reading a second with these shares of the processors in use."""
    state = HostState(at_s=0.0)
    for at_s, fraction in enumerate(cores, 1):
        state = averaged(replace(HOST, cpu_fraction=fraction), float(at_s), state, OPTIONS)
    return state


def test_the_first_reading_is_the_average() -> None:
    state = after(0.5)
    assert (state.readings, state.busy_cores, state.running) == (1, 2.0, 4)
    assert (state.task_bytes, state.others_bytes) == (0.5 * GIB, 2 * GIB)


def test_the_first_few_count_alike() -> None:
    assert after(0.0, 1.0, 0.5).busy_cores == pytest.approx(2.0)


def test_what_is_long_ago_fades() -> None:
    state = after(1.0, *[0.0] * 60)
    assert state.busy_cores is not None
    assert 0.0 < state.busy_cores < 0.05


def test_without_a_video_the_memory_of_one_stays_as_it_was() -> None:
    before = after(0.5)
    state = averaged(replace(HOST, running=0, task_bytes=None), 2.0, before, OPTIONS)
    assert (state.task_bytes, state.others_bytes) == (before.task_bytes, before.others_bytes)


@pytest.mark.parametrize(
    ("running", "api", "limiter", "speech", "share"),
    [
        (4, 2.0, 1.0, 0.0, 2.0),
        (3, 3.0, 1.0, 0.0, 1.5),
        (1, 2.0, 0.0, 0.0, 0.0),
        (4, 0.0, 0.0, 0.0, 0.0),
        # What the recogniser has of a video is work of this host, and no waiting.
        (5, 0.0, 0.0, 8.0, 0.0),
        (5, 2.0, 0.0, 2.0, 2.0),
        (5, 3.0, 1.0, 4.0, 1.5),
    ],
)
def test_threads_that_wait_count_for_no_more_than_their_videos(
    running: int, api: float, limiter: float, speech: float, share: float
) -> None:
    host = replace(HOST, running=running, api=api, limiter=limiter, speech=speech)
    assert waiting(host) == share
