"""Alerts to an address: signed, tried again, and never in the way."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from config.settings import PROJECT_ROOT
from controllers.control.webhook import SIGNATURE, Webhook, is_public
from tests.support.waiting import wait_for
from videobatch.state.alerts import Alert

ALERT = Alert("error", "stalled", "b: nothing has moved for a while", 1.5)
SOON_S, BRISK_S = 300.0, 0.01


@dataclass
class Receiver:
    """Answers with the codes in turn, the last one for ever."""

    url: str = ""
    codes: list[int] = field(default_factory=lambda: [204])
    bodies: list[bytes] = field(default_factory=list)
    signatures: list[str | None] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            found.signatures.append(self.headers.get(SIGNATURE))
            found.hosts.append(self.headers["Host"])
            self.send_response(found.codes.pop(0) if len(found.codes) > 1 else found.codes[0])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: the test looks at what came."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        found.url = f"http://127.0.0.1:{server.server_address[1]}/hook?token=hidden"
        yield found
        server.shutdown()
        thread.join()


def test_an_alert_arrives_as_json_and_signed(receiver: Receiver) -> None:
    Webhook(receiver.url, "s3cret", BRISK_S, allow_private=True).send(ALERT)
    wait_for(lambda: receiver.bodies, SOON_S, "it arrives")
    (body,) = receiver.bodies
    assert json.loads(body) == {
        "severity": "error",
        "code": "stalled",
        "message": ALERT.message,
        "at_s": 1.5,
    }
    digest = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert receiver.signatures == [f"sha256={digest}"]


def test_without_a_secret_it_is_not_signed(receiver: Receiver) -> None:
    Webhook(receiver.url, None, BRISK_S, allow_private=True).send(ALERT)
    wait_for(lambda: receiver.signatures, SOON_S, "it arrives")
    assert receiver.signatures == [None]


def test_it_is_tried_again(receiver: Receiver) -> None:
    receiver.codes = [500, 503, 204]
    Webhook(receiver.url, None, BRISK_S, allow_private=True).send(ALERT)
    wait_for(lambda: len(receiver.bodies) == 3, SOON_S, "three tries")


def test_what_is_never_taken_is_said_without_the_address(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.codes = [500]
    with caplog.at_level(logging.WARNING, "controllers.control.webhook"):
        Webhook(receiver.url, None, BRISK_S, allow_private=True).send(ALERT)
        wait_for(lambda: caplog.records, SOON_S, "it is said")
    assert "(500)" in caplog.text
    assert "hidden" not in caplog.text
    assert len(receiver.bodies) == 4


def test_an_address_that_is_not_public_gets_nothing(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "controllers.control.webhook"):
        Webhook(receiver.url, None, BRISK_S).send(ALERT)
        wait_for(lambda: caplog.records, SOON_S, "it is said")
    assert "not a public one (127.0.0.1)" in caplog.text
    assert receiver.bodies == []


def test_the_address_that_was_checked_is_the_one_connected_to(receiver: Receiver) -> None:
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    port = receiver.url.partition("127.0.0.1:")[2].partition("/")[0]
    url = f"http://hooks.example:{port}/hook"
    Webhook(url, None, BRISK_S, allow_private=True, resolve=resolve).send(ALERT)
    wait_for(lambda: receiver.bodies, SOON_S, "it arrives")
    # The name was looked up once, and the server still hears it.
    assert asked == ["hooks.example"]
    assert receiver.hosts == [f"hooks.example:{port}"]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - what is refused
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_a_controller_without_an_address_loads_nothing_that_speaks_http() -> None:
    code = "import controllers.composition, sys; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT).returncode == 0
