"""One paid call: the order of its steps, and what becomes of it when something fails."""

from __future__ import annotations

import contextlib
import logging
import pickle
import re
import subprocess
import sys
import traceback
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.unit.providers.paid import BASE_URL, KEYS, Bench, failed, ok
from videobatch.errors import (
    BudgetError,
    LedgerError,
    PermanentError,
    SettingsError,
    StoppingError,
    TransientError,
)
from videobatch.providers.calls.keys import KeyRing
from videobatch.providers.calls.transport import Call, Transport, call_key
from videobatch.records import Amounts, Currency

NEED = {Currency.REQUESTS_MIN: 1.0, Currency.TOKENS_DAY: 50.0, Currency.MONEY_DAY: 0.5}
USED = {Currency.REQUESTS_MIN: 1.0, Currency.TOKENS_DAY: 30.0, Currency.MONEY_DAY: 0.3}
TURNED_AWAY = {Currency.REQUESTS_MIN: 1.0, Currency.TOKENS_DAY: 0.0, Currency.MONEY_DAY: 0.0}
NOTHING = dict.fromkeys(NEED, 0.0)

ONCE = ["acquire in limiter", "begin", "send in api"]
AGAIN = ["acquire again in limiter", "begin", "send in api"]


def _answer(body: Any) -> str:
    return str(body["words"])


def _used(body: Any) -> Amounts:
    return USED


CALL = Call("k", "the call", "talk", NEED, lambda: {"json": {"say": "hello"}}, _used, _answer)


def test_the_steps_of_a_call_in_order() -> None:
    bench = Bench(ok({"words": "hello"}))
    assert bench.transport.send(CALL) == "hello"
    assert bench.events == ["look up", *ONCE, "put", "settle served"]
    assert bench.stored == {"k": "hello"}
    assert bench.notes == {}
    assert bench.settled[0][0] == USED
    assert bench.requests[0].url == f"{BASE_URL}/talk"


def test_connecting_is_given_less_time_than_answering() -> None:
    usual = Bench(ok({"words": "hello"}))
    short = Bench(ok({"words": "hello"}), read_timeout_s=30.0)
    for bench, read_s in ((usual, 600.0), (short, 30.0)):
        bench.transport.send(CALL)
        timeout = bench.requests[0].extensions["timeout"]
        assert (timeout["connect"], timeout["read"]) == (10.0, read_s)


def test_an_answer_that_is_found_sends_nothing() -> None:
    bench = Bench(ok({"words": "new"}))
    bench.stored["k"] = "old"
    assert bench.transport.send(CALL) == "old"
    assert bench.events == ["look up"]


def test_an_answer_that_came_while_the_call_waited_for_its_permit_is_taken() -> None:
    bench = Bench(ok({"words": "new"}))

    def another_is_quicker() -> None:
        bench.stored["k"] = "theirs"

    bench.on_look = another_is_quicker
    assert bench.transport.send(CALL) == "theirs"
    assert bench.events == ["look up", "acquire in limiter", "settle served", "look up"]
    ((used, feedback),) = bench.settled
    assert (used, feedback.unsent) == (NOTHING, True)
    assert bench.requests == []
    assert bench.notes == {}


def test_an_answer_that_is_not_kept_is_left_to_those_who_wait() -> None:
    bench = Bench(ok({"words": ""}))
    assert bench.transport.send(replace(CALL, is_final=bool)) == ""
    assert bench.left == [""]
    assert bench.stored == {}


def test_an_answer_that_was_left_is_taken_though_it_is_not_final() -> None:
    bench = Bench(ok({"words": "new"}))
    bench.found = [""]
    assert bench.transport.send(replace(CALL, is_final=bool)) == ""
    assert bench.requests == []


def test_an_answer_that_was_left_and_does_not_fit_is_asked_for_anew() -> None:
    def check(text: str) -> None:
        if text == "odd":
            raise PermanentError("it is odd")

    bench = Bench(ok({"words": "new"}))
    bench.found = ["odd"]
    assert bench.transport.send(replace(CALL, check=check)) == "new"


@pytest.mark.parametrize("reply", [ok({"words": "hello"}), failed(400, "no")])
def test_a_flight_ends_with_the_call_however_that_ends(reply: httpx.Response) -> None:
    bench = Bench(reply)
    with contextlib.suppress(PermanentError):
        bench.transport.send(CALL)
    assert bench.landed == ["k"]


def test_the_body_is_built_only_for_a_call_that_is_sent() -> None:
    bench = Bench(ok({"words": "new"}))
    bench.stored["k"] = "old"

    def build() -> dict[str, Any]:
        raise AssertionError("built in vain")

    assert bench.transport.send(Call("k", "", "talk", NEED, build, _used, _answer)) == "old"


def test_a_crash_between_sending_and_storing_leaves_the_note() -> None:
    bench = Bench(ok({"words": "hello"}))

    def crash() -> None:
        raise KeyboardInterrupt

    bench.on_put = crash
    with pytest.raises(KeyboardInterrupt):
        bench.transport.send(CALL)
    assert bench.notes == {"k": "the call"}


def test_an_answer_is_kept_even_if_the_limiter_cannot_be_told() -> None:
    bench = Bench(ok({"words": "hello"}))

    def away() -> None:
        raise LedgerError("Redis is away")

    bench.on_settle = away
    with pytest.raises(LedgerError):
        bench.transport.send(CALL)
    assert bench.stored == {"k": "hello"}


def test_a_call_that_may_not_be_sent_leaves_no_note() -> None:
    bench = Bench(ok({"words": "hello"}))

    def stop() -> None:
        raise StoppingError("the worker stops")

    bench.on_acquire = stop
    with pytest.raises(StoppingError):
        bench.transport.send(CALL)
    assert bench.events == ["look up", "acquire in limiter"]


def test_a_worker_stopped_in_the_middle_gives_its_permit_back() -> None:
    bench = Bench(ok({}))

    class Stopped(BaseException):
        pass

    def serve(request: httpx.Request) -> httpx.Response:
        raise Stopped

    transport = Transport(
        BASE_URL,
        bench.ring,
        limiter=bench,
        answers=bench,
        phases=bench,
        wire=httpx.MockTransport(serve),
    )
    with pytest.raises(Stopped):
        transport.send(CALL)
    assert bench.settled[0][0] is None
    assert bench.notes == {"k": "the call"}


def test_a_refused_call_comes_again_and_spends_nothing() -> None:
    busy = httpx.Response(429, headers={"retry-after": "2"}, json={"error": {"message": "slow"}})
    bench = Bench(*[busy] * 40, ok({"words": "hello"}))
    assert bench.transport.send(CALL) == "hello"
    assert bench.events == [
        "look up",
        *ONCE,
        *["settle refused", "forget", *AGAIN] * 40,
        "put",
        "settle served",
    ]
    used, feedback = bench.settled[0]
    assert used == TURNED_AWAY
    assert feedback.retry_after_s == 2


@pytest.mark.parametrize("name", ["code", "type"])
def test_an_account_without_money_waits_for_a_person(name: str) -> None:
    bench = Bench(failed(429, "You exceeded your current quota", **{name: "insufficient_quota"}))
    with pytest.raises(BudgetError) as caught:
        bench.transport.send(CALL)
    assert caught.value.reset_s is None
    assert bench.events[-2:] == ["settle refused", "forget"]


def test_a_server_that_wants_to_be_paid_first_waits_for_a_person() -> None:
    bench = Bench(failed(402, "Insufficient Balance"))
    with pytest.raises(BudgetError, match="Insufficient Balance"):
        bench.transport.send(CALL)
    assert bench.settled[0][0] == TURNED_AWAY
    assert bench.notes == {}


@pytest.mark.parametrize(
    ("reply", "used", "note"),
    [
        (httpx.ConnectError("connection refused"), NOTHING, False),
        (httpx.ConnectTimeout("too slow"), NOTHING, False),
        (httpx.ProxyError("403 Forbidden"), NOTHING, False),
        (failed(503, "overloaded"), TURNED_AWAY, False),
        (failed(529, "overloaded"), TURNED_AWAY, False),
        (failed(502, "bad gateway"), None, True),
        (failed(504, "gateway time-out"), None, True),
    ],
    ids=str,
)
def test_a_server_that_is_away_is_waited_for(
    reply: httpx.Response | Exception,
    used: Amounts | None,
    note: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench(*[reply] * 20, ok({"words": "hello"}))
    noted: list[bool] = []
    bench.on_acquire = lambda: noted.append(bool(bench.notes))
    with caplog.at_level("INFO"):
        assert bench.transport.send(CALL) == "hello"
    assert [settled for settled, feedback in bench.settled if feedback.down] == [used] * 20
    # One that was certainly not served leaves no note while it waits.
    assert noted == [False, *[note] * 20]
    assert bench.notes == {}
    assert caplog.text.count("calls wait until it is back") == 1
    assert "server.test is back" in caplog.text


@pytest.mark.parametrize(
    ("reply", "times"),
    [
        (failed(500, "oops"), 3),
        (failed(408, "time-out"), 3),
        (httpx.ReadTimeout("no answer"), 1),
        (httpx.WriteTimeout("stuck"), 1),
        (httpx.ReadError("cut"), 1),
        (httpx.RemoteProtocolError("cut"), 1),
    ],
    ids=str,
)
def test_a_server_that_fails(reply: httpx.Response | Exception, times: int) -> None:
    bench = Bench(reply)
    with pytest.raises(TransientError) as caught:
        bench.transport.send(CALL)
    assert caught.value.code == "api_down"
    assert "server.test" in caught.value.message
    assert len(bench.requests) == times
    assert [settled for settled, feedback in bench.settled if feedback.down] == [None] * times
    assert bench.notes
    assert bench.stored == {}


def test_an_answer_that_is_cut_or_garbled_may_have_been_paid_for() -> None:
    garbled = httpx.Response(
        200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip")
    )
    bench = Bench(garbled)
    with pytest.raises(TransientError):
        bench.transport.send(CALL)
    assert bench.notes == {"k": "the call"}
    assert bench.settled[0][0] is None


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(200, text="<html>a login page</html>"),
        httpx.Response(200, json={"other": 1}),
        httpx.Response(200, json=[1]),
        httpx.Response(200, text="[" * 100_000),
        httpx.Response(200),
    ],
)
def test_an_answer_that_is_none(reply: httpx.Response) -> None:
    bench = Bench(reply)
    with pytest.raises(TransientError) as caught:
        bench.transport.send(CALL)
    assert caught.value.code == "odd_answer"
    assert bench.settled[0][0] is None
    assert bench.notes == {"k": "the call"}
    assert bench.stored == {}
    assert not re.search(r"NoneType|subscriptable|KeyError|'words'|indices", caught.value.message)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "<!DOCTYPE html><html><head><title>Log in</title></head><body>Corp &amp; proxy",
            "Log in: Corp & proxy",
        ),
        ("", "nothing"),
        ("null", "null"),
        ("[]", "[]"),
        ('"busy"', "busy"),
        ('{"detail": "Not here"}', "Not here"),
        ('{"error": "model is loading"}', "model is loading"),
        (
            '{"error": {"message": "no upstream", "metadata": {"raw": "it sank"}}}',
            "no upstream: it sank",
        ),
        ('{"success": false, "errors": [{"message": "worker threw"}]}', "worker threw"),
        ('{"base_resp": {"status_code": 1013, "status_msg": "unknown error"}}', "unknown error"),
        ('data: {"error": {"message": "stream broke"}}\n\n', "stream broke"),
        ('data: {"choices": [{"delta": {"content": "Hel"}}]}\n\n', 'data: {"choices"'),
        ("upstream connect error", "upstream connect error"),
    ],
)
def test_what_is_no_answer_is_shown_in_the_servers_own_words(body: str, said: str) -> None:
    bench = Bench(httpx.Response(200, text=body))
    with pytest.raises(TransientError) as caught:
        bench.transport.send(CALL)
    assert caught.value.code == "odd_answer"
    assert said in caught.value.message
    assert bench.stored == {}


@pytest.mark.parametrize(
    ("error", "state"),
    [
        ({"error": {"code": 502, "message": "upstream"}}, "down"),
        ({"error": {"code": "503", "message": "upstream"}}, "down"),
        ({"error": {"status": "UNAVAILABLE", "message": "upstream"}}, "down"),
        ({"choices": [{"error": {"code": 502, "message": "Provider returned error"}}]}, "down"),
        ({"object": "error", "message": "slow down", "code": 429}, "refused"),
        ({"error": {"type": "rate_limit_error", "message": "slow down"}}, "refused"),
        ([{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "quota"}}], "refused"),
        ({"status": 429, "detail": "slow down"}, "refused"),
        ({"error": "Too Many Requests", "statusCode": 429}, "refused"),
        ({"error": "rate_limit_exceeded"}, "refused"),
        ({"error": {"message": "upstream said: HTTP 502"}}, "down"),
        ({"detail": "503 Service Unavailable"}, "down"),
        ({"error": {"code": 522, "message": "connection timed out"}}, "down"),
    ],
    ids=str,
)
def test_an_error_in_the_body_of_a_200_is_that_error(error: Any, state: str) -> None:
    bench = Bench(*[ok(error)] * 5, ok({"words": "hello"}))
    assert bench.transport.send(CALL) == "hello"
    assert [event for event in bench.events if event.startswith("settle")] == [
        *[f"settle {state}"] * 5,
        "settle served",
    ]
    assert bench.stored == {"k": "hello"}


def test_a_proxys_page_about_the_server_behind_it_is_that_error() -> None:
    page = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
    bench = Bench(*[httpx.Response(200, text=page)] * 5, ok({"words": "hello"}))
    assert bench.transport.send(CALL) == "hello"
    assert [feedback.down for _, feedback in bench.settled] == [True] * 5 + [False]


def test_no_money_and_no_key_in_the_body_of_a_200() -> None:
    broke = Bench(ok({"error": {"code": "insufficient_quota", "message": "You are broke"}}))
    with pytest.raises(BudgetError, match="You are broke"):
        broke.transport.send(CALL)
    locked = Bench(ok({"error": {"code": 401, "message": "No such key"}}))
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        locked.transport.send(CALL)
    wrong = Bench(ok({"error": {"code": 400, "message": "No such voice"}}))
    with pytest.raises(PermanentError, match="No such voice"):
        wrong.transport.send(CALL)
    assert broke.stored == locked.stored == wrong.stored == {}


def test_an_answer_that_does_not_pass_is_spent_and_never_served() -> None:
    def check(text: str) -> None:
        if text != "good":
            raise PermanentError(f"{text} will not do", code="bad_answer")

    call = replace(CALL, check=check)
    bench = Bench(ok({"words": "bad"}), ok({"words": "good"}))
    with pytest.raises(PermanentError, match="bad will not do"):
        bench.transport.send(call)
    assert bench.events == ["look up", *ONCE, "spend", "settle served"]
    assert bench.settled[0][0] == USED
    assert (bench.stored, bench.notes) == ({}, {})
    assert bench.spent == ["bad will not do"]
    assert bench.transport.send(call) == "good"
    assert bench.transport.send(call) == "good"
    assert len(bench.requests) == 2


def test_a_stored_answer_that_does_not_pass_is_asked_for_anew_and_replaced() -> None:
    def check(text: str) -> None:
        if text == "old":
            raise PermanentError("of an older version")

    bench = Bench(ok({"words": "new"}))
    bench.stored["k"] = "old"
    call = replace(CALL, check=check)
    assert [bench.transport.send(call) for _ in range(3)] == ["new"] * 3
    assert len(bench.requests) == 1
    assert bench.stored == {"k": "new"}


def test_an_answer_for_now_is_not_kept() -> None:
    bench = Bench(ok({"words": ""}), ok({"words": "now"}))
    call = replace(CALL, is_final=bool)
    assert [bench.transport.send(call) for _ in range(3)] == ["", "now", "now"]
    assert len(bench.requests) == 2
    assert bench.notes == {}


@pytest.mark.parametrize("status", [400, 404, 409, 413, 415, 422])
def test_a_request_that_the_server_rejects(status: int) -> None:
    bench = Bench(failed(status, "the model `x` does not exist\x1b[31m"))
    with pytest.raises(PermanentError, match="the model `x` does not exist") as caught:
        bench.transport.send(CALL)
    assert caught.value.code == ("too_large" if status == 413 else "bad_request")
    assert str(status) in caught.value.message
    assert "\x1b" not in caught.value.message
    assert bench.settled[0][0] == TURNED_AWAY
    assert bench.events[-2:] == ["settle served", "forget"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"message": "a"}}, "a"),
        ({"error": "b"}, "b"),
        ({"message": "c"}, "c"),
        ({"detail": [{"msg": "d"}]}, '{"detail": [{"msg": "d"}]}'),
        ([1, 2], "[1, 2]"),
        ("e", "e"),
    ],
)
def test_the_servers_words_in_the_forms_that_servers_have(body: Any, said: str) -> None:
    with pytest.raises(PermanentError) as caught:
        Bench(httpx.Response(400, json=body)).transport.send(CALL)
    assert caught.value.message.endswith(f": {said}")


def test_the_servers_words_are_short_without_a_key_and_on_one_line() -> None:
    text = f"line\n{KEYS[0]} " + "x" * 250 + f" {KEYS[1]} " + "y" * 9000
    with pytest.raises(PermanentError) as caught:
        Bench(httpx.Response(400, text=text)).transport.send(CALL)
    said = caught.value.message.partition("(HTTP 400): ")[2]
    assert len(said) == 300
    assert said.startswith("line [key] x")
    assert "sk-" not in said


def test_a_redirect_asks_for_the_address_itself() -> None:
    moved = httpx.Response(301, headers={"location": "https://server.test/"})
    with pytest.raises(SettingsError) as caught:
        Bench(moved).transport.send(CALL)
    assert "OPENAI_BASE_URL" in caught.value.hint


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


def test_a_call_is_known_by_all_that_shapes_it() -> None:
    base = ("openai", "whisper-1", {"language": "zh", "format": "json"}, "prompt", "hash")
    others = [
        ("gemini", *base[1:]),
        (base[0], "whisper-2", *base[2:]),
        (*base[:2], {"language": "en", "format": "json"}, *base[3:]),
        (*base[:3], "promp", "thash"),
        (*base[:4], "other"),
    ]
    keys = {call_key(*parts) for parts in [base, *others]}
    assert len(keys) == 6
    assert all(len(key) == 64 for key in keys)
    turned = {"format": "json", "language": "zh"}
    assert call_key("openai", "whisper-1", turned, "prompt", "hash") == call_key(*base)


def test_a_call_is_known_again_by_another_process() -> None:
    code = (
        "from videobatch.providers.calls.transport import call_key\n"
        "print(call_key('openai', 'm', {'b': 1, 'a': '中'}, 'p\\udc80', 'h'))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert found == call_key("openai", "m", {"a": "中", "b": 1}, "p\udc80", "h")
    assert found == "9610dbacaa48621c3ca83f013b89f5a4e64e5942c2a3ba369cdd26e858de1d6e"
