from __future__ import annotations

import os
import threading

import pytest

from videobatch.records import Counted, NoRoom, Phase
from videobatch.telemetry.phases import PhaseTable


def everybody(_pid: int) -> bool:
    return True


def counted(table: PhaseTable) -> dict[Phase, int]:
    return {phase: n for phase, n in table.counts(everybody).items() if n}


def test_a_mark_counts_until_its_block_ends() -> None:
    table = PhaseTable()
    row = table.join(0)
    with row.mark(Phase.API):
        assert counted(table) == {Phase.API: 1}
    assert counted(table) == {}


def test_nesting_replaces_the_outer_mark_and_gives_it_back() -> None:
    table = PhaseTable()
    row = table.join(3)
    with row.mark(Phase.CPU):
        with row.mark(Phase.LIMITER):
            assert counted(table) == {Phase.LIMITER: 1}
            with row.mark(Phase.LIMITER):
                assert counted(table) == {Phase.LIMITER: 1}
        assert counted(table) == {Phase.CPU: 1}
    assert counted(table) == {}


def test_no_cell_of_a_row_means_two_things() -> None:
    table = PhaseTable(rows=1)
    row = table.join(0)
    row.works_under(7)
    row.arm(9.0)
    row.no_room(NoRoom(11, 12, 13), 10.0)
    for number, what in enumerate(Counted, 100):
        row.count(what, number)
    for phase in Phase:
        with row.mark(phase):
            assert counted(table) == {phase: 1}
    assert table.totals() == {what: number for number, what in enumerate(Counted, 100)}
    assert table.no_room() == (10.0, NoRoom(11, 12, 13))
    assert table.token_order(os.getpid()) == 7
    assert table.pids() == {os.getpid()}
    assert not table.overdue(8.9)
    assert table.overdue(9.1) == {os.getpid()}


def test_an_error_ends_the_mark() -> None:
    table = PhaseTable()
    row = table.join(0)
    with pytest.raises(KeyError), row.mark(Phase.IO):
        raise KeyError("x")
    assert counted(table) == {}


def test_threads_of_one_child_are_in_different_phases() -> None:
    table = PhaseTable()
    row = table.join(0)
    inside, leave = threading.Barrier(3), threading.Event()

    def work(phase: Phase) -> None:
        with row.mark(phase):
            inside.wait(10)
            leave.wait(10)

    threads = [threading.Thread(target=work, args=(p,)) for p in (Phase.CPU, Phase.API)]
    for thread in threads:
        thread.start()
    inside.wait(10)
    assert counted(table) == {Phase.CPU: 1, Phase.API: 1}
    leave.set()
    for thread in threads:
        thread.join()
    assert counted(table) == {}


def test_many_threads_lose_no_count() -> None:
    table = PhaseTable()
    row = table.join(0)

    def work() -> None:
        for _ in range(500):
            with row.mark(Phase.CPU), row.mark(Phase.API):
                pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted(table) == {}


def test_rows_of_the_dead_count_for_nothing() -> None:
    table = PhaseTable()
    with table.join(0).mark(Phase.CPU):
        assert table.counts(lambda pid: pid == os.getpid())[Phase.CPU] == 1
        assert table.counts(lambda pid: pid != os.getpid())[Phase.CPU] == 0


def test_whoever_joins_a_row_starts_at_nothing() -> None:
    table = PhaseTable()
    with table.join(1).mark(Phase.CPU):
        table.join(1)
        assert counted(table) == {}
    assert table.pids() == {os.getpid()}


def test_a_row_past_the_end_wraps() -> None:
    table = PhaseTable(rows=2)
    with table.join(5).mark(Phase.IO):
        assert counted(table) == {Phase.IO: 1}


def test_who_is_over_its_deadline() -> None:
    table = PhaseTable()
    row = table.join(5)
    assert table.overdue(1e9) == frozenset()
    row.arm(12.5)
    assert table.overdue(12.4) == frozenset()
    assert table.overdue(12.5) == {os.getpid()}
    row.arm(None)
    assert table.overdue(1e9) == frozenset()
    row.arm(1.0)
    table.join(5)
    assert table.overdue(1e9) == frozenset()


def test_under_which_token_a_child_works() -> None:
    table = PhaseTable()
    row = table.join(3)
    assert table.token_order(os.getpid()) is None, "it never said"
    row.works_under(1_764_415_000_123)
    row.arm(1.0)
    assert table.token_order(os.getpid()) == 1_764_415_000_123
    row.works_under(0)
    assert table.token_order(os.getpid()) == 0
    assert table.token_order(1) is None
    table.join(3)
    assert table.token_order(os.getpid()) is None


def test_the_last_claim_that_found_no_room_is_told() -> None:
    table = PhaseTable()
    first, second = table.join(0), table.join(1)
    assert table.no_room() is None
    first.no_room(NoRoom(5 << 40, 1, 2), 20.5)
    second.no_room(NoRoom(3, 4, 5), 10.0)
    assert table.no_room() == (20.5, NoRoom(5 << 40, 1, 2))
    second.no_room(NoRoom(3, 4, 5), 21.0)
    assert table.no_room() == (21.0, NoRoom(3, 4, 5))


def test_no_room_leaves_what_else_stands_in_a_row() -> None:
    table = PhaseTable()
    row = table.join(0)
    row.count(Counted.VIDEOS_FAILED, 7)
    row.arm(50.0)
    row.no_room(NoRoom(1, 2, 3), 10.0)
    assert table.totals()[Counted.VIDEOS_FAILED] == 7
    assert table.overdue(50.0) == {os.getpid()}
    assert counted(table) == {}
