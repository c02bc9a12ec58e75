"""Every script is one that Redis takes."""

from __future__ import annotations

import pytest

from tests.support.servers import RedisServer
from tests.unit.state.test_scripts import SCRIPTS
from videobatch.state.connection import connect
from videobatch.state.scripts import source

pytestmark = pytest.mark.real


@pytest.mark.parametrize("script", SCRIPTS)
def test_redis_compiles_it(redis_server: RedisServer, script: str) -> None:
    with connect(redis_server.url) as client:
        assert len(str(client.script_load(source(script)))) == 40
