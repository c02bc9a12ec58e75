from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from celery_app.consumer import LONGEST_WAIT_S, PatientConsumer


class Connection:
    """Fails to connect `failures` times; keeps how it was asked to wait."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.options: dict[str, Any] = {}

    def as_uri(self) -> str:
        return "redis://:**@h/0"

    def ensure_connection(
        self, on_error: Callable[[Exception, float], None], max_retries: int | None, **options: Any
    ) -> Connection:
        self.options = {"max_retries": max_retries, **options}
        for _ in range(self.failures):
            on_error(ConnectionRefusedError("refused"), 0.1)
        return self


def connected(failures: int) -> tuple[PatientConsumer, Connection]:
    consumer = PatientConsumer.__new__(PatientConsumer)
    connection = Connection(failures)
    assert consumer.ensure_connected(connection) is connection
    return consumer, connection


def test_tries_for_ever_and_never_waits_long() -> None:
    consumer, connection = connected(failures=0)
    assert connection.options["max_retries"] is None
    assert connection.options["interval_max"] == LONGEST_WAIT_S
    assert consumer.first_connection_attempt is False


@pytest.mark.parametrize(("failures", "lines"), [(0, 0), (1, 2), (40, 2)])
def test_an_outage_is_said_once_and_its_end_too(
    failures: int, lines: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    connected(failures)
    assert len(caplog.records) == lines
