"""Each process has a reader of its own, where there is one."""

from __future__ import annotations

import os

import pytest

from videobatch.errors import SettingsError
from videobatch.slides import installed, readers
from videobatch.slides.rapid import RapidSlideReader


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


def test_a_reader_is_found_by_its_name_and_no_other_one_is_taken_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name, model = RapidSlideReader.name, RapidSlideReader.model
    made = readers.named_reader(name, model)
    assert (made.name, made.model) == (name, model)
    with pytest.raises(SettingsError, match="read by horn brass, and here is rapidocr"):
        readers.named_reader("horn", "brass")
    monkeypatch.setattr(readers, "is_installed", lambda: False)
    with pytest.raises(SettingsError, match="not installed") as raised:
        readers.named_reader(name, model)
    assert "EXTRAS=ocr" in raised.value.hint
