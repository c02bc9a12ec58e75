"""A model out of a folder that somebody names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.models import CONTENTS, MODEL, TOTAL_BYTES, Told, lay_out
from videobatch.errors import PermanentError, TransientError
from videobatch.speech.models.getting import get_model
from videobatch.speech.models.sources.folder import FolderSource
from videobatch.speech.models.store import ModelStore


def test_its_files_are_copied_and_verified(tmp_path: Path) -> None:
    source, told = FolderSource(lay_out(tmp_path / "stick")), Told()
    path = get_model(MODEL, ModelStore(tmp_path / "models"), [source], told)
    assert {name: (path / name).read_bytes() for name in CONTENTS} == CONTENTS
    assert told.reports[-1] == (TOTAL_BYTES, TOTAL_BYTES)


def test_one_that_lacks_a_file_names_it(tmp_path: Path) -> None:
    (lay_out(tmp_path / "stick") / "config.json").unlink()
    with pytest.raises(PermanentError, match=r"no config\.json"):
        FolderSource(tmp_path / "stick").fill(MODEL, tmp_path, Told())


def test_one_with_another_file_is_refused(tmp_path: Path) -> None:
    (lay_out(tmp_path / "stick") / "model.bin").write_bytes(b"?" * len(CONTENTS["model.bin"]))
    store = ModelStore(tmp_path / "models")
    with pytest.raises(TransientError, match="is not the file that is pinned"):
        get_model(MODEL, store, [FolderSource(tmp_path / "stick")], Told())
    assert store.verified(MODEL) is None
