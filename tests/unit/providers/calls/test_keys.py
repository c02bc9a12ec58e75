"""Keys in rotation, and out of everything that is printed or stored."""

from __future__ import annotations

import logging
import pickle
import traceback

import httpx
import pytest

from tests.unit.providers.paid import AGAIN, CALL, KEYS, ONCE, Bench, failed, ok
from videobatch.errors import (
    PermanentError,
    SettingsError,
    TransientError,
)
from videobatch.providers.calls.keys import KeyRing


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_leaves_the_rotation(status: int, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(failed(status, "bad key"), ok({"words": "hello"}))
    caplog.set_level(logging.DEBUG)
    assert bench.transport.send(CALL) == "hello"
    refused, used = bench.keys_sent
    assert refused != used
    assert bench.events == [
        "look up",
        *ONCE,
        "settle served",
        "forget",
        *AGAIN,
        "put",
        "settle served",
    ]
    bench.stored.clear()
    for _ in range(4):
        bench.transport.send(CALL)
        bench.stored.clear()
    assert refused not in bench.keys_sent[1:]
    assert len(set(bench.keys_sent[1:])) == 2
    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warnings) == 1
    place = KEYS.index(refused.removeprefix("Bearer ")) + 1
    assert f"key {place} of 3 in OPENAI_API_KEY" in warnings[0]


def test_no_key_is_left() -> None:
    bench = Bench(failed(401, f"Incorrect API key provided: {KEYS[0]}"))
    with pytest.raises(SettingsError) as caught:
        bench.transport.send(CALL)
    assert len(bench.requests) == 3
    assert "OPENAI_API_KEY" in caught.value.message + caught.value.hint
    assert bench.notes == {}
    with pytest.raises(SettingsError):
        bench.transport.send(CALL)
    assert len(bench.requests) == 3
    assert len(bench.needs) == len(bench.settled) == 3


def test_a_server_that_asks_for_no_key_gets_none() -> None:
    bench = Bench(ok({"words": "hello"}), keys=())
    bench.transport.send(CALL)
    assert bench.keys_sent == [""]


@pytest.mark.parametrize(
    "reply",
    [
        failed(401, f"no such key {KEYS[0]} {KEYS[1]} {KEYS[2]}"),
        failed(400, f"no such key {KEYS[0]} {KEYS[1]} {KEYS[2]}"),
        failed(500, f"no such key {KEYS[0]} {KEYS[1]} {KEYS[2]}"),
        httpx.Response(200, text=f"{KEYS[0]} {KEYS[1]} {KEYS[2]}"),
        httpx.ReadTimeout("slow"),
    ],
    ids=str,
)
def test_no_key_in_what_is_raised_shown_or_logged(
    reply: httpx.Response | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench(reply)
    caplog.set_level(logging.DEBUG)
    with pytest.raises((PermanentError, TransientError)) as caught:
        bench.transport.send(CALL)
    error = caught.value
    texts = [error.message, error.hint, str(error), repr(error), repr(error.record())]
    texts += [repr(bench.transport), repr(bench.ring), str(vars(bench.transport)), caplog.text]
    texts += traceback.format_exception(error)
    for key in KEYS:
        assert not any(key in text for text in texts)


def test_no_key_in_what_is_logged_of_a_server_that_is_away(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench(httpx.ConnectError(f"proxy says {KEYS[0]} {KEYS[1]}"), ok({"words": "hello"}))
    caplog.set_level(logging.DEBUG)
    bench.transport.send(CALL)
    assert "proxy says" in caplog.text
    assert not [key for key in KEYS if key in caplog.text]


@pytest.mark.parametrize("secret", ["", " ", "sk-a b", "sk-a\nb", "sk-ä", "sk-\x00"])
def test_what_cannot_be_a_key_is_named_by_its_place(secret: str) -> None:
    with pytest.raises(SettingsError, match="key 2 of 2 in OPENAI_API_KEY") as caught:
        KeyRing(["sk-good", secret], "OPENAI_API_KEY")
    assert "sk-" not in str(caught.value) + caught.value.hint


def test_space_around_a_key_is_cut_off() -> None:
    assert KeyRing([" sk-good\n"], "X").pick().secret == "sk-good"


def test_a_key_that_begins_with_another_is_hidden_whole() -> None:
    ring = KeyRing(["sk-abc", "sk-abc-def"], "X")
    assert ring.redact("sk-abc-def sk-abc") == "[key] [key]"


def test_keys_do_not_leave_their_process() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(KeyRing(KEYS, "X"))
