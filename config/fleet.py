"""Settings of the fleet: hosts and workers, tries and time limits, alerts, metrics, folders."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from config.values import FolderMap, RootedPath, SettingsSection


class ConcurrencySettings(SettingsSection):
    """The number of videos that a host works on at once, and how it is found."""

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


class MemorySettings(SettingsSection):
    """The memory that a host may use; admission holds 0.90 of it."""

    limit_mb: int | None = Field(None, ge=256, description="default: the cgroup's or the machine's")


class WorkerSettings(SettingsSection):
    """The life of a worker's processes."""

    grace_s: float = Field(8.0, gt=0)
    videos_per_child: int = Field(500, ge=1)
    child_memory_mb: int = Field(1024, ge=128)
    child_address_mb: int = Field(8192, ge=0)


class RetrySettings(SettingsSection):
    """The tries of a video after errors that may pass, and the waits between them."""

    attempts: int = Field(4, ge=1, le=20)
    base_s: float = Field(2.0, gt=0)
    cap_s: float = Field(120.0, gt=0)


class TimeLimitSettings(SettingsSection):
    """The time that one try may take: seconds, and seconds for each second of the video."""

    stage_s: float = Field(600.0, gt=0)
    stage_factor: float = Field(20.0, ge=0)
    video_s: float = Field(1200.0, gt=0)
    video_factor: float = Field(30.0, ge=0)


class AlertSettings(SettingsSection):
    """The levels from which on something is told, and to whom."""

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
    statements: float = Field(0.90, ge=0, lt=1)


class MetricsSettings(SettingsSection):
    """The address at which the controller answers Prometheus; none unless a port is set."""

    port: int | None = Field(None, ge=1, le=65535)
    address: str = Field("127.0.0.1", min_length=1)


class PathSettings(SettingsSection):
    """The places of files that the ledger names, on this machine, and those that may be opened."""

    map: FolderMap = Field({}, description="folder in the ledger: folder here")
    roots: tuple[RootedPath, ...] = Field((), description="default: any")

    @property
    def here(self) -> dict[str, str]:
        """The map as texts."""
        return {there: str(here) for there, here in self.map.items()}

    @property
    def below(self) -> tuple[str, ...]:
        """The roots as texts."""
        return tuple(map(str, self.roots))
