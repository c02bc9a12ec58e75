"""Alerts to an address of the user's, signed."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import logging
import queue
import socket
import threading
from collections.abc import Callable, Mapping
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


class PrivateAddressError(Exception):
    """The webhook's name leads to an address that is not a public one."""


def resolved(host: str, port: int) -> list[str]:
    """The addresses of the name. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


def is_public(address: str) -> bool:
    """True for an address of the internet: no loopback, private, link-local or multicast one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return ip.is_global and not ip.is_multicast


class Webhook:
    """Posts each alert as JSON, in a thread of its own: a slow receiver holds up nothing.

    With a `secret` the header `X-Videobatch-Signature` is `sha256=` and the HMAC of the body, in
    hex. What cannot be sent in four tries is dropped, and the log says so. Addresses that are not
    public are refused unless `allow_private`: the very address that was checked is connected to,
    and redirections are not followed.
    """

    def __init__(
        self,
        url: str,
        secret: str | None = None,
        wait_s: float = 1.0,
        *,
        allow_private: bool = False,
        resolve: Callable[[str, int], list[str]] = resolved,
    ) -> None:
        self._url = httpx.URL(url)
        self._allow_private = allow_private
        self._resolve = resolve
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
            retry=retry_if_exception_type((httpx.HTTPError, OSError)),
        )
        try:
            tries(lambda: self._send(client, body, headers))
        except PrivateAddressError as error:
            log.warning("the webhook's address is not a public one (%s): %s", error, alert.message)
        except RetryError as error:
            # The address may hold a token: it is not logged.
            reason = error.last_attempt.exception()
            what = getattr(getattr(reason, "response", None), "status_code", type(reason).__name__)
            log.warning("the webhook took no alert (%s): %s", what, alert.message)

    def _send(self, client: httpx.Client, body: bytes, headers: Mapping[str, str]) -> None:
        host = self._url.host
        port = self._url.port or (443 if self._url.scheme == "https" else 80)
        address = self._resolve(host, port)[0]
        if not (self._allow_private or is_public(address)):
            raise PrivateAddressError(address)
        client.post(
            self._url.copy_with(host=address),
            content=body,
            headers={**headers, "Host": self._url.netloc.decode("ascii")},
            extensions={"sni_hostname": host},
        ).raise_for_status()
