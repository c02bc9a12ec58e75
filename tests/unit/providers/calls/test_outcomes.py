"""The outcome of a call that was sent: refused, down, of no use, rejected."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.unit.providers.paid import (
    AGAIN,
    CALL,
    NOTHING,
    ONCE,
    TURNED_AWAY,
    USED,
    Bench,
    failed,
    ok,
)
from videobatch.errors import (
    BudgetError,
    ModelGoneError,
    PermanentError,
    RejectedError,
    SettingsError,
    TransientError,
    VideobatchError,
)
from videobatch.providers.paid_models import load_models
from videobatch.records import Amounts, Feedback


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


def test_a_redirect_asks_for_the_address_itself() -> None:
    moved = httpx.Response(301, headers={"location": "https://server.test/"})
    with pytest.raises(SettingsError) as caught:
        Bench(moved).transport.send(CALL)
    assert "OPENAI_BASE_URL" in caught.value.hint


GONE = failed(404, "The model `gpt-4o-mini` has been deprecated", code="model_not_found")
ASKED = replace(CALL, asked=load_models().asked("gpt-4o-mini"))


def test_what_waits_while_another_call_finds_the_model_gone_is_not_sent() -> None:
    bench = Bench(GONE)

    def meanwhile() -> None:
        """The first one that waits for its permit: another thread's call is out."""
        bench.on_acquire = lambda: None
        with pytest.raises(ModelGoneError):
            bench.transport.send(replace(ASKED, key="other"))

    bench.on_acquire = meanwhile
    with pytest.raises(ModelGoneError, match="does not serve gpt-4o-mini") as caught:
        bench.transport.send(ASKED)
    assert caught.value.hint == "name its successor, gpt-6-luna, and resume"
    assert len(bench.requests) == 1
    assert bench.settled[-1] == (NOTHING, Feedback(unsent=True))
    assert bench.notes == {}
    # The next attempt asks again: the vendor may have thought better of it.
    bench.serve = lambda _request: ok({"words": "hello"})
    assert bench.transport.send(ASKED) == "hello"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (GONE, ModelGoneError),
        (failed(404, "Unknown request URL: POST /v1/chat/completion"), RejectedError),
        (failed(404, "No endpoints found that support image input"), RejectedError),
        (failed(400, "This model's maximum context length is 10 tokens"), RejectedError),
        (failed(400, "max_tokens is not supported with this model"), RejectedError),
        (httpx.Response(404, text="<html><title>404 Not Found</title></html>"), RejectedError),
        (failed(422, "the model does not exist"), RejectedError),
        (
            failed(
                400,
                "For this model, the parameter max_tokens has been deprecated. Use "
                "max_completion_tokens.",
            ),
            RejectedError,
        ),
        (
            failed(400, "Bad request for model x: response_format json_object has been removed"),
            RejectedError,
        ),
        (
            failed(400, "With this model max_tokens has been removed", param="max_tokens"),
            RejectedError,
        ),
        (failed(400, "The model `m` has been removed", param="model"), ModelGoneError),
        (failed(404, "Model: org/m-1.5 has been retired"), ModelGoneError),
        (failed(410, "This model has been shut down"), ModelGoneError),
        (failed(410, "The model 'm' has reached its end of life"), ModelGoneError),
        (failed(400, "m", code="model_decommissioned"), ModelGoneError),
    ],
)
def test_a_model_that_is_gone_is_told_from_another_rejection(
    reply: httpx.Response, error: type[VideobatchError]
) -> None:
    bench = Bench(reply)
    with pytest.raises(error) as caught:
        bench.transport.send(ASKED)
    assert type(caught.value) is error
    assert bench.settled[0][0] == TURNED_AWAY
