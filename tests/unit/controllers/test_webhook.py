"""Alerts to an address: signed, tried again, and never in the way."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from controllers.webhook import SIGNATURE, Webhook
from tests.support.waiting import wait_for
from videobatch.state.alerts import Alert

ALERT = Alert("error", "stalled", "b: nothing has moved for a while", 1.5)
SOON_S, BRISK_S = 5.0, 0.01


@dataclass
class Receiver:
    """Answers with the codes in turn, the last one for ever."""

    url: str = ""
    codes: list[int] = field(default_factory=lambda: [204])
    bodies: list[bytes] = field(default_factory=list)
    signatures: list[str | None] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            found.signatures.append(self.headers.get(SIGNATURE))
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
    Webhook(receiver.url, "s3cret", BRISK_S).send(ALERT)
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
    Webhook(receiver.url, None, BRISK_S).send(ALERT)
    wait_for(lambda: receiver.signatures, SOON_S, "it arrives")
    assert receiver.signatures == [None]


def test_it_is_tried_again(receiver: Receiver) -> None:
    receiver.codes = [500, 503, 204]
    Webhook(receiver.url, None, BRISK_S).send(ALERT)
    wait_for(lambda: len(receiver.bodies) == 3, SOON_S, "three tries")


def test_what_is_never_taken_is_said_without_the_address(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.codes = [500]
    with caplog.at_level(logging.WARNING, "controllers.webhook"):
        Webhook(receiver.url, None, BRISK_S).send(ALERT)
        wait_for(lambda: caplog.records, SOON_S, "it is said")
    assert "(500)" in caplog.text
    assert "hidden" not in caplog.text
    assert len(receiver.bodies) == 4
