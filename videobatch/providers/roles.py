"""The two things that may be paid for, hearing and writing: who does each, and where.

A key goes to the server that it was named for: those of the older names (`OPENAI_API_KEY`) to the
server of the older names (`OPENAI_BASE_URL`, else the provider's own), and to no other.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from videobatch.errors import SettingsError
from videobatch.providers.catalog import PROVIDERS, Provider

NOBODY = "none"
# Names that lead to this machine, or that only its own network knows.
OWN_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")


@dataclass(frozen=True, slots=True)
class Role:
    """The one who hears, or who writes. `model` is None where nobody said which one a server has
    that is not the provider's own. The `*_variable` are where each came from, or is to be set."""

    provider: Provider
    base_url: str
    model: str | None
    keys: tuple[str, ...] = field(repr=False)
    account: str
    key_variable: str
    url_variable: str
    model_variable: str

    @property
    def is_at_the_provider(self) -> bool:
        """True for the provider's own server."""
        return _same(self.base_url, self.provider.base_url)

    @property
    def is_in_own_network(self) -> bool:
        """True where the server is on this machine, or in its network: nobody else is paid for
        it."""
        return is_in_own_network(self.base_url)

    @property
    def needs_key(self) -> bool:
        """True where a key is missing; servers of one's own may do without."""
        return self.is_at_the_provider and not self.keys

    @property
    def scope(self) -> str:
        """The beginning of its budget's name: one for each account at each server."""
        parts = [self.provider.name, self.account]
        if not self.is_at_the_provider:
            host, port, path = _parts(self.base_url)
            server = host if port is None else f"{host}:{port}"
            parts.append(f"{server}{path.removesuffix('/v1')}".rstrip("/"))
        return ".".join(map(_word, parts))

    def check_key(self) -> None:
        """Raises SettingsError where a key is missing."""
        if self.needs_key:
            raise SettingsError(
                f"the provider {self.provider.name} needs a key",
                hint=f"set {self.key_variable}, in the environment or in .env",
            )


def make_role(
    *,
    group: str,
    provider: str,
    base_url: str | None = None,
    model: str | None = None,
    keys: tuple[str, ...] = (),
    key_file: Path | None = None,
    account: str = "default",
    old_base_url: str | None = None,
    old_model: str | None = None,
    old_keys: tuple[str, ...] = (),
    is_explicit: bool = False,
) -> Role | None:
    """The role of who is asked, or None where nobody is: speech is recognised here, nobody writes.
    Raises SettingsError for a key's file that cannot be read, for a server without a provider, and
    for a writer that is named without a model."""
    prefix = f"VIDEOBATCH_{group.upper()}__"
    found = PROVIDERS.get(provider)
    named = model or old_model
    if found is None:
        _check_unused(base_url, provider, prefix)
    if found is None or (group == "writer" and named == NOBODY):
        return None
    url, old_url = base_url or old_base_url or found.base_url, old_base_url or found.base_url
    keys = keys or _read_keys(key_file, f"{prefix}KEY_FILE")
    if named is None:
        named = _own_model(found, group, url, is_explicit=is_explicit)
    is_old_key = not keys and _same(url, old_url)
    return Role(
        provider=found,
        base_url=url,
        model=named,
        keys=old_keys if is_old_key else keys,
        account=account,
        key_variable=found.key_variable if is_old_key else f"{prefix}KEY",
        url_variable=f"{prefix}BASE_URL" if base_url else found.url_variable,
        model_variable=f"{prefix}MODEL",
    )


def _check_unused(base_url: str | None, provider: str, prefix: str) -> None:
    """Raises SettingsError for a server that is named where nobody is to ask it."""
    if base_url is not None and provider != NOBODY:
        raise SettingsError(
            f"{prefix}BASE_URL names a server, and nobody is to ask it",
            hint=f"set {prefix}PROVIDER=openai for a server that speaks OpenAI's language, or "
            f"unset {prefix}BASE_URL",
        )


def _own_model(provider: Provider, group: str, url: str, *, is_explicit: bool) -> str | None:
    """The provider's own model for what nobody named; None for a writer at another server, for
    which SettingsError is raised where it `is_explicit`."""
    if group == "speech":
        return provider.speech_model
    if _same(url, provider.base_url):
        return provider.writer_model
    if is_explicit:
        raise SettingsError(
            "nobody said which model writes",
            hint=f"set VIDEOBATCH_{group.upper()}__MODEL to one of the server's",
        )
    return None


def is_in_own_network(url: str) -> bool:
    """True for a server on this machine or at a private address, also by a name without a dot."""
    host = _parts(url)[0].rstrip(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bool(host) and ("." not in host or host.endswith(OWN_SUFFIXES))
    return address.is_loopback or address.is_private or address.is_link_local


def _read_keys(path: Path | None, variable: str) -> tuple[str, ...]:
    if path is None:
        return ()
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"the key in {variable} cannot be read: {error}", hint="name a readable file"
        ) from error
    keys = tuple(key.strip() for key in text.replace("\n", ",").split(",") if key.strip())
    if not keys:
        raise SettingsError(f"the file in {variable} is empty", hint="write the key into it")
    return keys


def _parts(url: str) -> tuple[str, int | None, str]:
    """Host, port and path; nothing of what is no address, which `Transport` refuses."""
    try:
        found = urlsplit(url.strip().rstrip("/"))
        return found.hostname or "", found.port, found.path
    except ValueError:
        return "", None, ""


def _same(one: str, other: str) -> bool:
    return one.strip().rstrip("/").lower() == other.strip().rstrip("/").lower()


def _word(text: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in text)
