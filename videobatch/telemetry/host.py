"""The host as a worker sees it: its processors, memory, disk and network, container aware."""

from __future__ import annotations

import hashlib
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil

from videobatch.records import HostReading
from videobatch.telemetry.cgroup import Cgroup

# The share of the memory limit that videos may fill: admission holds it, and the policies.
WATERMARK = 0.90
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Host(Protocol):
    """Whatever can be asked how busy the host is."""

    def read(self) -> HostReading:
        """A reading; the first one has rates of 0."""


@dataclass(frozen=True, slots=True)
class _Counters:
    at_s: float
    cpu_s: float
    disk_read: int
    disk_write: int
    received: int
    sent: int


class ThisHost:
    """The machine or container that this process runs in. For one thread at a time."""

    def __init__(
        self, cgroup: Cgroup | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cgroup = cgroup or Cgroup()
        self._clock = clock
        self._before = self._count()

    def read(self) -> HostReading:
        """A reading; rates are over the time since the one before."""
        now, before = self._count(), self._before
        self._before = now
        span_s = now.at_s - before.at_s
        cores = core_budget(self._cgroup)

        def rate(new: float, old: float) -> float:
            # Counters go back when a device disappears.
            return max(0.0, new - old) / span_s if span_s > 0 else 0.0

        limit_bytes, used_bytes = memory_bytes(self._cgroup)
        return HostReading(
            cpu_cores=cores,
            cpu_fraction=min(1.0, rate(now.cpu_s, before.cpu_s) / cores),
            memory_limit_bytes=limit_bytes,
            memory_used_bytes=used_bytes,
            disk_read_bytes_per_s=rate(now.disk_read, before.disk_read),
            disk_write_bytes_per_s=rate(now.disk_write, before.disk_write),
            net_received_bytes_per_s=rate(now.received, before.received),
            net_sent_bytes_per_s=rate(now.sent, before.sent),
        )

    def _count(self) -> _Counters:
        # nowrap=True would take a lock that a fork could leave locked in a child.
        disk = psutil.disk_io_counters(nowrap=False)
        net = psutil.net_io_counters(nowrap=False)
        return _Counters(
            at_s=self._clock(),
            cpu_s=self._cpu_s(),
            disk_read=disk.read_bytes if disk else 0,
            disk_write=disk.write_bytes if disk else 0,
            received=net.bytes_recv if net else 0,
            sent=net.bytes_sent if net else 0,
        )

    def _cpu_s(self) -> float:
        if self._cgroup.limits().cpu_cores is not None:
            used_s = self._cgroup.cpu_seconds()
            if used_s is not None:
                return used_s
        times = psutil.cpu_times()
        # Linux counts guest time in user time as well.
        counted = {k: v for k, v in times._asdict().items() if not k.startswith("guest")}
        return float(sum(counted.values()) - counted["idle"] - counted.get("iowait", 0.0))


def memory_bytes(cgroup: Cgroup) -> tuple[int, int]:
    """The memory limit of the container, else of the machine, and how much of it is in use.

    Cheaper than a reading: it is asked for before each video.
    """
    machine = psutil.virtual_memory()
    group_limit = cgroup.memory_limit_bytes()
    if group_limit is not None and group_limit < machine.total:
        group_used = cgroup.anonymous_bytes()
        if group_used is not None:
            return group_limit, group_used
    return machine.total, machine.total - machine.available


def core_budget(cgroup: Cgroup | None = None) -> float:
    """The processors' worth of time that this process may use: its quota, else its processors."""
    quota = (cgroup or Cgroup()).limits().cpu_cores
    return float(usable_cores()) if quota is None else min(quota, float(usable_cores()))


def usable_cores() -> int:
    """The processors that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def read_host() -> HostReading:
    """A single reading, with rates of 0; keep a `ThisHost` for rates."""
    return ThisHost().read()


def host_id() -> str:
    """A name for what shares one memory limit: the container, else the machine since its boot."""
    try:
        boot = BOOT_ID.read_text().strip()
    except OSError:
        boot = f"{socket.gethostname()} {psutil.boot_time():.0f}"
    cgroup = Cgroup()
    limit = cgroup.limits().memory_bytes
    container = cgroup.identity() if limit is not None else None
    digest = hashlib.sha256(f"{boot} {container}".encode()).hexdigest()
    return f"host-{digest[:12]}"
