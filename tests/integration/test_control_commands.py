"""`workers`, `top`, `decisions`, `replay` on a real worker and controller, as people use them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.fleet.schema import DecisionsOut, ReplayOut, TopOut, WorkersOut
from controllers.policy.records import Tick
from tests.support.cli import Cli
from tests.support.fleet import PREFIX, Fleet, fleet_on
from tests.support.processes import Process
from tests.support.servers import RedisServer
from tests.support.waiting import wait_for
from videobatch.state.control import ControlStore
from videobatch.state.store import Store

pytestmark = [
    pytest.mark.real,
    pytest.mark.runs(
        "cli.fleet.workers", "cli.fleet.top", "cli.fleet.decisions", "cli.fleet.replay", "cli.main"
    ),
]

SOON_S = 300.0
NODE = "w1@here"
SETTINGS = {"VIDEOBATCH_CONCURRENCY__POLICY": "fixed", "VIDEOBATCH_CONCURRENCY__INITIAL": "2"}


class Seen:
    """A fleet whose controller has decided, and the command line that looks at it."""

    def __init__(self, fleet: Fleet, cli: Cli, worker: Process) -> None:
        self.fleet, self.cli, self.worker = fleet, cli, worker


@pytest.fixture(scope="module")
def seen(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Seen]:
    folder = tmp_path_factory.mktemp("control")
    server = RedisServer(folder / "redis")
    try:
        with fleet_on(server, folder) as fleet:
            worker = fleet.start_worker(NODE, VIDEOBATCH_CONCURRENCY__MAX="4", **SETTINGS)
            fleet.start_controller(VIDEOBATCH_CONCURRENCY__MAX="4", **SETTINGS)
            store = ControlStore(Store(fleet.client, PREFIX))
            wait_for(lambda: len(store.ticks()) >= 3, SOON_S, "three rounds", fleet.logs)
            where = {"VIDEOBATCH_REDIS_URL": server.url, "VIDEOBATCH_PREFIX": PREFIX}
            yield Seen(fleet, Cli(folder / "home", where), worker)
    finally:
        server.stop()


def test_workers_are_listed_with_their_processes_and_slots(seen: Seen) -> None:
    (worker,) = WorkersOut.model_validate(seen.cli("workers", "--json").json).workers
    assert (worker.worker, worker.pid) == (NODE, seen.worker.pid)
    assert sorted(worker.children) == sorted(seen.worker.children())
    assert (worker.slots, worker.real_slots, worker.most_slots, worker.running) == (2, 2, 4, 0)
    assert (worker.slots_wanted, worker.slots_real, worker.slots_most) == (2, 2, 4)
    assert worker.binds == "rule"
    said = seen.cli("workers").out
    assert f"{NODE}  0 running, 2 slots wanted (2 real, 4 at most), bound by rule" in said


def test_top_shows_the_host_and_what_binds(seen: Seen) -> None:
    answer = seen.cli("top", "--json")
    assert answer.exit_code == 0, answer.said
    found = TopOut.model_validate(answer.json)
    (host,) = found.hosts
    assert (found.policy, found.pending, host.slots, host.workers) == ("fixed", 0, 2, 1)
    assert host.memory_limit_bytes > host.memory_used_bytes > 0
    assert (host.most_slots, host.slots_most) == (4, 4)
    assert (host.binds, host.why, host.reason) == ("rule", "fixed", "rule: fixed")
    said = seen.cli("top", "--once").out
    assert "policy fixed" in said
    assert "more by another VIDEOBATCH_CONCURRENCY__POLICY" in said


def test_decisions_say_why_and_what_would_change_them(seen: Seen) -> None:
    found = DecisionsOut.model_validate(seen.cli("decisions", "--json").json).decisions
    # Said again where the worker was not heard of for a while.
    assert {(each.slots, each.binds) for each in found} == {(2, "rule")}
    said = seen.cli("decisions", "--why").out
    assert "2 slots  rule" in said
    assert "more by: another VIDEOBATCH_CONCURRENCY__POLICY" in said


def test_a_record_is_replayed_and_another_policy_answers_what_if(
    seen: Seen, tmp_path: Path
) -> None:
    record = tmp_path / "run.jsonl"
    assert "rounds written" in seen.cli("decisions", "--record", record).out
    same = seen.cli("replay", record, "--json")
    assert same.exit_code == 0, same.said
    told = ReplayOut.model_validate(same.json)
    assert told.rounds >= 3
    assert told.differ == 0
    other = ReplayOut.model_validate(seen.cli("replay", record, "--set", "fixed=3", "--json").json)
    assert {(then, now) for _, _, then, now in other.slots} == {(2, 3)}
    text = record.read_text().replace('"slots":2,"binds"', '"slots":3,"binds"')
    # A round decides nothing while no fresh sample of the worker is there.
    ticks = [Tick.from_json(line) for line in record.read_text().splitlines()]
    altered = text.count('"slots":3,"binds"')
    assert altered == sum(bool(tick.snapshot.hosts) for tick in ticks) >= 1
    record.write_text(text)
    changed = seen.cli("replay", record)
    assert changed.exit_code == 1
    assert f"{told.rounds} rounds, {altered} decided otherwise" in changed.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["README.md"], "README.md is no record"),
        (["no-such-file"], "no-such-file cannot be read"),
    ],
)
def test_what_is_no_record_is_refused_in_words(seen: Seen, arguments: list[str], said: str) -> None:
    answer = seen.cli("replay", *arguments)
    assert answer.exit_code == 2
    assert said in answer.err
    assert "Traceback" not in answer.said


def test_wrong_options_name_those_that_there_are(seen: Seen, tmp_path: Path) -> None:
    record = tmp_path / "run.jsonl"
    seen.cli("decisions", "--record", record)
    for arguments, said in (
        (["--policy", "best"], "there are little, threshold, fixed"),
        (["--set", "mots=3"], "there are least, most, fixed"),
        (["--set", "most=many"], "'many' is no value for most"),
    ):
        answer = seen.cli("replay", record, *arguments)
        assert (answer.exit_code, said in answer.err) == (2, True), answer.said
