"""The local stack with a real supervisor and a real Redis; stand-ins for the Python programs."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import redis
import typer

from cli.shared.books import existing_books
from cli.stack import lifecycle, processes
from cli.stack.commands import down, find_redis_url, left_behind, up
from cli.stack.errors import StackError
from cli.stack.home import Home, open_home
from cli.stack.options import StackOptions
from cli.stack.programs import Program
from config.settings import Settings
from videobatch.errors import SettingsError

pytestmark = pytest.mark.real

DEADLINE_S = 60.0
# Ends at SIGTERM, and has a child of its own, as Celery's worker does.
STAND_IN = """
import signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
def end(*_):
    child.kill()
    child.wait()
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
while True:
    time.sleep(600)
"""
CRASHING = "import sys; sys.exit('the disk is made of cheese')"
NAMES = ("worker", "controller", "flower")


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"not within {DEADLINE_S:.0f} s: {what}"
        time.sleep(0.02)


def all_there(home: Home) -> None:
    """Returns once each program of the stack has begun, and its child with it."""
    wait_for(lambda: len(processes.stack_processes(home)) == 8, "all are there")


def programs(code: str) -> Callable[[int], tuple[Program, ...]]:
    def made(_flower_port: int) -> tuple[Program, ...]:
        argv = (sys.executable, "-c", code)
        return tuple(
            Program(
                name,
                argv,
                Path("/"),
                niceness=10 if name == "worker" else 0,
                calls=name == "worker",
                start_s=1,
            )
            for name in NAMES
        )

    return made


def options_at(root: Path, code: str = STAND_IN, **environment: str) -> StackOptions:
    return StackOptions(
        home=open_home(root),
        root=root.parent,
        python=sys.executable,
        environment={**os.environ, **environment},
        ready={"worker": lambda _url: True, "controller": lambda _url: True},
        replacement=programs(code),
    )


@pytest.fixture
def options(tmp_path: Path) -> Iterator[StackOptions]:
    made = options_at(tmp_path / "home")
    try:
        yield made
    finally:
        lifecycle.down(made.home)


def pids(home: Home) -> dict[str, int]:
    return {name: each.pid for name, each in lifecycle.statuses(home).items()}


def test_up_starts_all_and_down_ends_all_of_it_and_nothing_else(options: StackOptions) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", STAND_IN], stdout=subprocess.PIPE)
    try:
        stack = lifecycle.up(options)
        assert stack.started
        with redis.Redis.from_url(stack.redis_url) as client:
            client.set("kept", "yes")
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert client.config_get("append*sync") == {"appendfsync": "everysec"}
        # supervisord, Redis, three programs, and a child of each.
        all_there(options.home)
        running = processes.stack_processes(options.home)
        assert psutil.Process(pids(options.home)["worker"]).nice() == 10

        assert lifecycle.down(options.home) == 8
        assert not [each for each in running if each.is_running() and each.status() != "zombie"]
        assert bystander.poll() is None
        assert lifecycle.down(options.home) == 0
    finally:
        bystander.terminate()
        bystander.communicate(timeout=DEADLINE_S)


def test_a_second_up_uses_what_runs(options: StackOptions) -> None:
    first = lifecycle.up(options)
    before = pids(options.home)
    second = lifecycle.up(options)
    assert not second.started
    assert second.redis_url == first.redis_url
    assert pids(options.home) == before


def test_two_ups_at_once_make_one_stack(options: StackOptions) -> None:
    with ThreadPoolExecutor(4) as pool:
        stacks = list(pool.map(lifecycle.up, [options] * 4))
    assert sorted(stack.started for stack in stacks) == [False, False, False, True]
    assert len({stack.redis_url for stack in stacks}) == 1
    all_there(options.home)


def test_what_dies_is_started_again(options: StackOptions) -> None:
    lifecycle.up(options)
    for name in ("worker", "redis"):
        before = pids(options.home)[name]
        os.kill(before, signal.SIGKILL)
        wait_for(
            lambda name=name, before=before: pids(options.home)[name] not in {0, before},  # type: ignore[misc]
            f"{name} runs again",
        )


def test_after_a_reboot_the_same_data_is_there(options: StackOptions) -> None:
    first = lifecycle.up(options)
    with redis.Redis.from_url(first.redis_url) as client:
        client.set("kept", "yes")
        # What was answered is written then, unless a sync takes long.
        wait_for(lambda: client.info("persistence")["aof_pending_bio_fsync"] == 0, "it is written")
    kill_all(options.home)
    assert not lifecycle.is_up(options.home)

    second = lifecycle.up(options)
    assert second.started
    assert second.redis_url == first.redis_url
    with redis.Redis.from_url(second.redis_url, decode_responses=True) as client:
        assert client.get("kept") == "yes"


def test_what_a_killed_supervisor_left_behind_is_ended_first(options: StackOptions) -> None:
    lifecycle.up(options)
    orphans = processes.stack_processes(options.home)
    (supervisor,) = [each for each in orphans if "supervisor.supervisord" in each.cmdline()]
    supervisor.kill()
    wait_for(lambda: not lifecycle.is_up(options.home), "the supervisor is gone")

    assert lifecycle.up(options).started
    all_there(options.home)
    now = {each.pid for each in processes.stack_processes(options.home)}
    assert now.isdisjoint(each.pid for each in orphans)


def test_what_goes_on_without_its_supervisor_is_told_and_its_redis_used(
    options: StackOptions, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIDEOBATCH_REDIS_URL", raising=False)
    settings = Settings(home=options.home.root)
    stack = lifecycle.up(options)
    assert lifecycle.left(options.home) == ()
    assert left_behind(settings) == ""
    everyone = processes.stack_processes(options.home)
    (supervisor,) = [each for each in everyone if "supervisor.supervisord" in each.cmdline()]
    supervisor.kill()
    wait_for(lambda: not lifecycle.is_up(options.home), "the supervisor is gone")

    left = lifecycle.left(options.home)
    assert left[0].name == "redis"
    assert len(left) == 1 + len(NAMES), "children are not programs"
    assert find_redis_url(settings) == stack.redis_url
    assert existing_books(settings).views.batch_ids() == []
    said = capsys.readouterr().err
    assert f"redis ({left[0].pid})" in said
    assert "`videobatch up` starts the stack anew" in said

    os.kill(left[0].pid, signal.SIGKILL)
    wait_for(lambda: len(lifecycle.left(options.home)) == len(NAMES), "Redis is gone")
    assert find_redis_url(settings) is None
    with pytest.raises(SettingsError) as ended:
        existing_books(settings)
    assert "supervisor and Redis have ended; still there" in ended.value.message


def test_a_supervisor_without_its_socket_is_ended_all_the_same(options: StackOptions) -> None:
    lifecycle.up(options)
    all_there(options.home)
    options.home.socket.unlink()
    assert lifecycle.down(options.home) == 8
    assert processes.stack_processes(options.home) == []


def test_a_crashing_program_is_reported_with_its_last_words(tmp_path: Path) -> None:
    options = options_at(tmp_path / "home", CRASHING)
    with pytest.raises(StackError, match=r"(?s)(worker|controller|flower).*made of cheese"):
        lifecycle.up(replace(options, ready={}))
    assert processes.stack_processes(options.home) == []


def test_a_new_setting_starts_the_programs_again_and_a_missing_one_does_not(
    options: StackOptions,
) -> None:
    lifecycle.up(options)
    with_key = replace(options, environment={**options.environment, "OPENAI_API_KEY": "x"})
    again = lifecycle.up(with_key)
    assert again.started
    assert again.restarted_for == ("OPENAI_API_KEY",)
    worker = psutil.Process(pids(options.home)["worker"])
    assert worker.environ()["OPENAI_API_KEY"] == "x"
    assert not lifecycle.up(options).started


def test_no_secret_is_seen_in_arguments_files_or_logs(options: StackOptions) -> None:
    stack = lifecycle.up(options)
    home = options.home
    secrets = [home.secret(name) for name in ("redis", "flower")]
    assert stack.flower_password in secrets
    for process in psutil.process_iter():
        try:
            arguments = " ".join(process.cmdline())
        except psutil.Error:
            continue
        assert not [secret for secret in secrets if secret in arguments]
    lifecycle.down(home)
    for path in home.root.rglob("*"):
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
            found = [secret for secret in secrets if secret.encode() in path.read_bytes()]
            assert not found or path.parent == home.secrets or path.name == "redis.conf", path
    for folder in (home.redis, home.logs, home.run, home.secrets):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "name",
    [
        "with space ; and # more",
        "%(here)s %d %%",
        'it\'s "quoted" $HOME `id` \\ back',
        "数据-😀-é",
        "-dash\nnew line",
        "long " * 45 + "end",
    ],
)
def test_odd_folders(tmp_path: Path, name: str) -> None:
    options = options_at(tmp_path / name / "home")
    try:
        stack = lifecycle.up(options)
        with redis.Redis.from_url(stack.redis_url) as client:
            assert client.ping()
        assert set(pids(options.home)) == {"redis", *NAMES}
        all_there(options.home)
        log = options.home.logs / "worker.log"
        wait_for(lambda: "ready" in log.read_text(), "the worker says so")
    finally:
        ended = lifecycle.down(options.home)
    assert ended == 8


@pytest.mark.parametrize("command", [up, down])
def test_a_wrong_setting_is_named_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: Callable[[], None]
) -> None:
    monkeypatch.setenv("VIDEOBATCH_CONCURRENCY__MAX", "many")
    with pytest.raises(typer.Exit) as ended:
        command()
    assert ended.value.exit_code == 2
    said = capsys.readouterr().err
    assert "error: VIDEOBATCH_CONCURRENCY__MAX: " in said
    assert "hint: docs/reference/settings.md" in said
    assert "many" not in said


def kill_all(home: Home) -> None:
    """As a power cut does it: the supervisor first, so that it cannot start anything again."""
    mine = processes.stack_processes(home)
    for each in sorted(mine, key=lambda each: "supervisor.supervisord" not in each.cmdline()):
        each.kill()
    wait_for(lambda: processes.stack_processes(home) == [], "all are gone")
