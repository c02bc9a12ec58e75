"""A server: its address, the connections to it, its words."""

from __future__ import annotations

import httpx
import pytest

from tests.unit.providers.paid import BASE_URL, CALL, KEYS, Bench, ok
from videobatch.errors import (
    PermanentError,
    SettingsError,
    StoppingError,
)
from videobatch.providers.calls.transport import Transport


def test_connecting_is_given_less_time_than_answering() -> None:
    usual = Bench(ok({"words": "hello"}))
    short = Bench(ok({"words": "hello"}), read_timeout_s=30.0)
    for bench, read_s in ((usual, 600.0), (short, 30.0)):
        bench.transport.send(CALL)
        timeout = bench.requests[0].extensions["timeout"]
        assert (timeout["connect"], timeout["read"]) == (10.0, read_s)


def test_the_servers_words_are_short_without_a_key_and_on_one_line() -> None:
    text = f"line\n{KEYS[0]} " + "x" * 250 + f" {KEYS[1]} " + "y" * 9000
    with pytest.raises(PermanentError) as caught:
        Bench(httpx.Response(400, text=text)).transport.send(CALL)
    said = caught.value.message.partition("(HTTP 400): ")[2]
    assert len(said) == 300
    assert said.startswith("line [key] x")
    assert "sk-" not in said


@pytest.mark.parametrize(
    "base_url",
    ["", "server.test", "ftp://server.test", "http://", "http://u:p@server.test", "http://s/?a=b"],
)
def test_what_is_no_base_url(base_url: str) -> None:
    bench = Bench(ok({}))
    with pytest.raises(SettingsError, match="OPENAI_BASE_URL") as caught:
        Transport(base_url, bench.ring, limiter=bench, answers=bench, phases=bench)
    assert "u:p" not in str(caught.value)


def test_a_wrong_proxy_is_the_settings_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "nonsense://proxy.test")
    bench = Bench(ok({}))
    transport = Transport(BASE_URL, bench.ring, limiter=bench, answers=bench, phases=bench)
    with pytest.raises(SettingsError, match="proxy") as caught:
        transport.send(CALL)
    assert "ALL_PROXY" in caught.value.hint
    assert bench.events == ["look up"]


def test_a_closed_port_is_waited_for() -> None:
    bench = Bench(ok({}))
    tries = iter(range(3))

    def give_up() -> None:
        if next(tries, None) is None:
            raise StoppingError("enough")

    bench.on_acquire = give_up
    url = "http://127.0.0.1:9"
    transport = Transport(url, bench.ring, limiter=bench, answers=bench, phases=bench)
    with pytest.raises(StoppingError):
        transport.send(CALL)
    transport.close()
    transport.close()
    assert [feedback.down for _, feedback in bench.settled] == [True] * 3
    assert bench.notes == {}
