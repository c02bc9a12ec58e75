"""A recorded run decides the same again, byte for byte, also after it went through JSON."""

from __future__ import annotations

import random
from dataclasses import replace

from controllers.duties.assigning import STATE_EVERY
from controllers.policy import decide
from controllers.policy.records import HostSnapshot, Options, PolicyState, Snapshot, Tick
from controllers.replay import replay
from videobatch.records import to_json

ROUNDS = 600
HOST = HostSnapshot("h", 0.5, 4.0, 0.9, 16e9, 4e9, 6, 3.0, 2.0, 1.0, 0.0, 3e8, 32, 6)


def recorded(policy: str = "little", seed: int = 1, skip: int = 0) -> list[Tick]:
    """Ten minutes of a host whose readings wander, as the controller would record them."""
    luck, state, now = random.Random(seed), PolicyState(), 4
    options, ticks = Options(), []
    for second in range(ROUNDS):
        running = max(1, now - luck.randrange(3))
        cpu = luck.randrange(running + 1)
        host = replace(
            HOST,
            slots=now,
            running=running,
            cpu=float(cpu),
            api=float(running - cpu),
            cpu_fraction=min(1.0, luck.gauss(0.7, 0.2) if luck.random() > 0.02 else float("nan")),
            task_bytes=luck.uniform(1e8, 2e9),
        )
        snapshot = Snapshot(1e9 + second * 1.001, luck.randrange(50), (host,))
        decisions, after = decide(policy, snapshot, state, options)
        kept = state if second % STATE_EVERY == 0 else None
        ticks.append(Tick(policy, options, snapshot, decisions, kept))
        state, now = after, decisions[0].slots
    texts = [to_json(tick) for tick in ticks]
    return [Tick.from_json(text) for text in texts][skip:]


def test_a_run_of_ten_minutes_comes_out_the_same() -> None:
    for policy in ("little", "threshold", "fixed"):
        rounds = list(replay(recorded(policy)))
        assert len(rounds) == ROUNDS
        assert all(each.is_same for each in rounds)


def test_it_begins_at_the_first_round_that_holds_the_state() -> None:
    rounds = list(replay(recorded(skip=30)))
    assert len(rounds) == ROUNDS - STATE_EVERY
    assert all(each.is_same for each in rounds)


def test_a_decision_that_was_changed_is_found() -> None:
    ticks = recorded()
    (decision,) = ticks[100].decisions
    ticks[100] = replace(ticks[100], decisions=(replace(decision, slots=decision.slots + 1),))
    differ = [n for n, each in enumerate(replay(ticks)) if not each.is_same]
    assert differ == [100]


def test_another_policy_goes_its_own_way() -> None:
    slots = [each.decisions[0].slots for each in replay(recorded(), "fixed", Options(fixed=3))]
    assert set(slots) == {3}
    ticks = recorded()
    least = [each.decisions[0].slots for each in replay(ticks, options=Options(most=5))]
    assert max(least) == 5
