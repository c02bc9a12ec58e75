"""Puts the controller process together from its settings. Nothing else in this package reads
settings, but for the process' own log."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING

from celery_app.celery_settings import AppOptions
from celery_app.publishing import PROCESS_VIDEO, publishing, remote_control
from config.settings import Settings
from controllers.control.actuation import Actuator
from controllers.control.alerts import AlertWatch
from controllers.control.starts import StartRates
from controllers.control.tuner import Tuner
from controllers.duties.assigning import Assigning
from controllers.duties.duty import Duty
from controllers.duties.hearing import Hearing
from controllers.duties.leading import Leading
from controllers.duties.leftovers import Leftovers
from controllers.duties.pruning import Pruning
from controllers.duties.publishing import Publishing
from controllers.duties.reporting import Reporting
from controllers.duties.resuming import Resuming
from controllers.duties.schema import Schema
from controllers.duties.sweeping import Sweeping
from controllers.fleet.sampling import Sampling
from controllers.fuses import Fuses
from controllers.loop import Controller
from controllers.metrics import FleetCollector, Rounds, serve
from controllers.policy.alert_rules import Thresholds
from controllers.policy.records import Options
from videobatch.errors import SettingsError
from videobatch.paths import Places
from videobatch.records import Currency
from videobatch.state.alerts import Alerts
from videobatch.state.bindings import Bindings
from videobatch.state.connection import connect
from videobatch.state.control import ControlStore
from videobatch.state.ledger import Ledger, Swept
from videobatch.state.limit_views import limit_views
from videobatch.state.presence import Sweeper
from videobatch.state.samples import SampleStore
from videobatch.state.store import Store, refuse_eviction
from videobatch.state.versions import agree_unless_away
from videobatch.state.views import Views

if TYPE_CHECKING:
    from controllers.control.webhook import Webhook

PATIENCE_S = 2.0
# Whoever reads the metrics waits.
METRICS_S = 1.0


def connected(settings: Settings) -> Store:
    """The store of a Redis whose ledger this program knows. Raises SettingsError if none is named,
    LedgerError if it may lose what it knows, or is of another version."""
    client = connect(_redis_url(settings), name=_name())
    store = Store(client, settings.prefix, patience_s=PATIENCE_S)
    refuse_eviction(store)
    agree_unless_away(store)
    return store


def controller(settings: Settings, store: Store) -> Controller:
    """The whole of it, with all duties."""
    options = AppOptions(_redis_url(settings), settings.prefix)
    places = Places(settings.paths.here, settings.paths.below)
    ledger = Ledger(store)
    views = Views(store, places=places)
    leads = assigning(settings, store, views, options)
    leading = Leading(_name(), ledger, leads)
    return Controller(
        leading,
        duties(
            leading,
            ledger,
            views,
            SampleStore(store.with_patience(0.0)),
            publishing=publishing(options),
            sweep=Sweeper(ledger).sweep,
            assigning=leads,
            bindings=Bindings(store),
        ),
        health_file=settings.health_file,
    )


def duties(
    leading: Leading,
    ledger: Ledger,
    views: Views,
    samples: SampleStore,
    *,
    publishing: tuple[str, str],
    sweep: Callable[[], Swept] | None = None,
    assigning: Assigning | None = None,
    bindings: Bindings | None = None,
) -> tuple[Duty, ...]:
    """The duties in the order of a round. `publishing` is the queue and the form of a message;
    without `sweep` the ledger's own is run, which does not look for dead workers; without
    `assigning` the workers' slots are left alone."""
    return (
        Publishing(ledger, *publishing),
        Hearing(samples, leading),
        Schema(ledger),
        *(() if assigning is None else (assigning,)),
        Sweeping(ledger, sweep or ledger.sweep),
        Reporting(ledger, views),
        Leftovers(ledger, views),
        *(() if bindings is None else (Pruning(bindings),)),
        Resuming(ledger, views),
    )


def assigning(settings: Settings, store: Store, views: Views, options: AppOptions) -> Assigning:
    """The round of control, with alerts, the slow loop and the rates of starts."""
    remote, control = remote_control(options), ControlStore(store)
    limit_mb = settings.memory.limit_mb
    return Assigning(
        policy=settings.concurrency.policy,
        options=policy_options(settings),
        sampling=Sampling(views, None if limit_mb is None else limit_mb << 20),
        store=control,
        actuator=Actuator(remote),
        watch=AlertWatch(
            Alerts(store),
            views,
            thresholds(settings),
            webhook(settings),
            fuses(settings, store),
        ),
        tuner=Tuner(control, applies=settings.concurrency.tune),
        starts=StartRates(remote, PROCESS_VIDEO),
        limits=lambda: limit_views(store),
    )


def policy_options(settings: Settings) -> Options:
    """The user's choices, as the policies read them."""
    chosen = settings.concurrency
    return Options(
        least=chosen.min,
        most=chosen.max,
        fixed=chosen.initial or chosen.max,
        cpu_target=settings.cpu_target,
        smoothing_s=chosen.smoothing_s,
        grow_pause_s=chosen.grow_pause_s,
        shrink_after_s=chosen.shrink_after_s,
        cooldown_s=chosen.cooldown_s,
        window=chosen.window,
    )


def thresholds(settings: Settings) -> Thresholds:
    """The values from which on something is told."""
    chosen = settings.alerts
    return Thresholds(
        cpu=settings.cpu_target + 0.1,
        memory=chosen.memory,
        disk_bytes_per_s=chosen.disk_mb_s * 1e6,
        net_bytes_per_s=chosen.network_mbit_s * 1e6 / 8,
        error_rate=chosen.error_rate,
        api_latency_s=chosen.api_latency_s,
        quota=chosen.quota,
        stalled_s=chosen.stalled_s,
        idle_s=chosen.idle_s,
        statements=chosen.statements,
    )


def webhook(settings: Settings) -> Webhook | None:
    """The address that alerts go to besides the log, None if there is none."""
    chosen = settings.alerts
    if chosen.webhook is None:
        return None
    # Loads what speaks HTTP, which most controllers do not need.
    from controllers.control.webhook import Webhook

    secret = None if chosen.secret is None else chosen.secret.get_secret_value()
    url = chosen.webhook.get_secret_value()
    return Webhook(url, secret, allow_private=chosen.private)


def fuses(settings: Settings, store: Store) -> Fuses:
    """The daily limits that are set."""
    budget = settings.budget.model_dump(exclude_none=True)
    limits = {
        currency: float(budget[currency.value])
        for currency in Currency
        if currency.is_daily and budget.get(currency.value)
    }
    return Fuses(store, limits, settings.api.day_zone)


def serve_metrics(settings: Settings, store: Store, rounds: Rounds) -> Callable[[], None]:
    """Answers Prometheus where that is set, until the function that is returned is called. Raises
    OSError where the port is taken."""
    chosen = settings.metrics
    if chosen.port is None:
        return lambda: None
    collector = FleetCollector(
        store.with_patience(METRICS_S),
        rounds,
        version=version("videobatch"),
        quota=fuses(settings, store),
    )
    return serve(chosen.address, chosen.port, collector, rounds)


def _name() -> str:
    """The name of this process among the controllers."""
    return f"controller@{socket.gethostname()}:{os.getpid()}"


def _redis_url(settings: Settings) -> str:
    if settings.redis_url is None:
        raise SettingsError(
            "VIDEOBATCH_REDIS_URL is not set", hint="`videobatch up` sets it for its own"
        )
    return settings.redis_url.get_secret_value()
