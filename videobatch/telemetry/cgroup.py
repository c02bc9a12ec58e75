"""The bounds of a container: processor and memory limits of cgroup v2 and v1.

Format of the files: the kernel's Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/.
A group's limit binds everything below it, so each limit is the smallest on the way up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# v1 writes "no limit" as a number near 2**63.
_UNLIMITED = 1 << 60
_CONTROLLERS = ("cpu", "memory", "cpuacct")


@dataclass(frozen=True, slots=True)
class CgroupLimits:
    """Cores and bytes that may be used; None where nothing binds."""

    cpu_cores: float | None = None
    memory_bytes: int | None = None


class Cgroup:
    """The control group of this process. `root` and `proc` are elsewhere in tests."""

    def __init__(
        self,
        root: Path = Path("/sys/fs/cgroup"),
        proc: Path = Path("/proc/self/cgroup"),
    ) -> None:
        self._root = root
        self._is_v2 = (root / "cgroup.controllers").exists()
        self._folders = {name: self._folder(name, _text(proc) or "") for name in _CONTROLLERS}
        self._chains = {name: tuple(self._upwards(name)) for name in _CONTROLLERS}

    def _folder(self, controller: str, membership: str) -> Path:
        # A line is "id:controllers:path"; v2 has the single line "0::path".
        base = self._root if self._is_v2 else self._root / controller
        for line in membership.splitlines():
            number, _, rest = line.partition(":")
            names, _, path = rest.partition(":")
            if (number == "0" and self._is_v2) or controller in names.split(","):
                folder = base / path.lstrip("/")
                # Inside a container the path may be the host's, and not visible here.
                return folder if folder.is_dir() else base
        return base

    def _upwards(self, controller: str) -> Iterator[Path]:
        folder = self._folders[controller]
        top = self._root if self._is_v2 else self._root / controller
        while True:
            yield folder
            if folder in (top, folder.parent):
                return
            folder = folder.parent

    def limits(self) -> CgroupLimits:
        """The smallest limits between this group and the top."""
        cores = [c for f in self._chains["cpu"] if (c := self._cores(f)) is not None]
        return CgroupLimits(min(cores, default=None), self.memory_limit_bytes())

    def memory_limit_bytes(self) -> int | None:
        """The memory part of `limits`, for half of the work."""
        sizes = [b for f in self._chains["memory"] if (b := self._bytes(f)) is not None]
        return min(sizes, default=None)

    def _cores(self, folder: Path) -> float | None:
        if self._is_v2:
            quota, _, period = (_text(folder / "cpu.max") or "max").partition(" ")
        else:
            quota = _text(folder / "cpu.cfs_quota_us") or "-1"
            period = _text(folder / "cpu.cfs_period_us") or "100000"
        if quota in ("max", "-1"):
            return None
        return int(quota) / int(period or 100_000)

    def _bytes(self, folder: Path) -> int | None:
        name = "memory.max" if self._is_v2 else "memory.limit_in_bytes"
        text = _text(folder / name) or "max"
        return None if text == "max" or int(text) > _UNLIMITED else int(text)

    def anonymous_bytes(self) -> int | None:
        """Memory of the group that cannot be dropped; the page cache is not in it."""
        name = "anon" if self._is_v2 else "total_rss"
        for line in (_text(self._folders["memory"] / "memory.stat") or "").splitlines():
            key, _, value = line.partition(" ")
            if key == name:
                return int(value)
        return None

    def oom_kills(self) -> int | None:
        """Processes of the group that the kernel has killed for want of memory, its limit's or the
        machine's; None where it does not count them."""
        name = "memory.events" if self._is_v2 else "memory.oom_control"
        for line in (_text(self._folders["memory"] / name) or "").splitlines():
            key, _, value = line.partition(" ")
            if key == "oom_kill":
                return int(value)
        return None

    def cpu_seconds(self) -> float | None:
        """Processor time that the group has used."""
        if not self._is_v2:
            nanoseconds = _text(self._folders["cpuacct"] / "cpuacct.usage")
            return int(nanoseconds) / 1e9 if nanoseconds else None
        for line in (_text(self._folders["cpu"] / "cpu.stat") or "").splitlines():
            key, _, value = line.partition(" ")
            if key == "usage_usec":
                return int(value) / 1e6
        return None

    def identity(self) -> int | None:
        """A number that differs between the containers of one machine."""
        try:
            return self._folders["memory"].stat().st_ino
        except OSError:
            return None


def _text(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None
