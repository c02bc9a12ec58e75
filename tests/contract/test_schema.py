"""Old and new programs on one ledger, over a real Redis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from tests.support.keys import KEYS
from tests.support.servers import RedisServer
from videobatch.errors import LedgerError
from videobatch.state.connection import connect
from videobatch.state.store import Store
from videobatch.state.versions import OLDEST, SCHEMA, agree, agree_unless_away, raise_to


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[Redis]:
    with connect(redis_server.url, "schema") as made:
        yield made


def test_the_first_one_says_which_version_it_is(client: Redis) -> None:
    assert agree(Store(client, "vb")) == SCHEMA
    assert client.get(KEYS.schema) == str(SCHEMA)
    assert OLDEST <= SCHEMA


def test_a_newer_program_works_beside_older_ones_until_all_are_new(client: Redis) -> None:
    assert agree(Store(client, "vb"), schema=3, oldest=3) == 3
    assert agree(Store(client, "vb"), schema=4, oldest=3) == 3
    # One worker still knows version 3 only.
    assert raise_to(Store(client, "vb"), [3, 4], schema=4) == 3
    assert agree(Store(client, "vb"), schema=3, oldest=2) == 3
    assert raise_to(Store(client, "vb"), [4, 5], schema=4) == 4


def test_an_older_program_is_refused_and_changes_nothing(client: Redis) -> None:
    agree(Store(client, "vb"), schema=4, oldest=4)
    with pytest.raises(LedgerError, match="of version 4, and this program knows version 3") as no:
        agree(Store(client, "vb"), schema=3, oldest=2)
    assert no.value.code == "schema_newer"
    assert "update videobatch" in no.value.hint
    assert client.get(KEYS.schema) == "4"


def test_a_program_that_is_too_new_is_refused_as_well(client: Redis) -> None:
    agree(Store(client, "vb"), schema=1, oldest=1)
    with pytest.raises(LedgerError) as no:
        agree(Store(client, "vb"), schema=3, oldest=2, migrations={})
    assert no.value.code == "schema_older"


def test_a_leader_never_puts_an_older_version_in_force(client: Redis) -> None:
    agree(Store(client, "vb"), schema=4, oldest=4)
    assert raise_to(Store(client, "vb"), [2], schema=4) == 4
    assert client.get(KEYS.schema) == "4"


def test_teams_with_prefixes_of_their_own_do_not_meet(client: Redis) -> None:
    agree(Store(client, "a"), schema=4, oldest=4)
    assert agree(Store(client, "b"), schema=2, oldest=2) == 2


def test_a_redis_that_is_away_is_no_reason_to_refuse() -> None:
    with connect("redis://127.0.0.1:1/0") as nobody:
        agree_unless_away(Store(nobody, "vb"))
