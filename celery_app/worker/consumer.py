"""Celery's consumer with what ours needs: it comes back to a broker soon and patiently, its rate
limit lets all slots begin at once, and a message that makes no sense does not end it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from celery.worker import state as worker_state
from celery.worker.consumer import Consumer
from celery.worker.state import maybe_shutdown
from kombu.utils.limits import TokenBucket
from redis.exceptions import ResponseError

log = logging.getLogger(__name__)
_pause = time.sleep

FIRST_WAIT_S = 0.05
WAIT_STEP_S = 0.1
LONGEST_WAIT_S = 0.5
# A broker that lets one connect, and then refuses: after each refusal a longer wait.
LONGEST_REFUSED_WAIT_S = 2.0
REFUSALS_APART_S = 10.0


class PatientConsumer(Consumer):  # type: ignore[misc]
    """Celery's consumer, but reconnecting twice a second: its own backs off to 30 s. A broker
    that is there and says "not now" (READONLY, BUSY ...) is waited for, not asked at once."""

    _refusals = 0
    _refused_s = float("-inf")

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Celery's own step, and a wait after a refusal. Raises WorkerShutdown if asked to stop."""
        super().on_connection_error_after_connected(exc)
        if isinstance(exc, ResponseError):
            self._wait_after_refusal(time.monotonic())

    def _wait_after_refusal(self, now_s: float) -> None:
        is_another = now_s - self._refused_s < REFUSALS_APART_S
        self._refusals = self._refusals + 1 if is_another else 1
        self._refused_s = now_s
        left_s = min(LONGEST_REFUSED_WAIT_S, LONGEST_WAIT_S * self._refusals)
        while left_s > 0:
            maybe_shutdown()
            _pause(LONGEST_WAIT_S)
            left_s -= LONGEST_WAIT_S

    def bucket_for_task(self, type: Any) -> TokenBucket | None:  # noqa: A002 - Celery's name
        """Celery's bucket, for as many starts at once as there may be slots: its own lets one begin
        and holds the next one back, although a slot is free."""
        made = super().bucket_for_task(type)
        return made and TokenBucket(made.fill_rate, capacity=self._most_slots())

    def create_task_handler(self, *args: Any, **options: Any) -> Callable[[Any], None]:
        """Celery's handler, but a fault inside of a message ends the message, not the worker."""
        handle: Callable[[Any], None] = super().create_task_handler(*args, **options)

        def handle_soundly(message: Any) -> None:
            try:
                handle(message)
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                log.error("a message is refused (%s: %s)", type(error).__name__, error)
                message.reject_log_error(log, self.connection_errors)
                self._free_slot_of(message)

        return handle_soundly

    def _free_slot_of(self, message: Any) -> None:
        """Forgets the task, which may have been entered before it turned out to be wrong."""
        headers = message.headers if isinstance(message.headers, dict) else {}
        for request in list(worker_state.reserved_requests):
            if request.id == headers.get("id"):
                worker_state.task_ready(request)
                self.controller._quick_release()

    def _most_slots(self) -> int:
        gate = getattr(self, "gate", None)
        wiring = getattr(self.app, "wiring", None)
        most = gate.most_slots if gate is not None else getattr(wiring, "most_slots", None)
        return max(1, int(most or self.controller.concurrency))

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
