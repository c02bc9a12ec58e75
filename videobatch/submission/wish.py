"""The wish of a submit: what each of its videos is turned into."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Wish:
    """What every video of a submit is turned into: the template, its parameters, and the
    settings that shape the document."""

    template: str
    template_hash: str
    params: Mapping[str, Any]
    settings: Mapping[str, Any]

    @property
    def fingerprint(self) -> str:
        """Equal for equal wishes, in every process and order; 16 hexadecimal digits.

        Raises TypeError for a value that has no lasting text, such as an object's address.
        """
        parts = [self.template, self.template_hash, self.params, self.settings]
        text = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=_lasting)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _lasting(value: object) -> object:
    """What JSON does not know, as something that is the same in every process."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise TypeError(f"{type(value).__name__} cannot be part of a fingerprint")
