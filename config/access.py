"""Keys and addresses of providers, apart from the settings: read by whoever calls a provider."""

from __future__ import annotations

from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from config.values import ENV_FILE, TOML_FILE


class ProviderAccess(BaseSettings):
    """Keys, and what others have named: read by whoever calls a provider, and shown nowhere.

    Several keys of one account are separated by commas.
    """

    model_config = SettingsConfigDict(
        env_file=ENV_FILE,
        toml_file=TOML_FILE,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    gemini_api_key: SecretStr | None = None
    gemini_base_url: str | None = None
    speech_key: SecretStr | None = Field(None, validation_alias="VIDEOBATCH_SPEECH__KEY")
    writer_key: SecretStr | None = Field(None, validation_alias="VIDEOBATCH_WRITER__KEY")

    def keys(self, name: str) -> tuple[str, ...]:
        """The keys of a provider (`openai_api`) or of what one is asked to do (`speech`), in
        their order; none for a name that has no variable."""
        secret: SecretStr | None = getattr(self, f"{name}_key", None)
        text = secret.get_secret_value() if secret else ""
        return tuple(key.strip() for key in text.split(",") if key.strip())

    def base_url(self, provider: str) -> str | None:
        """The address that was set, or None."""
        found: str | None = getattr(self, f"{provider}_base_url", None)
        return found

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = _KeysInToml(settings_cls, cls.model_config.get("toml_file"))
        return init_settings, env_settings, dotenv_settings, toml


class _KeysInToml(TomlConfigSettingsSource):
    """The two keys that `videobatch.toml` may hold, by the names that they have elsewhere."""

    def __call__(self) -> dict[str, Any]:
        found = super().__call__()
        keys = {name: found.get(name, {}) for name in ("speech", "writer")}
        return {
            f"VIDEOBATCH_{name.upper()}__KEY": table["key"]
            for name, table in keys.items()
            if isinstance(table, dict) and table.get("key")
        }


def load_access() -> ProviderAccess:
    """The keys and addresses of providers."""
    return ProviderAccess()
