"""Logs: one line for each event, no passwords, and the video that it is about."""

from __future__ import annotations

import json as json_text
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

_PASSWORD = re.compile(r"(?P<head>[A-Za-z][A-Za-z0-9+.-]*://[^\s:/@]*:)[^\s]+@")
_HIDDEN = r"\g<head>***@"
_video: ContextVar[tuple[str, str, str | None] | None] = ContextVar("video", default=None)


def redact(text: str) -> str:
    """The text without the passwords of the URLs in it."""
    return _PASSWORD.sub(_HIDDEN, text)


def one_line(text: str) -> str:
    """The text with line ends and other control characters written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@contextmanager
def log_video(batch_id: str, video_id: str, task_id: str | None = None) -> Iterator[None]:
    """Every line that this thread logs in the block carries the ids."""
    token = _video.set((batch_id, video_id, task_id))
    try:
        yield
    finally:
        _video.reset(token)


class TextFormatter(logging.Formatter):
    """`time level process batch/video logger: message`, on one line."""

    def format(self, record: logging.LogRecord) -> str:
        about = _video.get()
        ids = f" {about[0]}/{about[1]}" if about else ""
        head = f"{_when(record)} {record.levelname} {record.process}{ids} {record.name}: "
        return redact(one_line(head + _message(record)))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: at, level, logger, pid, message, batch_id, video_id, task_id."""

    def format(self, record: logging.LogRecord) -> str:
        event = {
            "at": _when(record),
            "level": record.levelname,
            "logger": record.name,
            "pid": record.process,
            "message": redact(_message(record)),
        }
        if about := _video.get():
            event["batch_id"], event["video_id"], task_id = about
            event |= {"task_id": task_id} if task_id else {}
        return json_text.dumps(event, ensure_ascii=False)


def _when(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _message(record: logging.LogRecord) -> str:
    text = record.getMessage()
    if record.exc_info:
        text += "\n" + logging.Formatter().formatException(record.exc_info)
    return text


def configure_logging(json: bool, level: str, stream: TextIO | None = None) -> None:
    """Sends all logs of this process to `stream` (stderr). Safe to repeat: the last call wins."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if json else TextFormatter())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    # One line for each request, or for each window of sound; what became of them stands in ours.
    for name in ("httpx", "faster_whisper"):
        logging.getLogger(name).setLevel(logging.WARNING)
