"""The JSON form of a record: the one way in which records cross a process border."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter

R = TypeVar("R")
_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(cls: type[Any]) -> TypeAdapter[Any]:
    if cls not in _adapters:
        _adapters[cls] = TypeAdapter(cls)
    return _adapters[cls]


def to_json(record: Any) -> str:
    """The record as one line of JSON."""
    return _adapter(type(record)).dump_json(record, by_alias=True).decode()


def from_json(cls: type[R], text: str | bytes) -> R:
    """The record that `to_json` wrote. Raises pydantic.ValidationError if it is not one."""
    record: R = _adapter(cls).validate_json(text)
    return record
