"""Checks that a provider's server answers, takes the key and has the model: a list of models
costs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from cli.doctor.check import Check, bad, warn, well
from videobatch.errors import SettingsError
from videobatch.providers.calls.keys import KeyRing
from videobatch.providers.roles import Role

TIMEOUT_S = 5.0
LIMIT_S = 8.0
SHOWN = 5


def asked(name: str, role: Role, does: str) -> Check:
    """The check `name` of who hears or writes (`does`). No key is shown; it goes to the server that
    it is for, and nowhere else."""
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
    if models and role.model and role.model.removeprefix("models/") not in models:
        there = ", ".join(sorted(models)[:SHOWN]) + (", ..." if len(models) > SHOWN else "")
        found = f"{who}; the server does not list that model"
        return warn(name, found, f"it lists {there}; set {role.model_variable}")
    return well(name, who)


def _ask(role: Role, ring: KeyRing) -> httpx.Response:
    base, secret = role.base_url.strip().rstrip("/"), ring.pick().secret
    headers = role.provider.auth(secret) if secret else {}
    address = f"{base}/{role.provider.models_path}"
    return httpx.get(address, headers=headers, timeout=TIMEOUT_S)


def _models(response: httpx.Response) -> frozenset[str]:
    """The models that the server lists; none where it lists none."""
    try:
        body = response.json()
    except ValueError:
        return frozenset()
    found = body.get("data") or body.get("models") if isinstance(body, Mapping) else None
    names = [_name(each) for each in found] if isinstance(found, list) else []
    return frozenset(name for name in names if name)


def _name(model: Any) -> str:
    named = (model.get("id") or model.get("name")) if isinstance(model, Mapping) else None
    return named.removeprefix("models/") if isinstance(named, str) else ""


def refused(name: str, error: SettingsError) -> Check:
    """The check of settings that name nobody."""
    return bad(name, error.message, error.hint)
