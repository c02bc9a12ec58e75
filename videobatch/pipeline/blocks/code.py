"""Programs: the language that a fence may name, and whether a parser at hand reads them."""

from __future__ import annotations

import ast
import json
import tomllib
import warnings
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

import yaml


class Parsed(StrEnum):
    """A parser's word on a program; `unchecked` where there is none for its language."""

    SOUND = "sound"
    BROKEN = "broken"
    UNCHECKED = "unchecked"


@cache
def _names() -> Mapping[str, str]:
    data = yaml.safe_load((Path(__file__).parent / "languages.yaml").read_text(encoding="utf-8"))
    return {name: known for known, others in data.items() for name in (known, *others)}


def language_of(name: str) -> str:
    """The language as a fence names it; "" for one that is not known: some names start programs
    where a document is read."""
    return _names().get(name.strip().lower(), "")


def parsed(text: str, language: str) -> Parsed:
    """A parser's word on the text, by the grammar of that language alone: nothing runs."""
    parse = PARSERS.get(language)
    if parse is None:
        return Parsed.UNCHECKED
    try:
        parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError, yaml.YAMLError):
        return Parsed.BROKEN
    return Parsed.SOUND


def _python(text: str) -> None:
    with warnings.catch_warnings():
        # Of an odd escape in a string.
        warnings.simplefilter("ignore")
        ast.parse(text)


def _yaml(text: str) -> None:
    # Events alone: an alias is not followed.
    for _ in yaml.parse(text, yaml.SafeLoader):
        pass


PARSERS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {"python": _python, "json": json.loads, "toml": tomllib.loads, "yaml": _yaml}
)
