"""What Celery leaves of real workers that were killed is taken out, and who lives goes on."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from celery_app.celery_settings import AppOptions, transport_options
from celery_app.publishing import remote_control
from tests.support.fleet import PREFIX, fleet_on
from tests.support.servers import RedisServer
from tests.support.waiting import wait_for
from videobatch.state.bindings import EXCHANGES, KEPT_S, Bindings
from videobatch.state.store import Store

pytestmark = pytest.mark.real

LIVES = 4
SOON_S = 300.0


def test_rows_of_killed_workers_go_and_a_living_one_answers(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    prefix, now = transport_options(PREFIX)["global_keyprefix"], [0.0]
    remote = remote_control(AppOptions(redis_server.url, PREFIX))
    with fleet_on(redis_server, tmp_path) as fleet:
        bindings = Bindings(Store(fleet.client, PREFIX), clock=lambda: now[0])

        def rows() -> set[str]:
            found = [fleet.client.smembers(f"{prefix}_kombu.binding.{e}") for e in EXCHANGES]
            return {row for each in found for row in cast("set[str]", each)}

        for number in range(LIVES):
            fleet.start_worker(f"w{number}@here").kill()
        fleet.start_worker("alive@here")
        assert len(rows()) > LIVES, "kombu leaves nothing any more: this may go"
        bindings.prune()
        now[0] += KEPT_S
        assert bindings.prune() > LIVES
        assert rows() == set()

        def answers() -> bool:
            return bool(remote.ping(destination=["alive@here"], timeout=1.0))

        wait_for(answers, SOON_S, "the living one is still told")
        bindings.prune()
        assert not any(f"w{number}@here" in row for number in range(LIVES) for row in rows())
