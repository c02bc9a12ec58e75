"""`python -m controllers`: runs one controller until SIGTERM or SIGINT."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading

from celery_app.celery_settings import AppOptions
from celery_app.publishing import PROCESS_VIDEO, publishing, remote_control
from config.settings import load_settings
from controllers.actuation import Actuator
from controllers.alerts import AlertWatch
from controllers.composition import (
    PATIENCE_S,
    Fuses,
    policy_options,
    serve_metrics,
    thresholds,
    webhook,
)
from controllers.loop import Controller
from controllers.starts import StartRates
from controllers.steering import Steering
from controllers.tuner import Tuner
from videobatch.errors import LedgerError
from videobatch.paths import Places
from videobatch.state.alerts import Alerts
from videobatch.state.bindings import Bindings
from videobatch.state.connection import connect, refuse_eviction
from videobatch.state.control import ControlStore
from videobatch.state.ledger import Ledger
from videobatch.state.limit_views import limit_views
from videobatch.state.presence import Sweeper
from videobatch.state.samples import SampleStore
from videobatch.state.versions import agree_unless_away
from videobatch.state.views import Views
from videobatch.telemetry.logging import configure_logging


def main() -> int:
    """Exit code 0 after a signal, 2 if no Redis is named or it may lose what it knows."""
    settings = load_settings()
    configure_logging(json=settings.log_json, level=settings.log_level)
    if settings.redis_url is None:
        sys.stderr.write("VIDEOBATCH_REDIS_URL is not set; `videobatch up` sets it for its own\n")
        return 2
    name = f"controller@{socket.gethostname()}:{os.getpid()}"
    client = connect(settings.redis_url.get_secret_value(), name=name)
    try:
        refuse_eviction(client)
        agree_unless_away(client, settings.prefix)
    except LedgerError as error:
        sys.stderr.write(f"{error.message}; {error.hint}\n")
        return 2
    options = AppOptions(settings.redis_url.get_secret_value(), settings.prefix)
    queue, message = publishing(options)
    limit_mb = settings.memory.limit_mb
    samples = SampleStore(client, settings.prefix)
    here = Places(settings.paths.here, settings.paths.below)
    views = Views(client, settings.prefix, patience_s=PATIENCE_S, places=here)
    store = ControlStore(client, settings.prefix, patience_s=PATIENCE_S)
    remote = remote_control(options)
    steering = Steering(
        policy=settings.concurrency.policy,
        options=policy_options(settings),
        samples=samples,
        views=views,
        store=store,
        tuner=Tuner(store, applies=settings.concurrency.tune),
        actuator=Actuator(remote),
        starts=StartRates(remote, PROCESS_VIDEO),
        limits=lambda: limit_views(client, settings.prefix, patience_s=PATIENCE_S),
        memory_limit_bytes=None if limit_mb is None else limit_mb << 20,
        watch=AlertWatch(
            Alerts(client, settings.prefix, patience_s=PATIENCE_S),
            views,
            thresholds(settings),
            webhook(settings),
            Fuses(settings, client),
        ),
    )
    ledger = Ledger(client, settings.prefix, patience_s=PATIENCE_S)
    controller = Controller(
        name=name,
        ledger=ledger,
        sweep=Sweeper(ledger).sweep,
        queue=queue,
        message=message,
        views=views,
        samples=samples,
        steering=steering,
        bindings=Bindings(client, settings.prefix, patience_s=PATIENCE_S),
        health_file=settings.health_file,
    )
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    try:
        stop_metrics = serve_metrics(settings, client, controller.rounds)
    except OSError as error:
        sys.stderr.write(f"VIDEOBATCH_METRICS__PORT cannot be opened: {error}\n")
        return 2
    controller.run(stop)
    stop_metrics()
    return 0


if __name__ == "__main__":
    sys.exit(main())
