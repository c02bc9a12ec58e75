"""From the settings of a process to what the controller works with."""

from __future__ import annotations

from config.settings import Settings
from controllers.policy.records import Options


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
