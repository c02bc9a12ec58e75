"""The fixtures keep what they promise: the other suites lean on them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from tests.support.processes import Process
from tests.support.servers import RedisServer

pytestmark = pytest.mark.real


def test_data_and_port_outlive_a_restart(own_redis: RedisServer) -> None:
    before = own_redis.pid, own_redis.port
    with own_redis.client() as client:
        client.set("kept", "yes")
    own_redis.restart()
    with own_redis.client() as client:
        assert client.get("kept") == "yes"
    assert own_redis.pid != before[0]
    assert own_redis.port == before[1]


def test_killed_server_refuses_and_comes_back(own_redis: RedisServer) -> None:
    own_redis.kill()
    with own_redis.client(retry=None) as client, pytest.raises(RedisError):
        client.ping()
    own_redis.start()
    with own_redis.client() as client:
        assert client.ping()


def test_paused_server_is_silent_until_resumed(own_redis: RedisServer) -> None:
    own_redis.pause()
    with own_redis.client(socket_timeout=0.2, retry=None) as client:
        with pytest.raises(RedisTimeoutError):
            client.ping()
        own_redis.resume()
    with own_redis.client() as client:
        assert client.ping()


def test_cut_clients_lose_their_connections(own_redis: RedisServer) -> None:
    with own_redis.client(retry=None) as client:
        first = client.client_id()
        own_redis.cut_clients()
        with own_redis.client() as other:
            assert first not in {int(c["id"]) for c in other.client_list()}


def test_password_is_wanted_and_private(own_redis: RedisServer, tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / "redis" / "server.conf").stat().st_mode) == 0o600
    stranger = Redis(host="127.0.0.1", port=own_redis.port, retry=Retry(NoBackoff(), 0))
    with stranger as client, pytest.raises(AuthenticationError):
        client.ping()


def test_wait_for_fails_with_the_logs_end(tmp_path: Path) -> None:
    code = "print('the last words'); import time; time.sleep(60)"
    with Process.python(["-c", code], tmp_path / "log") as process:
        process.wait_for_line("the last words", 10)
        with pytest.raises(AssertionError, match="the last words"):
            process.wait_for(lambda: False, 0.05, "never")
    assert process.returncode is not None


def test_log_is_of_this_process_alone(tmp_path: Path) -> None:
    for word in ("first", "second"):
        with Process.python(["-c", f"print({word!r})"], tmp_path / "log") as process:
            process.wait_for_line(word, 10)
    assert process.log() == "second\n"
