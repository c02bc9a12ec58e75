"""A connection that turns out to lead to a replica."""

from __future__ import annotations

import pytest
from redis.exceptions import ReadOnlyError

from tests.support.servers import RedisServer
from videobatch.state.connection import connect

pytestmark = pytest.mark.real


def test_a_connection_to_a_replica_is_closed(own_redis: RedisServer) -> None:
    """The next call connects anew, and so looks up where the address leads by then."""
    with connect(own_redis.url) as client:
        first = client.client_id()
        own_redis.make_replica()
        with pytest.raises(ReadOnlyError):
            client.set("a", 1)
        own_redis.make_master()
        assert client.client_id() != first
        assert client.set("a", 1)
