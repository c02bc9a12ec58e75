"""Seconds of sound, in all and per second of the last while; counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from videobatch.speech.host.speed import SPAN_S, Speed, Tally


def test_the_speed_is_of_the_last_while() -> None:
    now_s = [100.0]
    speed = Speed(clock=lambda: now_s[0])
    assert (speed.sound_s, speed.per_s()) == (0.0, 0.0)
    speed.add(30.0)
    now_s[0] = 110.0
    speed.add(30.0)
    assert (speed.sound_s, speed.per_s()) == (60.0, 6.0)
    now_s[0] = 100.0 + SPAN_S + 1
    assert speed.per_s() == 30.0 / SPAN_S
    now_s[0] += SPAN_S
    assert (speed.sound_s, speed.per_s()) == (60.0, 0.0)


def test_a_tally_counts_for_all_threads() -> None:
    tally = Tally()
    with ThreadPoolExecutor(4) as threads:
        for _ in range(1000):
            threads.submit(tally.add)
    assert tally.count == 1000
