"""Every setting of videobatch, with its default.

Read, in this order, from: the environment (`VIDEOBATCH_*`, nested names joined by `__`), the
file `.env` and the file `videobatch.toml`, both in the project's root.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit, urlunsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

PROJECT_ROOT = Path(__file__).resolve().parent.parent


def _rooted(path: Path) -> Path:
    return PROJECT_ROOT / path.expanduser()


RootedPath = Annotated[Path, AfterValidator(_rooted)]
"""`~` is the home folder; a relative path starts at the project's root, in every process."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Concurrency(_Frozen):
    """How many videos a host runs at once."""

    policy: Literal["little", "threshold", "fixed"] = "little"
    min: int = Field(1, ge=1)
    max: int | None = Field(None, ge=1, description="default: as many as the memory holds")
    initial: int | None = Field(None, ge=1, description="default: the cores that may be used")
    tune: bool = False
    smoothing_s: float = Field(25.0, gt=0)
    grow_pause_s: float = Field(5.0, ge=0)
    shrink_after_s: float = Field(15.0, ge=0)
    cooldown_s: float = Field(60.0, ge=0)
    window: int = Field(20, ge=5)


class Memory(_Frozen):
    """What a host may use; admission holds 0.90 of it."""

    limit_mb: int | None = Field(None, ge=256, description="default: the cgroup's or the machine's")


Account = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")]
Elsewhere = Annotated[None, BeforeValidator(lambda _: None)]
"""A secret that only `ProviderAccess` reads: settings are read by every process."""


class _Asked(_Frozen):
    """Who is asked to do one of the two things that may be paid for; what is left out comes from
    the older names (`VIDEOBATCH_PROVIDER`, `VIDEOBATCH_API__*`, `OPENAI_*`, `GEMINI_*`)."""

    base_url: str | None = Field(None, min_length=1, description="default: the provider's")
    model: str | None = Field(None, min_length=1, description="default: the provider's")
    account: Account | None = None
    key: Elsewhere = None
    key_file: RootedPath | None = Field(None, description="its key, in a file")


class Speech(_Asked):
    """Who recognises speech, and how it is done without a provider."""

    provider: Literal["offline", "openai", "gemini"] | None = None
    engine: Literal["pocketsphinx", "whisper"] = "pocketsphinx"
    model_dir: RootedPath | None = Field(None, description="folder of a faster-whisper model")
    language: str | None = Field(None, description="for whisper, e.g. zh; default: detected")


class Writer(_Asked):
    """Who writes the documents."""

    provider: Literal["none", "offline", "openai", "gemini"] | None = None


class Frames(_Frozen):
    """Keyframes of a document."""

    max_count: int = Field(40, ge=1, le=500)
    min_gap_s: float = Field(5.0, gt=0)
    max_width: int = Field(960, ge=64, le=3840)


class Retry(_Frozen):
    """When a video is tried again after an error that may pass."""

    attempts: int = Field(4, ge=1, le=20)
    base_s: float = Field(2.0, gt=0)
    cap_s: float = Field(120.0, gt=0)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("no such time zone; one is America/Los_Angeles") from error
    return name


class Api(_Frozen):
    """Calls to a paid provider."""

    model: str | None = Field(None, min_length=1, description="default: the provider's")
    writer: str | None = Field(
        None, min_length=1, description="default: the provider's, at its own server; `none`: no one"
    )
    account: Account = "default"
    day_zone: Annotated[str, AfterValidator(_zone)] | None = Field(
        None, description="default: the provider's"
    )
    prices: RootedPath | None = None
    reuse: bool = True
    context_tokens: int = Field(100_000, ge=4_000)
    media: Literal["audio", "video"] = "audio"
    policy: Literal["mirror", "threshold"] = "mirror"
    upload_mbit_s: float = Field(50.0, gt=0)


class AlertSettings(_Frozen):
    """From when on something is told, and to whom."""

    webhook: SecretStr | None = None
    secret: SecretStr | None = None
    private: bool = False
    memory: float = Field(0.92, gt=0.1, le=1)
    disk_mb_s: float = Field(100.0, gt=0)
    network_mbit_s: float = Field(50.0, gt=0)
    error_rate: float = Field(0.10, gt=0, le=1)
    api_latency_s: float = Field(180.0, gt=0)
    quota: float = Field(0.90, gt=0, le=1)
    stalled_s: float = Field(600.0, gt=0)
    idle_s: float = Field(30.0, gt=0)


class Metrics(_Frozen):
    """Where the controller answers Prometheus; nowhere unless a port is set."""

    port: int | None = Field(None, ge=1, le=65535)
    address: str = Field("127.0.0.1", min_length=1)


class Budget(_Frozen):
    """What may be used of the account: rates, and fuses that nothing passes."""

    requests_min: float | None = Field(None, gt=0)
    requests_day: float | None = Field(None, ge=0)
    tokens_in_min: float | None = Field(None, gt=0)
    tokens_out_min: float | None = Field(None, gt=0)
    tokens_day: float | None = Field(None, ge=0)
    audio_s_hour: float | None = Field(None, gt=0)
    audio_s_day: float | None = Field(None, ge=0)
    money_day: float | None = Field(None, ge=0)
    bytes_stored: int = Field(20_000_000_000, gt=0)


class Limits(_Frozen):
    """How long one try may take: seconds, and seconds for each second of the video."""

    stage_s: float = Field(600.0, gt=0)
    stage_factor: float = Field(20.0, ge=0)
    video_s: float = Field(1200.0, gt=0)
    video_factor: float = Field(30.0, ge=0)


def _secret(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot be read: {error}") from error


def _with_password(url: str, path: Path) -> str:
    parts = urlsplit(url)
    if parts.password is not None:
        raise ValueError("VIDEOBATCH_REDIS_URL holds a password, and so does the file: name one")
    host = parts.netloc.rpartition("@")[2]
    user = quote(parts.username or "", safe="")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(_secret(path), safe='')}@{host}"))


class Worker(_Frozen):
    """The life of a worker's processes."""

    grace_s: float = Field(8.0, gt=0)
    videos_per_child: int = Field(500, ge=1)
    child_memory_mb: int = Field(1024, ge=128)
    child_address_mb: int = Field(8192, ge=0)


def _folders(found: dict[str, Path]) -> dict[str, Path]:
    for there, here in found.items():
        if not (there.startswith("/") and here.is_absolute()):
            raise ValueError("each folder is an absolute path")
    return found


class Paths(_Frozen):
    """Where files that the ledger names are on this machine, and which of them may be opened."""

    map: Annotated[dict[str, Path], AfterValidator(_folders)] = Field(
        {}, description="folder in the ledger: folder here"
    )
    roots: tuple[RootedPath, ...] = Field((), description="default: any")

    @property
    def here(self) -> dict[str, str]:
        """The map as texts."""
        return {there: str(here) for there, here in self.map.items()}

    @property
    def below(self) -> tuple[str, ...]:
        """The roots as texts."""
        return tuple(map(str, self.roots))


class Settings(BaseSettings):
    """What can be set. Frozen; read once, at the start of a process."""

    model_config = SettingsConfigDict(
        env_prefix="VIDEOBATCH_",
        env_nested_delimiter="__",
        env_file=PROJECT_ROOT / ".env",
        env_ignore_empty=True,
        toml_file=PROJECT_ROOT / "videobatch.toml",
        extra="ignore",
        frozen=True,
    )

    home: RootedPath = PROJECT_ROOT / ".videobatch"
    redis_url: SecretStr | None = None
    redis_password_file: RootedPath | None = Field(None, description="its password, in a file")
    prefix: str = Field("videobatch", pattern=r"^[A-Za-z0-9._-]+$")
    provider: Literal["offline", "openai", "gemini"] = "offline"
    template: str = "summary_report"
    templates_dir: RootedPath | None = None
    out: Path = Field(
        Path("documents"), description="where documents go, below it one folder per batch"
    )
    cpu_target: float = Field(1.0, gt=0, le=1)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_json: bool = False
    concurrency: Concurrency = Concurrency()
    memory: Memory = Memory()
    speech: Speech = Speech()
    writer: Writer = Writer()
    frames: Frames = Frames()
    retry: Retry = Retry()
    limits: Limits = Limits()
    api: Api = Api()
    budget: Budget = Budget()
    alerts: AlertSettings = AlertSettings()
    metrics: Metrics = Metrics()
    paths: Paths = Paths()
    health_file: RootedPath | None = None
    worker: Worker = Worker()

    @field_validator("redis_password_file")
    @classmethod
    def _readable(cls, path: Path | None) -> Path | None:
        if path is not None and not _secret(path):
            raise ValueError(f"{path} is empty")
        return path

    @model_validator(mode="after")
    def _with_password(self) -> Settings:
        """Puts the password from its file into the address."""
        if self.redis_url is not None and self.redis_password_file is not None:
            url = _with_password(self.redis_url.get_secret_value(), self.redis_password_file)
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


def load_settings() -> Settings:
    """The settings of this process. Raises pydantic.ValidationError, which names the setting."""
    return Settings()


class ProviderAccess(BaseSettings):
    """Keys, and what others have named: read by whoever calls a provider, and shown nowhere.

    Several keys of one account are separated by commas.
    """

    model_config = SettingsConfigDict(
        env_file=PROJECT_ROOT / ".env", env_ignore_empty=True, extra="ignore", frozen=True
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
        toml = _KeysInToml(settings_cls, Settings.model_config.get("toml_file"))
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
