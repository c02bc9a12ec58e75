"""The way back to a broker that was away: soon, for ever, and said once."""

from __future__ import annotations

import logging
from typing import Any

from celery.worker.consumer import Consumer
from celery.worker.state import maybe_shutdown

log = logging.getLogger(__name__)

FIRST_WAIT_S = 0.05
WAIT_STEP_S = 0.1
LONGEST_WAIT_S = 0.5


class PatientConsumer(Consumer):  # type: ignore[misc]
    """Celery's consumer, but reconnecting twice a second: its own backs off to 30 s."""

    def ensure_connected(self, conn: Any) -> Any:
        """The connection, once the broker answers. Raises WorkerShutdown if asked to stop."""
        is_away = False

        def on_error(error: Exception, _interval_s: float) -> None:
            nonlocal is_away
            if not is_away:
                log.warning("the broker %s is away; waiting: %s", conn.as_uri(), error)
            is_away = True

        connected = conn.ensure_connection(
            on_error,
            None,
            interval_start=FIRST_WAIT_S,
            interval_step=WAIT_STEP_S,
            interval_max=LONGEST_WAIT_S,
            callback=maybe_shutdown,
        )
        self.first_connection_attempt = False
        if is_away:
            log.info("the broker is back")
        return connected
