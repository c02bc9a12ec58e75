"""The command `doctor` and its checks against a real server."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from redis import Redis
from typer.testing import CliRunner

from cli.doctor import local_stack, redis_server
from cli.doctor.check import CheckStatus
from cli.doctor.command import register
from cli.stack import broker, locks
from cli.stack.home import Home, open_home, write_json
from tests.support.doctor import by_name, look, only, own_settings
from tests.support.servers import RedisServer
from tests.support.waiting import wait_for

pytestmark = pytest.mark.real

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _settings_of_the_test(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own_settings(monkeypatch, tmp_path)


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


@pytest.fixture
def alive(home: Home) -> Iterator[Home]:
    """A stack whose supervisor lives, as its lock says, but does not listen."""
    fd = locks.open_lock(home.alive_lock)
    assert locks.take(fd, 0)
    yield home
    os.close(fd)


def password_of(server: RedisServer) -> str:
    return server.url.split(":")[2].split("@")[0]


def test_a_redis_that_is_right(redis_server: RedisServer) -> None:
    checks = by_name(look(redis_server.url))
    assert [check.status for check in checks.values()] == [CheckStatus.OK] * 3 + [CheckStatus.WARN]
    assert f"127.0.0.1:{redis_server.port} answers" in checks["redis"].found
    assert "append-only file is on" in checks["persistence"].found
    assert "noeviction" in checks["eviction"].found
    assert password_of(redis_server) not in repr(checks)


@pytest.mark.parametrize("auth", [":wr0ng-s3cret@", "nobody:wr0ng-s3cret@", ""])
def test_a_wrong_password_is_named_and_not_shown(redis_server: RedisServer, auth: str) -> None:
    check = only(look(f"redis://{auth}127.0.0.1:{redis_server.port}/0"))
    assert check.status is CheckStatus.BAD
    assert check.found == f"127.0.0.1:{redis_server.port} refuses the password"
    assert "s3cret" not in check.hint


def test_a_redis_that_evicts_and_keeps_no_file(own_redis: RedisServer) -> None:
    with own_redis.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("appendonly", "no")
    checks = by_name(look(own_redis.url))
    assert checks["redis"].status is CheckStatus.OK
    assert checks["persistence"].status is CheckStatus.WARN
    assert "appendonly yes" in checks["persistence"].hint
    assert checks["eviction"].status is CheckStatus.BAD
    assert "allkeys-lru" in checks["eviction"].found


def test_a_user_who_may_not_ask_what_is_set(own_redis: RedisServer) -> None:
    with own_redis.client() as client:
        client.execute_command("ACL", "SETUSER", "plain", "on", ">pw", "~*", "+@all", "-info")
    checks = by_name(look(f"redis://plain:pw@127.0.0.1:{own_redis.port}/0"))
    assert checks["redis"].status is CheckStatus.OK
    assert checks["persistence"].status is CheckStatus.WARN
    assert checks["eviction"].status is CheckStatus.WARN


def test_a_redis_that_hangs_costs_no_more_than_two_seconds(own_redis: RedisServer) -> None:
    own_redis.pause()
    began_s = time.monotonic()
    try:
        check = only(look(own_redis.url))
    finally:
        own_redis.resume()
    assert time.monotonic() - began_s < redis_server.LIMIT_S + 0.5
    assert check.status is CheckStatus.BAD


def test_whether_a_worker_waits(own_redis: RedisServer) -> None:
    # Its own server: what is left of a killed worker may still be connected to the shared one.
    assert by_name(look(own_redis.url, is_local=True))["worker"].status is CheckStatus.BAD
    with own_redis.client() as client:
        connection = client.connection_pool.get_connection()
        try:
            connection.send_command("BRPOP", "queue", 30)
            wait_for(lambda: waits(own_redis.client()), 60, "the server has the BRPOP")
            assert by_name(look(own_redis.url))["worker"].status is CheckStatus.OK
        finally:
            connection.disconnect()


def waits(client: Redis) -> bool:
    with client:
        return any(each["cmd"] == "brpop" for each in client.client_list())


def test_the_stacks_own_redis(alive: Home, own_redis: RedisServer) -> None:
    write_json(alive.record, {"redis_port": own_redis.port})
    assert list(local_stack.redis(alive.root)) == []
    assert list(alive.secrets.iterdir()) == []

    (alive.secrets / broker.SECRET).write_text(password_of(own_redis))
    checks = by_name(local_stack.redis(alive.root))
    assert checks["redis"].status is CheckStatus.OK
    assert checks["worker"].status is CheckStatus.BAD


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
