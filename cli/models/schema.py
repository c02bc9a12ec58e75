"""The answers of `videobatch models --json`. Fields may be added, never changed."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ModelOut(BaseModel):
    """A model: what it is, whether it is `here` (whole and verified, in `folder`), whether it is
    the one that is `used`; `problem` says why one whose folder is there does not count."""

    model_config = ConfigDict(frozen=True)

    name: str
    about: str
    languages: tuple[str, ...]
    size_bytes: int
    here: bool
    used: bool
    folder: str
    repository: str
    revision: str
    problem: str = ""


class ModelsOut(BaseModel):
    """The answer of `models list`: the engine and the model that a submit would be heard with, and
    why; where better words could be had, `better` says how."""

    model_config = ConfigDict(frozen=True)

    schema_version: int = 1
    engine: str
    model: str
    why: str
    better: str
    models_dir: str
    models: tuple[ModelOut, ...]


class GotOut(BaseModel):
    """The answer of `models get`: where the model is."""

    model_config = ConfigDict(frozen=True)

    schema_version: int = 1
    name: str
    folder: str
    fetched: bool


class RemovedOut(BaseModel):
    """The answer of `models remove`; `removed` is false where there was nothing."""

    model_config = ConfigDict(frozen=True)

    schema_version: int = 1
    name: str
    removed: bool
