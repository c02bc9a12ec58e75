from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery

from celery_app.celery_settings import AppOptions, celery_settings
from celery_app.publishing import PROCESS_VIDEO, message_template, queue_key


@pytest.fixture
def app() -> Iterator[Any]:
    made = Celery("t", set_as_current=False)
    made.conf.update(
        celery_settings(AppOptions(broker_url="redis://127.0.0.1:1/0", key_prefix="p"))
    )
    yield made
    made.close()


def filled(app: Any) -> dict[str, Any]:
    text = message_template(app)
    for name, value in {"batch_id": "b-1", "video_id": "v_2.mp4", "task_id": "b:v:3"}.items():
        text = text.replace("{" + name + "}", value)
    return dict(json.loads(text))


def test_queue_key_has_the_prefix_of_all_keys(app: Any) -> None:
    assert queue_key(app) == "p:celery:videobatch"


def test_ids_reach_arguments_headers_and_tags(app: Any) -> None:
    message = filled(app)
    args, kwargs, embedded = json.loads(message["body"])
    assert (args, kwargs) == (["b-1", "v_2.mp4"], {})
    assert set(embedded) == {"callbacks", "errbacks", "chain", "chord"}
    headers, properties = message["headers"], message["properties"]
    assert headers["task"] == PROCESS_VIDEO
    assert headers["argsrepr"] == "('b-1', 'v_2.mp4')"
    assert {headers["id"], headers["root_id"]} == {"b:v:3"}
    assert {properties["correlation_id"], properties["delivery_tag"]} == {"b:v:3"}
    assert properties["delivery_info"] == {"exchange": "", "routing_key": "videobatch"}


def test_nothing_but_the_three_placeholders_is_left_to_fill(app: Any) -> None:
    text = message_template(app)
    for name in ("{batch_id}", "{video_id}", "{task_id}"):
        assert name in text
        text = text.replace(name, "x")
    # A Lua pattern would read a percent sign in the text as its own.
    assert "%" not in text
    assert "{batch" not in text


def test_the_message_has_what_celery_itself_publishes(app: Any) -> None:
    app.conf.update(broker_url="memory://", broker_transport_options={})
    app.send_task(PROCESS_VIDEO, ("b", "v"))
    with app.connection_for_read() as connection:
        theirs = connection.default_channel._get("videobatch")
    ours = filled(app)
    assert set(theirs) <= set(ours)
    assert set(theirs["headers"]) <= set(ours["headers"])
    assert set(theirs["properties"]) - {"body_encoding"} <= set(ours["properties"])
