"""Alerts to an address of the user's, signed."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import queue
import threading
from dataclasses import asdict

import httpx
from tenacity import RetryError, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from videobatch.state.alerts import Alert

log = logging.getLogger(__name__)

MOST_WAITING = 100
TRIES = 4
TIMEOUT_S = 5.0
SIGNATURE = "X-Videobatch-Signature"


class Webhook:
    """Posts each alert as JSON, in a thread of its own: a slow receiver holds up nothing.

    With a `secret` the header `X-Videobatch-Signature` is `sha256=` and the HMAC of the body, in
    hex. What cannot be sent in four tries is dropped, and the log says so.
    """

    def __init__(self, url: str, secret: str | None = None, wait_s: float = 1.0) -> None:
        self._url = url
        self._secret = secret
        self._wait_s = wait_s
        self._waiting: queue.Queue[Alert] = queue.Queue(MOST_WAITING)
        threading.Thread(target=self._run, name="webhook", daemon=True).start()

    def send(self, alert: Alert) -> None:
        """Returns at once."""
        try:
            self._waiting.put_nowait(alert)
        except queue.Full:
            log.warning("the webhook is too slow; an alert is not sent: %s", alert.message)

    def _run(self) -> None:
        with httpx.Client(timeout=TIMEOUT_S) as client:
            while True:
                self._post(client, self._waiting.get())

    def _post(self, client: httpx.Client, alert: Alert) -> None:
        body = json.dumps(asdict(alert)).encode()
        headers = {"Content-Type": "application/json"}
        if self._secret is not None:
            digest = hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()
            headers[SIGNATURE] = f"sha256={digest}"
        tries = Retrying(
            stop=stop_after_attempt(TRIES),
            wait=wait_random_exponential(multiplier=self._wait_s, max=30 * self._wait_s),
            retry=retry_if_exception_type(httpx.HTTPError),
        )
        try:
            tries(lambda: client.post(self._url, content=body, headers=headers).raise_for_status())
        except RetryError as error:
            # The address may hold a token: it is not logged.
            reason = error.last_attempt.exception()
            what = getattr(getattr(reason, "response", None), "status_code", type(reason).__name__)
            log.warning("the webhook took no alert (%s): %s", what, alert.message)
