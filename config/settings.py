"""Every setting of videobatch, with its default.

Read, in this order, from: the environment (`VIDEOBATCH_*`, nested names joined by `__`), the
file `.env` and the file `videobatch.toml`, both in the project's root. The sections stand in
`documents.py` and `fleet.py`, the keys of providers in `access.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from config.documents import (
    ApiSettings,
    BudgetSettings,
    FrameSettings,
    SlideSettings,
    SpeechSettings,
    WriterSettings,
)
from config.fleet import (
    AlertSettings,
    ConcurrencySettings,
    MemorySettings,
    MetricsSettings,
    PathSettings,
    RetrySettings,
    TimeLimitSettings,
    WorkerSettings,
)
from config.values import (
    ENV_FILE,
    PROJECT_ROOT,
    TOML_FILE,
    ProviderName,
    RootedPath,
    read_secret,
    with_password,
)

__all__ = ["PROJECT_ROOT", "Settings", "load_settings"]


class Settings(BaseSettings):
    """All that can be set. Frozen; read once, at the start of a process."""

    model_config = SettingsConfigDict(
        env_prefix="VIDEOBATCH_",
        env_nested_delimiter="__",
        env_file=ENV_FILE,
        env_ignore_empty=True,
        toml_file=TOML_FILE,
        extra="ignore",
        frozen=True,
    )

    home: RootedPath = PROJECT_ROOT / ".videobatch"
    redis_url: SecretStr | None = None
    redis_password_file: RootedPath | None = Field(None, description="its password, in a file")
    prefix: str = Field("videobatch", pattern=r"^[A-Za-z0-9._-]+$")
    provider: ProviderName = "offline"
    template: str = "summary_report"
    templates_dir: RootedPath | None = None
    name_pattern: str = Field(
        "{template}", min_length=1, description="the names of documents' files; `{title}`, too"
    )
    links: Literal["relative", "obsidian", "none"] = "relative"
    page: bool = True
    out: Path = Field(
        Path("documents"), description="where documents go, below it one folder per batch"
    )
    cpu_target: float = Field(1.0, gt=0, le=1)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_json: bool = False
    concurrency: ConcurrencySettings = ConcurrencySettings()
    memory: MemorySettings = MemorySettings()
    speech: SpeechSettings = SpeechSettings()
    writer: WriterSettings = WriterSettings()
    frames: FrameSettings = FrameSettings()
    slides: SlideSettings = SlideSettings()
    retry: RetrySettings = RetrySettings()
    limits: TimeLimitSettings = TimeLimitSettings()
    api: ApiSettings = ApiSettings()
    budget: BudgetSettings = BudgetSettings()
    alerts: AlertSettings = AlertSettings()
    metrics: MetricsSettings = MetricsSettings()
    paths: PathSettings = PathSettings()
    health_file: RootedPath | None = None
    worker: WorkerSettings = WorkerSettings()

    @field_validator("redis_password_file")
    @classmethod
    def _readable(cls, path: Path | None) -> Path | None:
        if path is not None and not read_secret(path):
            raise ValueError(f"{path} is empty")
        return path

    @model_validator(mode="after")
    def _with_password(self) -> Settings:
        """Puts the password from its file into the address."""
        if self.redis_url is not None and self.redis_password_file is not None:
            url = with_password(self.redis_url.get_secret_value(), self.redis_password_file)
            object.__setattr__(self, "redis_url", SecretStr(url))
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = TomlConfigSettingsSource(settings_cls)
        return init_settings, env_settings, dotenv_settings, toml


SETTINGS_HINT = "docs/reference/settings.md lists the settings"


def complaints_of(error: ValueError) -> tuple[str, ...]:
    """The faults of settings that could not be read, a line for each, by the names that
    they have in the environment. No line shows a value."""
    if not isinstance(error, ValidationError):
        return (f"the settings cannot be read: {error}",)
    return tuple(
        f"VIDEOBATCH_{'__'.join(str(part).upper() for part in each['loc'])}: {each['msg']}"
        for each in error.errors(include_url=False, include_input=False)
    )


def load_settings() -> Settings:
    """The settings of this process. Raises pydantic.ValidationError, which names the setting."""
    return Settings()
