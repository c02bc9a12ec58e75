"""Guards a worker against its queue: a message that makes no sense is dropped, and logged.

kombu raises on it in the worker's event loop, which ends the worker, again and again. A dropped
message loses nothing: the ledger publishes each video anew.
"""

from __future__ import annotations

import logging
import re
from queue import Empty
from typing import Any

from kombu.transport import redis as transport
from kombu.utils.json import loads

log = logging.getLogger(__name__)

# Ours have a thousand characters; an answer of a large fleet to `inspect` has more.
MOST_CHARS = 4 << 20
SHOWN = 80
_ID = re.compile(r"[A-Za-z0-9._-]{1,200}")


def guard() -> None:
    """Has this process read messages by `sound_message`. Safe to repeat."""
    transport.loads = sound_message


def sound_message(text: str, *args: Any, **options: Any) -> Any:
    """The decoded message. Raises Empty, as if there had been none, for one that kombu cannot
    work with."""
    try:
        if len(text) > MOST_CHARS:
            raise ValueError(f"of {len(text)} characters")
        message = loads(text, *args, **options)
        _check(message)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        log.error("a message is refused (%s): %.*r", error, SHOWN, text[:SHOWN])
        raise Empty from None
    return message


def _check(message: Any) -> None:
    properties = message["properties"]
    wanted = {
        "delivery_tag": isinstance(properties["delivery_tag"], str),
        "delivery_info": isinstance(properties["delivery_info"], dict),
        "headers": isinstance(message.get("headers", {}), dict),
        "body": isinstance(message["body"], str),
        "content-type": isinstance(message["content-type"], str),
        "content-encoding": isinstance(message["content-encoding"], str),
    }
    headers = message.get("headers")
    if isinstance(headers, dict) and "task" in headers:
        # None of ours asks for these, and Celery trusts them.
        wanted |= {
            "id": isinstance(headers.get("id"), str),
            "time": headers.get("eta") is None and headers.get("expires") is None,
            "retries": headers.get("retries") in (None, 0),
            "time limit": headers.get("timelimit") in (None, [None, None]),
        }
    if wrong := [name for name, is_right in wanted.items() if not is_right]:
        raise ValueError(f"wrong {', '.join(wrong)}")


def is_id(text: object) -> bool:
    """True for what can be the id of a batch or a video: it becomes part of keys."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None
