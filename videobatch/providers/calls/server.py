"""One server: its address, the connections to it, and its words without our keys."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping

import httpx

from videobatch.errors import SettingsError, TransientError
from videobatch.paths import display
from videobatch.providers.calls.keys import Key, KeyRing
from videobatch.providers.calls.replies import Reply

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 600.0
MESSAGE_CHARACTERS = 300


class Server:
    """The server that one Transport sends to; used by many threads at once.

    Proxies and certificates come from the environment (`HTTPS_PROXY`, `NO_PROXY`,
    `SSL_CERT_FILE`). Connections are made in the process that sends, so that a fork shares none.
    """

    def __init__(
        self,
        base_url: str,
        keys: KeyRing,
        *,
        url_variable: str,
        auth: Callable[[str], Mapping[str, str]],
        read_timeout_s: float,
        wire: httpx.BaseTransport | None,
    ) -> None:
        """Raises SettingsError for a base URL that is none, or that holds a password."""
        self.base_url = _checked(base_url, url_variable)
        self.url_variable = url_variable
        self.keys = keys
        self._auth = auth
        # Each of connect, read, write and waiting for a connection; connecting is quicker.
        self._timeout = httpx.Timeout(read_timeout_s, connect=CONNECT_TIMEOUT_S)
        self._wire = wire
        self._clients: dict[int, httpx.Client] = {}
        self._lock = threading.Lock()
        self._is_away = False

    @property
    def name(self) -> str:
        """Host and port, for messages."""
        return httpx.URL(self.base_url).netloc.decode("ascii")

    def address(self, path: str) -> str:
        """The whole address of a path below the base URL."""
        return f"{self.base_url}/{path}"

    def headers(self, key: Key) -> dict[str, str]:
        """The headers that carry the key; none for the empty one."""
        return dict(self._auth(key.secret)) if key.secret else {}

    def client(self) -> httpx.Client:
        """The connections of this process. Raises SettingsError where none can be set up."""
        with self._lock:
            client = self._clients.get(os.getpid())
            if client is None:
                # What a fork brought along is not closed: that would end the parent's TLS.
                self._clients.clear()
                client = self._clients[os.getpid()] = self._new_client()
            return client

    def close(self) -> None:
        """Closes the connections. Safe to repeat; a later call opens them anew."""
        with self._lock:
            client = self._clients.pop(os.getpid(), None)
        if client:
            client.close()

    def said(self, reply: Reply) -> str:
        """The server's own words, cleaned and short."""
        return self.clean(reply.said)

    def clean(self, text: str, most: int = MESSAGE_CHARACTERS) -> str:
        """The text on one line, without keys and control characters, cut at `most`."""
        # Keys go first: half a key at the end of a cut text would not be known for one.
        return display(self.keys.redact(" ".join(text.split())))[:most]

    def down(self, what: str) -> TransientError:
        """The error of a server that does not serve; `what` goes on after its name."""
        return TransientError(
            f"{self.name} {what}",
            hint=f"if this goes on, check {self.url_variable} and the proxy's variables",
            code="api_down",
        )

    def note_away(self, what: str) -> None:
        """Logs that the server is away, once for each stretch of it."""
        if not self._is_away:
            log.warning("%s %s; calls wait until it is back", self.name, what)
        self._is_away = True

    def note_back(self) -> None:
        """Logs that the server is back, where it was away."""
        if self._is_away:
            log.info("%s is back", self.name)
            self._is_away = False

    def _new_client(self) -> httpx.Client:
        try:
            return httpx.Client(
                timeout=self._timeout,
                # The limiter says how many calls are out; a second gate would hide the wait.
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
                transport=self._wire,
            )
        except (ValueError, ImportError, OSError, httpx.InvalidURL) as error:
            raise SettingsError(
                f"no connection can be set up: {self.clean(str(error))}",
                hint="check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY and SSL_CERT_FILE",
            ) from error


def _checked(base_url: str, variable: str) -> str:
    try:
        url = httpx.URL(base_url.strip().rstrip("/"))
    except httpx.InvalidURL as error:
        raise SettingsError(
            f"{variable} is no address: {error}", hint=f"set {variable} to https://..."
        ) from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise SettingsError(
            f"{variable} is no address of a server",
            hint=f"set {variable} to an address that begins with https:// or http://",
        )
    if url.userinfo or url.query or url.fragment:
        raise SettingsError(
            f"{variable} holds more than an address",
            hint=f"leave user, password, ? and # out of {variable}; the key has its own variable",
        )
    return str(url)
