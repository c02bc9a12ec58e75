"""The models of paid providers: the built-in catalogue, and the user's own file, which wins.

What a model does, costs, how long it is served, and what is sent to it. Nothing here reads a clock.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from videobatch.errors import SettingsError
from videobatch.providers.prices import Dearest, Price

FILE = "models.toml"
# Names such as `gpt-4o-mini-2024-07-18` are the model of a day; Google's have a number or a month.
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_VERSIONED = re.compile(
    r"(:[^:/]+|-(\d{4}-\d{2}-\d{2}|\d{2}-\d{4}|\d{2}-\d{2}|\d{3,4}|\d{8}|preview|latest))+$"
)
_PRICES = frozenset(Price.model_fields)

TokenLimit = Literal["max_tokens", "max_completion_tokens"]
Count = Annotated[int, Field(ge=0)]


class Ways(BaseModel):
    """The ways of asking a model, as `models.toml` tells them; None: nothing is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    times: bool | None = None
    token_limit: TokenLimit | None = None
    thinking_budget: Count | None = None
    thinking_level: str | None = None
    thinking_effort: str | None = None
    picture_tokens: Count | None = None
    picture_detail: Literal["low", "high"] | None = None


class PaidModel(Ways, Price):
    """A model of a provider, as `models.toml` tells of it; what no source says is None."""

    provider: str | None = None
    hears: Literal["words", "sentences", "text"] | None = None
    writes: bool = False
    pictures: bool | None = None
    context_tokens: Annotated[int, Field(gt=0)] | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    kept_for_now: bool = False
    replaced_by: str | None = None
    answered_by: str | None = None
    life_source: str = ""
    life_checked: date | None = None

    @property
    def price(self) -> Price | None:
        """Its price; None if nothing of it is known."""
        said = {name: getattr(self, name) for name in _PRICES & self.model_fields_set}
        return Price(**said) if set(said) - {"source", "checked"} else None


class _WaysOf(Ways):
    names: tuple[str, ...]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    models: dict[str, PaidModel] = {}
    ways: tuple[_WaysOf, ...] = ()


class PaidModels:
    """Models of paid providers by their names."""

    def __init__(self, models: Mapping[str, PaidModel], ways: Sequence[_WaysOf] = ()) -> None:
        self._models = dict(models)
        self._ways = tuple(ways)

    def __iter__(self) -> Iterator[tuple[str, PaidModel]]:
        return iter(self._models.items())

    def named(self, model: str) -> str:
        """The name that the catalogue has for the model: its own, or that without the day in it;
        "" if neither is known."""
        name = model.removeprefix("models/")
        undated = _DATED.sub("", name)
        return next((each for each in (name, undated) if each in self._models), "")

    def model(self, model: str) -> PaidModel | None:
        """The model, or the one without the day in its name; None if neither is known."""
        return self._models.get(self.named(model))

    def price(self, model: str) -> Price | None:
        """The model's price; None if it is not known."""
        found = self.model(model)
        return found.price if found else None

    def ways(self, model: str) -> Ways:
        """The ways of asking a model of that name, which need not be known itself."""
        name = model.removeprefix("models/")
        said: dict[str, Any] = {}
        for each in self._ways:
            if any(fnmatchcase(name, pattern) for pattern in each.names):
                said |= each.model_dump(exclude={"names"}, exclude_none=True)
        known = self.model(model)
        if known is not None:
            if known.hears is not None:
                said["times"] = known.hears != "text"
            said |= known.model_dump(include=set(Ways.model_fields), exclude_none=True)
        return Ways(**said)

    def asked(self, model: str) -> Asked:
        """The model as one that is about to be asked."""
        return Asked(model, self)


@dataclass(frozen=True, slots=True)
class Asked:
    """A model that is asked, beside those that may answer in its place."""

    model: str
    models: PaidModels

    @property
    def successor(self) -> str:
        """The successor that its vendor names; "" where none is known."""
        known = self.models.model(self.model)
        return (known and known.replaced_by) or ""

    def is_another(self, answered: str) -> bool:
        """True where an answer names another model than the one that was asked for.

        Only of a model that the built-in catalogue knows: others are names of a gateway or of the
        user. What makes no other model is a day, a version, a tag, or a vendor's name in front
        (`openai/...`). Which one `-latest` is, nobody knows.
        """
        asked = self.models.named(self.model)
        if not answered or asked not in _built_in().models or asked.endswith("-latest"):
            return False
        return _plain(answered) != _plain(asked)

    def charges(self, answered: str = "") -> Dearest | None:
        """The price to reckon with: the dearest of its own, of the one that is known to answer
        once it ends, and of the one that `answered`; its own where it answered itself. None if its
        own is not known."""
        known = self.models.model(self.model)
        own = known and known.price
        if known is None or own is None:
            return None
        is_another = self.is_another(answered)
        is_itself = bool(answered) and not is_another
        names = ["" if is_itself else known.answered_by or "", answered if is_another else ""]
        others = [self.models.price(name.rpartition("/")[2]) for name in names if name]
        return Dearest(own, tuple(price for price in others if price is not None))


def _plain(model: str) -> str:
    """The name without vendor, day and version."""
    name = model.rpartition("/")[2].lower()
    return _VERSIONED.sub("", name)


def load_models(own: Path | None = None) -> PaidModels:
    """The built-in models, with what the user's file `own` says of each in its place. Raises
    SettingsError if that file cannot be read or holds what says nothing of models."""
    built = _built_in()
    if own is None:
        return PaidModels(built.models, built.ways)
    try:
        told = _parsed(own.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"the models and prices in {own} cannot be read: {error}",
            hint="name a readable file, or none for the built-in ones",
        ) from error
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise SettingsError(
            f"the models and prices in {own} are not right: {_first_problem(error)}",
            hint=f"write them like videobatch/providers/{FILE}",
        ) from error
    found = {name: _merged(built.models.get(name), model) for name, model in told.models.items()}
    return PaidModels({**built.models, **found}, (*built.ways, *told.ways))


def _merged(built: PaidModel | None, own: PaidModel) -> PaidModel:
    """The user's word of a model over the built-in one; a price of theirs replaces all prices."""
    if built is None:
        return own
    kept = built.model_dump(include=built.model_fields_set)
    if own.model_fields_set & _PRICES:
        kept = {name: value for name, value in kept.items() if name not in _PRICES}
    return PaidModel(**{**kept, **own.model_dump(include=own.model_fields_set)})


@cache
def _built_in() -> _File:
    return _parsed((files(__package__) / FILE).read_text(encoding="utf-8"))


def _parsed(text: str) -> _File:
    data: dict[str, Any] = tomllib.loads(text)
    return _File.model_validate(data)


def _first_problem(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)
