"""The checks of a Redis that is not there, by its URL, and by what it says of itself."""

from __future__ import annotations

from typing import Any

import pytest

from cli.doctor import redis_server
from cli.doctor.check import CheckStatus
from tests.support.doctor import look, only
from tests.support.servers import free_port


@pytest.mark.parametrize(("is_local", "hint"), [(True, "videobatch up"), (False, "REDIS_URL")])
def test_where_nothing_listens(is_local: bool, hint: str) -> None:
    check = only(look(f"redis://:s3cret@127.0.0.1:{free_port()}/0", is_local=is_local))
    assert check.status is CheckStatus.BAD
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
    assert check.status is CheckStatus.BAD
    assert check.found == "VIDEOBATCH_REDIS_URL is not the URL of a Redis"
    assert "s3c" not in check.hint
    assert "redis://host:6379/0" in check.hint


@pytest.mark.parametrize(
    ("info", "status", "found"),
    [
        ({"redis_version": "7.4.1", "role": "master"}, CheckStatus.OK, "h:1 answers, Redis 7.4.1"),
        ({"valkey_version": "9.1.0", "redis_version": "7.2.4"}, CheckStatus.OK, "Valkey 9.1.0"),
        ({"redis_version": "7.4.1", "role": "slave"}, CheckStatus.BAD, "a replica"),
        ({"redis_version": "7.4.1", "redis_mode": "cluster"}, CheckStatus.BAD, "a cluster"),
        ({}, CheckStatus.OK, "of unknown version"),
    ],
)
def test_which_server_it_is(info: dict[str, Any], status: CheckStatus, found: str) -> None:
    check = redis_server.server("h:1", info)
    assert check.status is status
    assert found in check.found


def test_a_server_whose_disk_is_full() -> None:
    info = {"aof_enabled": 1, "aof_last_write_status": "err"}
    assert redis_server.persistence(info).status is CheckStatus.BAD
