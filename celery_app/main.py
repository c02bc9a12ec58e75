"""`celery -A celery_app.main worker`: the application, as the settings of this process want it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from celery_app.app import make_app
from celery_app.composition import app_settings
from config.settings import Settings, load_settings
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger
from videobatch.state.samples import SampleStore

# Shorter than a lease, so that a renewal never waits longer than what it renews.
PATIENCE_S = 1.0


def make_worker_app(settings: Settings) -> Any:
    """The application with its workers wired to the ledger."""
    chosen = app_settings(settings)

    def client_of(role: str) -> Callable[[str], Any]:
        def made(worker: str) -> Any:
            client = connect(chosen.broker_url, name=f"{role}:{worker}")
            # A child must not write into its parent's connection.
            os.register_at_fork(after_in_child=client.connection_pool.reset)
            return client

        return made

    leases, samples = client_of("leases"), client_of("samples")
    return make_app(
        chosen,
        lease_keeper=lambda worker: Ledger(
            leases(worker), chosen.key_prefix, patience_s=PATIENCE_S
        ),
        sample_sink=lambda worker: SampleStore(samples(worker), chosen.key_prefix),
    )


app = make_worker_app(load_settings())
