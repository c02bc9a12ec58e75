"""The `openai` provider writes: what it sends, what it makes of the answers, what it reserves."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from pydantic import BaseModel, ConfigDict

from tests.unit.providers.paid import BASE_URL, Bench, failed, ok
from videobatch.errors import ModelGoneError, PermanentError, TransientError
from videobatch.ports import Writer
from videobatch.providers.openai.writer import PICTURE_TOKENS, OpenAIWriter
from videobatch.providers.paid_models import PaidModel, PaidModels, load_models
from videobatch.providers.tokens import estimate_tokens
from videobatch.records import Currency, Picture

MODELS = load_models()


class Title(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str


SCHEMA = Title.model_json_schema()
SCHEMA_TOKENS = estimate_tokens(json.dumps(SCHEMA, separators=(",", ":")))
TITLED = '{"title": "T"}'


TOLD = {"choices": [{"message": {"role": "assistant", "content": TITLED}}]}


def _says(text: Any, finish: str = "stop", **usage: Any) -> httpx.Response:
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": finish}
    return ok({"choices": [choice], **({"usage": usage} if usage else {})})


def _writer(bench: Bench, model: str = "gpt-4o-mini", **options: Any) -> OpenAIWriter:
    return OpenAIWriter(bench.transport, model, models=MODELS, **options)


def _sent(bench: Bench, index: int = 0) -> Any:
    return json.loads(bench.requests[index].content)


def _ask(writer: OpenAIWriter, system: str = "a", user: str = "b", **options: Any) -> Title:
    answer: Title = writer.complete(
        system,
        user,
        **{"max_tokens": 50, "schema": SCHEMA, "check": Title.model_validate, **options},
    )
    return answer


def test_it_is_a_writer() -> None:
    writer: Writer = _writer(Bench())
    assert (writer.name, writer.model) == ("openai", "gpt-4o-mini")


def test_what_is_sent() -> None:
    bench = Bench(_says(TITLED))
    assert _ask(_writer(bench), "You write.", "A story.") == Title(title="T")
    assert str(bench.requests[0].url) == f"{BASE_URL}/chat/completions"
    form = {"name": "answer", "strict": True, "schema": SCHEMA}
    assert _sent(bench) == {
        "model": "gpt-4o-mini",
        "max_tokens": 50,
        "response_format": {"type": "json_schema", "json_schema": form},
        "messages": [
            {"role": "system", "content": "You write."},
            {"role": "user", "content": "A story."},
        ],
    }


@pytest.mark.parametrize(
    ("model", "detail", "tokens"),
    [("gpt-4o-mini", "low", 2833), ("gpt-4.1-mini", "high", PICTURE_TOKENS)],
)
def test_pictures_go_along_behind_the_question(model: str, detail: str, tokens: int) -> None:
    bench = Bench(_says(TITLED), _says(TITLED), _says(TITLED))
    pictures = [Picture(1.0, b"one"), Picture(2.0, b"two")]
    _ask(_writer(bench, model), pictures=pictures)
    parts = _sent(bench)["messages"][1]["content"]
    assert parts[0] == {"type": "text", "text": "b"}
    urls = ["data:image/jpeg;base64,b25l", "data:image/jpeg;base64,dHdv"]
    assert [part["image_url"] for part in parts[1:]] == [
        {"url": url, "detail": detail} for url in urls
    ]
    _ask(_writer(bench, model), pictures=pictures)
    assert len(bench.requests) == 1
    _ask(_writer(bench, model), pictures=pictures[:1])
    _ask(_writer(bench, model))
    assert len(bench.requests) == 3
    tokens_in = [need[Currency.TOKENS_IN_MIN] for need in bench.needs]
    assert tokens_in[0] - tokens_in[1] == tokens_in[1] - tokens_in[2] == tokens


@pytest.mark.parametrize("model", ["o3-mini", "gpt-5-mini"])
def test_newer_models_have_another_name_for_the_limit(model: str) -> None:
    bench = Bench(_says(TITLED))
    _ask(_writer(bench, model))
    assert _sent(bench)["max_completion_tokens"] == 50
    assert "max_tokens" not in _sent(bench)


def test_a_text_is_paid_for_once() -> None:
    bench = Bench(*[_says(TITLED)] * 3)
    for max_tokens in (50, 50, 60):
        _ask(_writer(bench), max_tokens=max_tokens)
    _ask(_writer(bench), "a", "c")
    assert len(bench.requests) == 3


@pytest.mark.parametrize(
    "text", ['{"title": "T"}', '```json\n{"title": "T"}\n```', ' {"title":"T"}']
)
def test_an_answer_of_the_form_that_was_asked_for(text: str) -> None:
    bench = Bench(_says(text))
    assert _ask(_writer(bench)) == Title(title="T")


def test_a_server_that_knows_no_schema_is_told_it() -> None:
    unknown = failed(400, "'response_format.type' must be json_object")
    bench = Bench(unknown, _says(TITLED), _says(TITLED))
    writer = _writer(bench)
    assert _ask(writer) == Title(title="T")
    assert _sent(bench, 1)["response_format"] == {"type": "json_object"}
    assert '"title"' in _sent(bench, 1)["messages"][0]["content"]
    _ask(writer, "another")
    assert len(bench.requests) == 3


def test_other_rejections_are_not_sent_again() -> None:
    bench = Bench(failed(400, "the prompt is too long"))
    with pytest.raises(PermanentError, match="too long"):
        _ask(_writer(bench))


@pytest.mark.parametrize("bad", ['{"titel": "T"}', "Sure! The title is T.", "[" * 100_000])
def test_a_bad_answer_is_asked_for_once_more_with_the_error(bad: str) -> None:
    bench = Bench(_says(bad), _says('{"title": "T"}'))
    found = _ask(_writer(bench))
    assert found == Title(title="T")
    messages = _sent(bench, 1)["messages"]
    assert [m["role"] for m in messages] == ["system", "user", "assistant", "user"]
    assert messages[2]["content"] == bad
    assert "cannot be used" in messages[3]["content"]


def test_a_second_bad_answer_is_the_last_and_none_is_served_again() -> None:
    bench = Bench(*[_says("no"), _says("no again")] * 2, _says(TITLED))
    for tries in (1, 2):
        with pytest.raises(PermanentError) as caught:
            _ask(_writer(bench))
        assert caught.value.code == "bad_answer"
        assert "\n" not in caught.value.message
        assert len(caught.value.message) < 500
        assert len(bench.requests) == len(bench.spent) == 2 * tries
    assert bench.stored == bench.notes == {}
    assert _ask(_writer(bench)) == Title(title="T")
    assert len(bench.stored) == 1


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (_says("Once upon", "length"), "answer_cut"),
        (_says("", "content_filter"), "refused"),
        (_says(TITLED, "content_filter"), "refused"),
        (ok({"choices": [{"message": {"content": None, "refusal": "I can't"}}]}), "refused"),
        (_says(None), "no_answer"),
    ],
)
def test_an_answer_that_is_not_whole(reply: httpx.Response, code: str) -> None:
    bench = Bench(reply)
    with pytest.raises(PermanentError) as caught:
        _ask(_writer(bench))
    assert caught.value.code == code
    assert bench.stored == bench.notes == {}
    assert len(bench.spent) == 1


@pytest.mark.parametrize("body", [{}, {"choices": []}, {"choices": [{}]}, {"choices": None}, []])
def test_an_answer_that_is_no_writer(body: Any) -> None:
    with pytest.raises(TransientError) as caught:
        _ask(_writer(Bench(ok(body))))
    assert caught.value.code == "odd_answer"


def test_a_model_that_the_server_lacks_is_named() -> None:
    bench = Bench(failed(404, "The model `gpt-x` does not exist"))
    with pytest.raises(ModelGoneError, match="does not serve gpt-x") as caught:
        _ask(_writer(bench, "gpt-x"))
    assert (caught.value.model, caught.value.hint) == ("gpt-x", "name another model and resume")
    # Not paid for: only the request counts.
    one = {Currency.REQUESTS_MIN: 1.0, Currency.REQUESTS_DAY: 1.0}
    assert bench.settled[0][0] == {**dict.fromkeys(bench.needs[0], 0.0), **one}
    assert (bench.notes, bench.spent) == ({}, [])


def test_another_model_that_answers_is_refused_and_reckoned_at_the_dearer_price() -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 500}
    reply = ok({**TOLD, "model": "gpt-4.1-mini-2025-04-14", "usage": usage})
    bench = Bench(reply, is_at_the_provider=True)
    told = r"has gpt-4\.1-mini-2025-04-14 answer in place of gpt-4o-mini"
    with pytest.raises(ModelGoneError, match=told) as caught:
        _ask(_writer(bench, "gpt-4o-mini"))
    assert caught.value.hint == "name its successor, gpt-6-luna, and resume"
    used = bench.settled[0][0]
    assert used is not None
    assert used[Currency.MONEY_DAY] == pytest.approx(1000 * 0.40e-6 + 500 * 1.60e-6)
    assert bench.stored == bench.notes == {}
    assert bench.spent == ["gpt-4.1-mini-2025-04-14 answered"]


def test_a_gateways_model_may_be_any_and_the_dearer_price_is_reckoned() -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 500}
    bench = Bench(ok({**TOLD, "model": "gpt-4.1-mini-2025-04-14", "usage": usage}))
    assert _ask(_writer(bench, "gpt-4o-mini")) == Title(title="T")
    used = bench.settled[0][0]
    assert used is not None
    assert used[Currency.MONEY_DAY] == pytest.approx(1000 * 0.40e-6 + 500 * 1.60e-6)
    assert bench.spent == []


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("gpt-4o-mini", "gpt-4o-mini-2024-07-18"),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("gpt-4o-mini", "openai/gpt-4o-mini"),
        # What nobody knows is a gateway's own name.
        ("my-alias", "gpt-4.1-mini"),
        ("gpt-4o-mini", ""),
    ],
)
def test_the_same_model_by_another_name_answers(asked: str, answered: str) -> None:
    bench = Bench(ok({**TOLD, "model": answered}), is_at_the_provider=True)
    assert _ask(_writer(bench, asked)) == Title(title="T")


def test_a_model_that_thinks_is_told_not_to_where_that_can_be() -> None:
    bench = Bench(_says(TITLED))
    _ask(_writer(bench, "gpt-6-luna"))
    sent = _sent(bench)
    assert (sent["reasoning_effort"], sent["max_completion_tokens"]) == ("none", 50)
    refusal = failed(
        400, "Unsupported parameter: 'reasoning_effort'", code="x", param="reasoning_effort"
    )
    bench = Bench(refusal, _says(TITLED))
    _ask(_writer(bench, "gpt-6-luna"))
    assert "reasoning_effort" not in _sent(bench, 1)


def test_what_a_chat_reserves_and_uses() -> None:
    bench = Bench(_says(TITLED, prompt_tokens=20, completion_tokens=5))
    _ask(_writer(bench), "abcdef", "中文")
    need, used = bench.needs[0], bench.settled[0][0]
    asked = 2 + 4 + 2 + 4 + SCHEMA_TOKENS
    assert need == {
        Currency.REQUESTS_MIN: 1,
        Currency.REQUESTS_DAY: 1,
        Currency.TOKENS_IN_MIN: asked + 50,
        Currency.TOKENS_OUT_MIN: 50,
        Currency.TOKENS_DAY: asked + 50,
        Currency.MONEY_DAY: pytest.approx(asked * 0.15e-6 + 50 * 0.6e-6),
    }
    assert used == {
        Currency.REQUESTS_MIN: 1,
        Currency.REQUESTS_DAY: 1,
        Currency.TOKENS_IN_MIN: 25,
        Currency.TOKENS_OUT_MIN: 5,
        Currency.TOKENS_DAY: 25,
        Currency.MONEY_DAY: pytest.approx(20 * 0.15e-6 + 5 * 0.6e-6),
    }


@pytest.mark.parametrize(
    "usage",
    [
        {},
        {"prompt_tokens": 20},
        {"prompt_tokens": "20", "completion_tokens": 5},
        {"prompt_tokens": -20, "completion_tokens": 5},
        {"prompt_tokens": 1e200, "completion_tokens": 5},
        {"prompt_tokens": True, "completion_tokens": 5},
    ],
)
def test_without_a_sound_usage_the_estimate_stays(usage: dict[str, Any]) -> None:
    bench = Bench(_says(TITLED, **usage))
    _ask(_writer(bench))
    assert bench.settled[0][0] == bench.needs[0]


def test_a_model_without_a_price_has_no_known_cost() -> None:
    bench = Bench(_says(TITLED, prompt_tokens=20, completion_tokens=5))
    _ask(_writer(bench, "unknown"))
    assert Currency.MONEY_DAY not in bench.needs[0]
    free = PaidModels({"mine": PaidModel(usd_per_m_tokens_in=0, usd_per_m_tokens_out=0)})
    bench = Bench(_says(TITLED))
    _ask(OpenAIWriter(bench.transport, "mine", models=free))
    assert bench.needs[0][Currency.MONEY_DAY] == 0
