"""The models that videobatch knows, each pinned in `catalogue.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from videobatch.errors import SettingsError

DEFAULT = "base"
# One that is made a folder's name.
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelFile(_Record):
    """One file of a model; `members` are its parts in the model's packages, in order."""

    name: FileName
    size_bytes: int = Field(gt=0)
    sha256: Sha256
    members: tuple[str, ...] = ()


class Package(_Record):
    """A wheel of the package index that holds files of a model, or parts of them."""

    name: str = Field(pattern=r"^[A-Za-z0-9._-]+$")
    version: str = Field(pattern=r"^[A-Za-z0-9.]+$")
    sha256: Sha256


class Shape(_Record):
    """The size of a model's network."""

    width: int = Field(gt=0)
    encoder_layers: int = Field(gt=0)
    decoder_layers: int = Field(gt=0)


class Model(_Record):
    """A model that may be had, pinned. No `languages`: nearly a hundred."""

    name: Name
    about: str
    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    revision: str = Field(pattern=r"^[0-9a-f]{40}$")
    languages: frozenset[str]
    shape: Shape
    files: tuple[ModelFile, ...] = Field(min_length=1)
    packages: tuple[Package, ...] = ()

    @property
    def size_bytes(self) -> int:
        """The bytes that it takes on the disk."""
        return sum(file.size_bytes for file in self.files)


class _Catalogue(_Record):
    models: tuple[Model, ...]


def read_catalogue(text: str) -> Mapping[str, Model]:
    """The models of a catalogue by their names, in its order. Raises ValueError."""
    found = _Catalogue.model_validate(tomllib.loads(text)).models
    return MappingProxyType({model.name: model for model in found})


@cache
def catalogue() -> Mapping[str, Model]:
    """The models of the catalogue that comes with videobatch, in its order."""
    return read_catalogue((files(__package__) / "catalogue.toml").read_text("utf-8"))


def find_model(name: str) -> Model:
    """The model of that name. Raises SettingsError."""
    found = catalogue().get(name)
    if found is None:
        raise SettingsError(
            f"there is no speech model {name!r}",
            hint=f"there are: {', '.join(catalogue())}; one of your own is named by its folder, "
            "VIDEOBATCH_SPEECH__MODEL_DIR",
        )
    return found
