"""The store of models: whole and verified, or not there at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from tests.support.models import CONTENTS, MODEL, lay_out
from tests.support.waiting import wait_for
from videobatch.errors import PermanentError, SettingsError
from videobatch.speech.models.marks import MARK, fault_of
from videobatch.speech.models.store import ModelStore

LIMIT_S = 300.0


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


def accepted(store: ModelStore) -> Path:
    lay_out(store.part(MODEL))
    with store.held(MODEL):
        return store.accept(MODEL)


def test_one_that_came_is_put_in_place_and_verified(store: ModelStore) -> None:
    assert store.verified(MODEL) is None
    path = accepted(store)
    assert store.verified(MODEL) == path == store.path(MODEL)
    assert {each.name for each in path.iterdir()} == {*CONTENTS, MARK}
    assert not store.part(MODEL).exists()


def test_what_lies_beside_the_files_does_not_come_along(store: ModelStore) -> None:
    part = lay_out(store.part(MODEL))
    (part / "wheels").mkdir()
    (part / "wheels" / "a.whl").touch()
    (part / "model.bin.coming").touch()
    assert {each.name for each in accepted(store).iterdir()} == {*CONTENTS, MARK}


@pytest.mark.parametrize("how", ["missing", "short", "other"])
def test_one_that_is_not_the_pinned_one_is_never_put_in_place(store: ModelStore, how: str) -> None:
    weights = lay_out(store.part(MODEL)) / "model.bin"
    if how == "missing":
        weights.unlink()
    else:
        weights.write_bytes(CONTENTS["model.bin"][:-1] + (b"?" if how == "other" else b""))
    with store.held(MODEL), pytest.raises(PermanentError, match=r"model\.bin") as refused:
        store.accept(MODEL)
    assert refused.value.code == "model_damaged"
    assert not store.path(MODEL).exists()
    # The file is fetched anew, and only that one.
    assert {each.name for each in store.part(MODEL).iterdir()} == {"config.json", "tokenizer.json"}


def test_a_folder_that_somebody_put_there_is_verified_once(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(store.path(MODEL))
    assert store.verified(MODEL) == store.path(MODEL)
    read: list[str] = []

    def counted(path: Path, file: object) -> str:
        read.append(path.name)
        return fault_of(path, file)  # type: ignore[arg-type]

    monkeypatch.setattr("videobatch.speech.models.marks.fault_of", counted)
    assert store.verified(MODEL) == store.path(MODEL)
    assert read == []
    os.utime(store.path(MODEL) / "model.bin", (1, 1))
    assert store.verified(MODEL) == store.path(MODEL)
    assert read == list(CONTENTS)


@pytest.mark.parametrize("how", ["time", "size"])
def test_a_mark_does_not_hold_for_another_file(store: ModelStore, how: str) -> None:
    weights = accepted(store) / "model.bin"
    content = CONTENTS["model.bin"]
    weights.write_bytes(b"?" + content[1:] if how == "time" else content + b"?")
    if how == "time":
        os.utime(weights, (1, 1))
    assert store.verified(MODEL) is None
    assert "model.bin" in store.fault(MODEL)


@pytest.mark.parametrize("mark", ["", "[]", "{}", '{"model.bin": 1}', "\xff"])
def test_a_mark_that_is_broken_is_no_mark(store: ModelStore, mark: str) -> None:
    path = accepted(store)
    (path / MARK).write_text(mark, "latin-1")
    (path / "model.bin").write_bytes(b"?" * len(CONTENTS["model.bin"]))
    assert store.verified(MODEL) is None


def test_a_damaged_one_gives_way_to_a_whole_one(store: ModelStore) -> None:
    (accepted(store) / "model.bin").write_bytes(b"?")
    assert store.verified(MODEL) is None
    assert store.verified(MODEL) is None
    accepted(store)
    assert store.verified(MODEL) is not None
    assert {each.name for each in store.folder.iterdir()} == {"small.up", ".small.up.lock"}


def test_where_the_mark_cannot_be_written_the_files_are_read_each_time(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(store.path(MODEL))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "write_text", refuse)
    assert store.verified(MODEL) is not None
    assert not (store.path(MODEL) / MARK).exists()
    assert store.verified(MODEL) is not None


def test_it_is_removed_with_what_has_come_of_it(store: ModelStore) -> None:
    accepted(store)
    lay_out(store.part(MODEL))
    assert store.remove(MODEL)
    assert not store.remove(MODEL)
    assert [each.name for each in store.folder.iterdir()] == [".small.up.lock"]


def test_one_process_holds_a_model_and_the_next_waits(store: ModelStore) -> None:
    waits, order = threading.Event(), list[str]()

    def second() -> None:
        with store.held(MODEL, waits.set):
            order.append("second")

    with store.held(MODEL):
        thread = threading.Thread(target=second)
        thread.start()
        wait_for(waits.is_set, LIMIT_S, "the second waits")
        order.append("first")
    thread.join(LIMIT_S)
    assert order == ["first", "second"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "models").touch()
    store = ModelStore(tmp_path / "models")
    with pytest.raises(SettingsError, match="cannot be written") as refused, store.held(MODEL):
        raise AssertionError("nothing is held")
    assert "VIDEOBATCH_SPEECH__MODELS_DIR" in refused.value.hint
