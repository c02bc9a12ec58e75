"""Each process has a reader of its own, where there is one."""

from __future__ import annotations

import os

import pytest

from videobatch.slides import installed, readers


@pytest.fixture(autouse=True)
def _own_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "_readers", {})


def test_a_process_has_one_reader_and_its_child_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "is_installed", lambda: True)
    first = readers.slide_reader()
    assert first is not None
    assert readers.slide_reader() is first
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert readers.slide_reader() is not first


@pytest.mark.parametrize("gone", installed.MODULES)
def test_without_one_of_its_modules_there_is_none(
    monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    monkeypatch.setattr(installed, "find_spec", lambda name: None if name == gone else object())
    assert installed.missing() == (gone,)
    assert not installed.is_installed()
    assert readers.slide_reader() is None
