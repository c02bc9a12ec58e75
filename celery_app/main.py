"""`celery -A celery_app.main worker`: the application, as the settings of this process want it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from redis import Redis

from celery_app.app import make_app
from celery_app.composition import app_settings
from celery_app.worker.children import owner
from celery_app.worker.watchdog import Backlog
from config.settings import Settings, load_settings
from videobatch.errors import LedgerError
from videobatch.state.connection import connect, refuse_eviction
from videobatch.state.ledger import Ledger
from videobatch.state.presence import SweepingLedger, connection_name
from videobatch.state.samples import SampleStore
from videobatch.state.versions import agree_unless_away

# Shorter than a lease, so that a renewal never waits longer than what it renews.
PATIENCE_S = 1.0


def make_worker_app(settings: Settings) -> Any:
    """The application with its workers wired to the ledger."""
    chosen = app_settings(settings)

    def client(name: str) -> Redis:
        made = connect(chosen.broker_url, name=name)
        # A child must not write into its parent's connection.
        os.register_at_fork(after_in_child=made.connection_pool.reset)
        return made

    def lease_keeper(worker: str) -> SweepingLedger:
        made = client(connection_name(owner(worker)))
        try:
            refuse_eviction(made)
            agree_unless_away(made, chosen.key_prefix)
        except LedgerError as error:
            sys.exit(f"{error.message}; {error.hint}")
        return SweepingLedger(made, chosen.key_prefix, patience_s=PATIENCE_S)

    def sample_sink(worker: str) -> SampleStore:
        return SampleStore(client(f"samples:{worker}"), chosen.key_prefix)

    def backlog(worker: str) -> Backlog:
        made, key = client(f"backlog:{worker}"), f"{chosen.key_prefix}:celery:{chosen.queue}"
        return lambda: made.llen(key)

    def feed(worker: str) -> Callable[[], int]:
        return Ledger(client(f"room:{worker}"), chosen.key_prefix, patience_s=PATIENCE_S).feed

    return make_app(
        chosen, lease_keeper=lease_keeper, sample_sink=sample_sink, backlog=backlog, feed=feed
    )


app = make_worker_app(load_settings())
