"""Settings of documents: who makes them, of what, and what that may cost."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config.values import (
    PROJECT_ROOT,
    Account,
    Elsewhere,
    ProviderName,
    RootedPath,
    SettingsSection,
    ZoneName,
)

# The model of this machine where none is named.
LOCAL_MODEL = "base"


class _AskedSettings(SettingsSection):
    """The one who is asked to do one of the two things that may be paid for; what is left out
    comes from the older names (`VIDEOBATCH_PROVIDER`, `VIDEOBATCH_API__*`, `OPENAI_*`,
    `GEMINI_*`)."""

    base_url: str | None = Field(None, min_length=1, description="default: the provider's")
    model: str | None = Field(None, min_length=1, description="default: the provider's")
    account: Account | None = None
    key: Elsewhere = None
    key_file: RootedPath | None = Field(None, description="its key, in a file")


class SpeechSettings(_AskedSettings):
    """The one who recognises speech, and the engine that does it without a provider."""

    provider: ProviderName | None = None
    model: str | None = Field(
        None, min_length=1, description="default: the provider's; here LOCAL_MODEL"
    )
    engine: Literal["auto", "whisper", "pocketsphinx"] = "auto"
    models_dir: RootedPath = PROJECT_ROOT / ".videobatch" / "models"
    model_dir: RootedPath | None = Field(None, description="folder of a model of one's own")
    language: str | None = Field(None, description="for whisper, e.g. zh; default: detected")
    socket: RootedPath | None = Field(
        None, description="default: none; the local stack has its own"
    )
    threads: int | None = Field(
        None, ge=1, le=256, description="default: the cores that may be used"
    )
    device: Literal["auto", "cpu", "cuda"] = "auto"
    chinese: Literal["simplified", "traditional", "as_heard"] = "simplified"
    align: bool = True


class WriterSettings(_AskedSettings):
    """The one who writes the documents."""

    provider: Literal["none", ProviderName] | None = None


class FrameSettings(SettingsSection):
    """Keyframes of a document."""

    max_count: int = Field(40, ge=1, le=500)
    min_gap_s: float = Field(5.0, gt=0)
    max_width: int = Field(960, ge=64, le=3840)


class SlideSettings(SettingsSection):
    """The text on the stills, and how much is spent on it for each video."""

    read: Literal["auto", "on", "off"] = "auto"
    max_count: int = Field(60, ge=1, le=500)
    cpu_s: float = Field(60.0, gt=0)


class ApiSettings(SettingsSection):
    """Calls to a paid provider."""

    model: str | None = Field(None, min_length=1, description="default: the provider's")
    writer: str | None = Field(
        None, min_length=1, description="default: the provider's, at its own server; `none`: no one"
    )
    account: Account = "default"
    day_zone: ZoneName | None = Field(None, description="default: the provider's")
    prices: RootedPath | None = None
    reuse: bool = True
    context_tokens: int = Field(100_000, ge=4_000)
    media: Literal["audio", "video"] = "audio"
    policy: Literal["mirror", "threshold"] = "mirror"
    upload_mbit_s: float = Field(50.0, gt=0)


class BudgetSettings(SettingsSection):
    """The use that may be made of the account: rates, and fuses that nothing passes."""

    requests_min: float | None = Field(None, gt=0)
    requests_day: float | None = Field(None, ge=0)
    tokens_in_min: float | None = Field(None, gt=0)
    tokens_out_min: float | None = Field(None, gt=0)
    tokens_day: float | None = Field(None, ge=0)
    audio_s_hour: float | None = Field(None, gt=0)
    audio_s_day: float | None = Field(None, ge=0)
    money_day: float | None = Field(None, ge=0)
    bytes_stored: int = Field(20_000_000_000, gt=0)
