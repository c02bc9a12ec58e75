"""What is asked of Redis, and how long for."""

from __future__ import annotations

from typing import Any

import pytest
from redis.exceptions import BusyLoadingError, ResponseError

from videobatch.errors import LedgerError
from videobatch.state.store import Store


class Client:
    """Answers after it has raised what it was told to."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.asked = 0

    def get(self, name: str) -> str:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return f"value of {name}"


def store(client: Any, patience_s: float) -> Store:
    return Store(client, "vb", patience_s=patience_s)


def test_an_answer_comes_at_the_first_try() -> None:
    client = Client()
    assert store(client, 60.0).ask(lambda redis: redis.get("k")) == "value of k"
    assert client.asked == 1


def test_an_outage_is_waited_for() -> None:
    client = Client(*[BusyLoadingError("LOADING it loads")] * 2)
    assert store(client, 60.0).ask(lambda redis: redis.get("k")) == "value of k"
    assert client.asked == 3


def test_who_has_no_patience_hears_of_the_outage_at_once() -> None:
    client = Client(BusyLoadingError("LOADING it loads"))
    patient = store(client, 60.0)
    with pytest.raises(LedgerError) as caught:
        patient.with_patience(0.0).ask(lambda redis: redis.get("k"))
    assert caught.value.code == "redis_away"
    assert patient.patience_s == 60.0


def test_a_refusal_is_not_asked_again() -> None:
    client = Client(ResponseError("WRONGTYPE it is another"))
    with pytest.raises(LedgerError) as caught:
        store(client, 60.0).ask(lambda redis: redis.get("k"))
    assert (caught.value.code, client.asked) == ("redis_refused", 1)
