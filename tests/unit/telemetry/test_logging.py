from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from videobatch.telemetry.logging import configure_logging, log_video, one_line, redact


@pytest.fixture(autouse=True)
def _root_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://:secret@h:1/0", "redis://:***@h:1/0"),
        ("rediss://me:p@ss:word@h/0 next", "rediss://me:***@h/0 next"),
        ("a redis://u:x@h and https://u:y@g/p", "a redis://u:***@h and https://u:***@g/p"),
        ("redis://h:6379/0", "redis://h:6379/0"),
        ("write to me@example.org: now", "write to me@example.org: now"),
    ],
)
def test_passwords_in_urls_are_hidden(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_control_characters_are_written_out() -> None:
    assert one_line("a\nb\x1b[31m\tü 中") == "a\\nb\\x1b[31m\\tü 中"


def logged(json_lines: bool, level: str = "INFO") -> list[str]:
    stream = io.StringIO()
    configure_logging(json=json_lines, level=level, stream=stream)
    log = logging.getLogger("videobatch.test")
    log.debug("hidden")
    with log_video("b-1", "v-2", "t-3"):
        log.info("from redis://:pw@h/0\nand on")
    try:
        raise ValueError("of redis://u:pw@h/0")
    except ValueError:
        log.exception("broke")
    return stream.getvalue().splitlines()


def test_libraries_that_tell_each_step_warn_alone() -> None:
    stream = io.StringIO()
    configure_logging(json=False, level="INFO", stream=stream)
    for name in ("httpx", "faster_whisper"):
        logging.getLogger(name).info("a step")
        logging.getLogger(name).warning("a fault of %s", name)
    lines = stream.getvalue().splitlines()
    assert [line.rpartition(": ")[2] for line in lines] == [
        "a fault of httpx",
        "a fault of faster_whisper",
    ]


def test_text_has_one_line_for_each_event() -> None:
    first, second = logged(json_lines=False)
    assert " b-1/v-2 videobatch.test: from redis://:***@h/0\\nand on" in first
    assert "b-1" not in second
    assert "ValueError" in second
    assert "pw@" not in second


def test_json_has_the_ids_as_fields() -> None:
    first, second = (json.loads(line) for line in logged(json_lines=True))
    assert (first["batch_id"], first["video_id"], first["task_id"]) == ("b-1", "v-2", "t-3")
    assert first["level"] == "INFO"
    assert first["message"] == "from redis://:***@h/0\nand on"
    assert "batch_id" not in second
    assert "pw@" not in second["message"]


def test_the_last_configuration_wins() -> None:
    assert len(logged(json_lines=False)) == 2
    assert len(logged(json_lines=False, level="ERROR")) == 1
    assert len(logging.getLogger().handlers) == 1
