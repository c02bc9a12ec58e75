"""From the settings of a process to what the controller works with."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

from redis import Redis

from config.settings import Settings
from controllers.alerts import Thresholds
from controllers.metrics import FleetCollector, Rounds, serve
from controllers.policy.records import Options
from controllers.webhook import Webhook
from videobatch.providers.catalog import MONEY_ZONE, PROVIDERS
from videobatch.records import Currency
from videobatch.state.limit_views import scope_names
from videobatch.state.limits import RedisLimiter, Scope

PATIENCE_S = 2.0


def policy_options(settings: Settings) -> Options:
    """What the user chose, as the policies read it."""
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
    """From when on something is told."""
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
    )


def webhook(settings: Settings) -> Webhook | None:
    """Where alerts go besides the log, None if nowhere."""
    chosen = settings.alerts
    if chosen.webhook is None:
        return None
    secret = None if chosen.secret is None else chosen.secret.get_secret_value()
    url = chosen.webhook.get_secret_value()
    return Webhook(url, secret, allow_private=chosen.private)


def serve_metrics(settings: Settings, client: Redis, rounds: Rounds) -> Callable[[], None]:
    """Answers Prometheus where that is set, until the function that is returned is called. Raises
    OSError where the port is taken."""
    chosen = settings.metrics
    if chosen.port is None:
        return lambda: None
    collector = FleetCollector(
        client,
        settings.prefix,
        rounds,
        version=version("videobatch"),
        quota=Fuses(settings, client),
    )
    return serve(chosen.address, chosen.port, collector, rounds)


class Fuses:
    """How much of each daily limit that is set has been used."""

    def __init__(self, settings: Settings, client: Redis) -> None:
        budget = settings.budget.model_dump(exclude_none=True)
        self._limits = {
            currency: float(budget[currency.value])
            for currency in Currency
            if currency.is_daily and budget.get(currency.value)
        }
        self._settings, self._client = settings, client

    def __call__(self) -> dict[str, float]:
        """The used share, 0 to 1, by limit and scope. Raises LedgerError."""
        if not self._limits:
            return {}
        shares: dict[str, float] = {}
        for scope in scope_names(self._client, self._settings.prefix):
            for currency, spent in self._spent(scope).items():
                if currency in self._limits:
                    whose = "" if currency is Currency.MONEY_DAY else f" of {scope}"
                    name = currency.value.replace("_", " ") + whose
                    shares[name] = spent / self._limits[currency]
        return shares

    def _spent(self, scope: str) -> dict[Currency, float]:
        zone = self._settings.api.day_zone
        provider = PROVIDERS.get(scope.partition(".")[0])
        own = zone or (provider.day_zone if provider else MONEY_ZONE)
        limiter = RedisLimiter(
            self._client,
            self._settings.prefix,
            Scope(scope, day_zone=own, money_zone=zone or MONEY_ZONE),
            patience_s=PATIENCE_S,
        )
        return limiter.spent_today()
