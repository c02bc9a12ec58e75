"""The check, and the answer of `doctor --json`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from videobatch.paths import display
from videobatch.telemetry.logging import redact


class CheckStatus(StrEnum):
    """A check's result. `ok`: well; `warn`: may get in the way; `bad`: must be mended."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


def _line(text: str) -> str:
    return display(redact(text))


# One line of plain Unicode, without the passwords of the URLs in it.
Line = Annotated[str, BeforeValidator(_line)]


class Check(BaseModel):
    """One thing that was looked at: what was found, and how to mend it."""

    model_config = ConfigDict(frozen=True)

    name: str
    status: CheckStatus
    found: Line
    hint: Line = ""


class DoctorOut(BaseModel):
    """The answer of `videobatch doctor --json`; `ok` is false if any check is bad."""

    model_config = ConfigDict(frozen=True)

    schema_version: int = 1
    ok: bool
    checks: tuple[Check, ...]


def well(name: str, found: str) -> Check:
    """A check that found nothing wrong."""
    return Check(name=name, status=CheckStatus.OK, found=found)


def warn(name: str, found: str, hint: str) -> Check:
    """A check that found what may get in the way."""
    return Check(name=name, status=CheckStatus.WARN, found=found, hint=hint)


def bad(name: str, found: str, hint: str) -> Check:
    """A check that found what must be mended."""
    return Check(name=name, status=CheckStatus.BAD, found=found, hint=hint)
