from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from celery.exceptions import WorkerShutdown
from celery.worker import state
from celery.worker.consumer import Consumer
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError

from celery_app.worker import consumer as module
from celery_app.worker.consumer import LONGEST_WAIT_S, PatientConsumer


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


def waits_after(monkeypatch: pytest.MonkeyPatch, *errors: Exception) -> list[float]:
    """The seconds waited after each of the errors, which come one right after the other."""
    waited: list[float] = []
    monkeypatch.setattr(Consumer, "on_connection_error_after_connected", lambda _self, _exc: None)
    monkeypatch.setattr(module, "_pause", waited.append)
    made: list[float] = []
    consumer = PatientConsumer.__new__(PatientConsumer)
    for error in errors:
        waited.clear()
        consumer.on_connection_error_after_connected(error)
        made.append(sum(waited))
    return made


def test_a_broker_that_refuses_is_asked_ever_more_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = ReadOnlyError("You can't write against a read only replica.")
    waits = waits_after(monkeypatch, *[refusal] * 6)
    assert waits == [0.5, 1.0, 1.5, 2.0, 2.0, 2.0]


def test_a_cut_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert waits_after(monkeypatch, RedisConnectionError("cut"), OSError("cut")) == [0.0, 0.0]


def test_a_worker_that_is_asked_to_stop_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "should_stop", 0)
    with pytest.raises(WorkerShutdown):
        waits_after(monkeypatch, ReadOnlyError("no"))
