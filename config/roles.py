"""The settings of who hears and who writes: the newer names, and the older ones that fill what
they leave out. Plain values; `videobatch.providers.roles` makes a role of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from config.access import ProviderAccess
from config.documents import LOCAL_MODEL, SpeechSettings, WriterSettings
from config.settings import Settings

Group = Literal["speech", "writer"]


@dataclass(frozen=True, slots=True)
class Names:
    """The settings for one of the two. `old_*` is what the older names say for the same provider;
    `is_explicit`: the group itself names a provider or a server."""

    group: Group
    provider: str
    base_url: str | None
    model: str | None
    keys: tuple[str, ...] = field(repr=False)
    key_file: Path | None
    account: str
    old_base_url: str | None
    old_model: str | None
    old_keys: tuple[str, ...] = field(repr=False)
    is_explicit: bool

    def plain(self) -> dict[str, Any]:
        """The arguments of `make_role`."""
        return asdict(self)


def names(
    settings: Settings, access: ProviderAccess, group: Group, wanted: str | None = None
) -> Names:
    """The settings for hearing, or for writing. Where another provider is `wanted` than the group
    is set for, what it names (server, model, key) is another provider's, and does not count."""
    own: SpeechSettings | WriterSettings = getattr(settings, group)
    keys = access.keys(group)
    is_set_for = own.provider or settings.provider
    if wanted is not None and wanted != is_set_for:
        own, keys = type(own)(), ()
    provider = wanted or is_set_for
    old_model = settings.api.model if group == "speech" else settings.api.writer
    is_of_another = own.provider is not None and settings.provider not in ("offline", own.provider)
    return Names(
        group=group,
        provider=provider,
        base_url=own.base_url,
        model=own.model,
        keys=keys,
        key_file=own.key_file,
        account=own.account or settings.api.account,
        old_base_url=access.base_url(provider),
        old_model=None if is_of_another else old_model,
        old_keys=access.keys(f"{provider}_api"),
        is_explicit=own.provider is not None or own.base_url is not None,
    )


def local_model(settings: Settings) -> str:
    """The model that hears on this machine where no provider does; one that is named for a provider
    does not count."""
    speech = settings.speech
    named = speech.model if (speech.provider or settings.provider) == "offline" else None
    return named or LOCAL_MODEL
