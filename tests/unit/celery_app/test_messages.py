"""Which texts of the queue are messages."""

from __future__ import annotations

import json
from queue import Empty
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kombu.transport import redis as transport

from celery_app.app import make_app
from celery_app.celery_settings import AppOptions
from celery_app.messages import guard, sound_message
from celery_app.publishing import message_template

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.fixture(scope="module")
def template() -> str:
    app = make_app(AppOptions(broker_url="redis://127.0.0.1:1/0", key_prefix="vb"))
    made = message_template(app)
    app.close()
    return made


def test_kombu_reads_by_it() -> None:
    guard()
    assert transport.loads is sound_message


def test_ours_is_one(template: str) -> None:
    assert sound_message(template)["headers"]["task"] == "process_video"


@given(JSON)
def test_any_other_json_is_none(value: Any) -> None:
    with pytest.raises(Empty):
        sound_message(json.dumps(value))


@given(st.text())
def test_any_other_text_is_none(text: str) -> None:
    with pytest.raises(Empty):
        sound_message(text)


@given(st.data())
def test_a_field_of_another_kind_makes_it_none_or_leaves_what_kombu_needs(
    template: str, data: st.DataObject
) -> None:
    message = json.loads(template)
    name = data.draw(st.sampled_from(sorted(message)))
    message[name] = data.draw(JSON)
    try:
        found = sound_message(json.dumps(message))
    except Empty:
        return
    assert isinstance(found["body"], str)
    assert isinstance(found["properties"]["delivery_tag"], str)
    assert isinstance(found["properties"]["delivery_info"], dict)
    assert isinstance(found.get("headers", {}), dict)
