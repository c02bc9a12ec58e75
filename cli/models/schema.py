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


class PaidModelOut(BaseModel):
    """A model of a provider: what it does, the dollars of an hour of lecture (null: not known), the
    day from which it is off (null: none is known), who takes its place. `default_for` is what it
    is used for unless another is named; with `source` and `checked` the figures can be looked up.
    """

    model_config = ConfigDict(frozen=True)

    provider: str
    name: str
    hears: str | None
    writes: bool
    hear_hour_usd: float | None
    write_hour_usd: float | None
    valid_until: str | None
    is_over: bool
    replaced_by: str | None
    answered_by: str | None
    default_for: tuple[str, ...]
    context_tokens: int | None
    source: str
    checked: str | None


class PaidModelsOut(BaseModel):
    """The answer of `models paid`: what is known of the models of providers on that day."""

    model_config = ConfigDict(frozen=True)

    schema_version: int = 1
    today: str
    models: tuple[PaidModelOut, ...]
