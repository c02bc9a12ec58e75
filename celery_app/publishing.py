"""The message of a task as text, so that a script inside Redis can publish it.

Format: Celery's message protocol 2 in the envelope of kombu's virtual transports. The body is
plain JSON text: kombu decodes it only where `body_encoding` says so.
"""

from __future__ import annotations

import json
from typing import Any

from celery import Celery

from celery_app.celery_settings import AppOptions, celery_settings

PROCESS_VIDEO = "process_video"
_PLACEHOLDERS = ("{batch_id}", "{video_id}")
_TASK_ID = "{task_id}"
IMPATIENT = {"max_retries": 1, "interval_start": 0.0, "interval_step": 0.1, "interval_max": 0.1}


def publishing(options: AppOptions) -> tuple[str, str]:
    """The queue's key and the message of a video, for `Ledger.set_publishing`."""
    app = _app(options)
    return queue_key(app), message_template(app)


def remote_control(options: AppOptions) -> Any:
    """Celery's remote control of the workers. Connects at its first use, and does not wait for a
    broker that is away: whoever asks asks again."""
    app = _app(options)
    app.conf.broker_transport_options = {**app.conf.broker_transport_options, **IMPATIENT}
    return app.control


def _app(options: AppOptions) -> Any:
    app = Celery("videobatch", set_as_current=False)
    app.conf.update(celery_settings(options))
    return app


def queue_key(app: Any) -> str:
    """The Redis key of the list that workers pop from, with the prefix of all keys of Celery."""
    prefix: str = app.conf.broker_transport_options.get("global_keyprefix", "")
    queue: str = app.conf.task_default_queue
    return prefix + queue


def message_template(app: Any, task_name: str = PROCESS_VIDEO) -> str:
    """A task's message with `{batch_id}`, `{video_id}` and `{task_id}` in it, ready for LPUSH.

    Replace each of them everywhere, by texts of [A-Za-z0-9._:-] alone: they stand inside JSON
    inside JSON. `{task_id}` must be new for each message: it is the delivery tag as well.
    """
    message = app.amqp.as_task_v2(
        _TASK_ID,
        task_name,
        args=_PLACEHOLDERS,
        argsrepr=repr(_PLACEHOLDERS),
        kwargsrepr="{}",
        origin="videobatch",
        ignore_result=True,
    )
    queue: str = app.conf.task_default_queue
    return json.dumps(
        {
            "body": json.dumps(message.body),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": message.headers,
            "properties": {
                **message.properties,
                "delivery_mode": 2,
                "delivery_info": {"exchange": "", "routing_key": queue},
                "priority": 0,
                "delivery_tag": _TASK_ID,
            },
        }
    )
