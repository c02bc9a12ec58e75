"""Checks that a provider's server answers, takes the key and has the model: a list of models
costs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx

from cli.doctor.check import Check, bad, warn, well
from videobatch.errors import SettingsError
from videobatch.providers.calls.keys import KeyRing
from videobatch.providers.lifetimes import UNSAID, Announced, Ending, ending
from videobatch.providers.paid_models import PaidModels
from videobatch.providers.roles import Role

TIMEOUT_S = 5.0
LIMIT_S = 8.0
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Known:
    """The catalogue of models, and the day by which their ends count."""

    models: PaidModels
    today: date


def asked(name: str, role: Role, does: str, known: Known | None = None) -> Check:
    """The check `name` of who hears or writes (`does`), and of the model's end where models are
    `known`. No key is shown; it goes to the server that it is for, and nowhere else."""
    keys = f"{role.key_variable} is {'set' if role.keys else 'not set'}"
    who = f"{role.provider.name}, {role.model or 'no model'} {does} at {role.base_url}; {keys}"
    if role.needs_key:
        return bad(name, who, f"set {role.key_variable}, in the environment or in .env")
    ring = KeyRing(role.keys, role.key_variable)
    try:
        response = _ask(role, ring)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
        why = ring.redact(str(error)) or type(error).__name__
        hint = f"is the server up, and {role.url_variable} its address? (and HTTPS_PROXY, NO_PROXY)"
        return bad(name, f"{who}; it cannot be reached: {why}", hint)
    if response.status_code in (401, 403) or "API_KEY_INVALID" in response.text:
        found = f"{who}; the server does not accept it (HTTP {response.status_code})"
        return bad(name, found, f"set {role.key_variable} to a key of that server")
    models = _models(response)
    named = role.model.removeprefix("models/") if role.model else ""
    if models and named and named not in models:
        there = ", ".join(sorted(models)[:SHOWN]) + (", ..." if len(models) > SHOWN else "")
        found = f"{who}; the server does not list that model"
        successor = known.models.asked(named).successor if known else ""
        to = f"={successor}, its successor" if successor in models else ""
        return warn(name, found, f"it lists {there}; set {role.model_variable}{to}")
    found_end = _end(role, known, models.get(named, UNSAID)) if known else None
    return well(name, who) if found_end is None else _ends(name, who, role, found_end)


def _end(role: Role, known: Known, announced: Announced) -> Ending | None:
    """The end of the role's model: what the server's own list says wins. Other servers than the
    vendor's have days of their own, which the catalogue does not know."""
    if role.model is None or (announced is UNSAID and not role.is_at_the_provider):
        return None
    return ending(known.models, role.model, known.today, announced=announced)


def _ends(name: str, who: str, role: Role, end: Ending) -> Check:
    to = f"={end.successor}" if end.successor else " to a model that lasts"
    say = bad if end.is_over else warn
    return say(name, f"{who}; {end.in_words}", f"set {role.model_variable}{to}")


def _ask(role: Role, ring: KeyRing) -> httpx.Response:
    base, secret = role.base_url.strip().rstrip("/"), ring.pick().secret
    headers = role.provider.auth(secret) if secret else {}
    address = f"{base}/{role.provider.models_path}"
    return httpx.get(address, headers=headers, timeout=TIMEOUT_S)


def _models(response: httpx.Response) -> Mapping[str, Announced]:
    """The models that the server lists, each with the end that it announces; none where it lists
    none."""
    try:
        body = response.json()
    except ValueError:
        return {}
    found = body.get("data") or body.get("models") if isinstance(body, Mapping) else None
    listed = found if isinstance(found, list) else []
    return {name: _announced(each) for each in listed if (name := _name(each))}


def _announced(model: Mapping[str, Any]) -> Announced:
    """OpenAI's `shutdown_date`: a day, or null where none is announced
    (https://developers.openai.com/api/reference/resources/models/methods/list.md)."""
    if "shutdown_date" not in model:
        return UNSAID
    try:
        day = model["shutdown_date"]
        return None if day is None else date.fromisoformat(str(day)[:10])
    except ValueError:
        return UNSAID


def _name(model: Any) -> str:
    named = (model.get("id") or model.get("name")) if isinstance(model, Mapping) else None
    return named.removeprefix("models/") if isinstance(named, str) else ""


def refused(name: str, error: SettingsError) -> Check:
    """The check of settings that name nobody."""
    return bad(name, error.message, error.hint)
