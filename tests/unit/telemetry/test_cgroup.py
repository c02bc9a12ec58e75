from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from videobatch.telemetry.cgroup import Cgroup, CgroupLimits
from videobatch.telemetry.memory import oom_kills

GIB = 1 << 30


def tree(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


def group(tmp_path: Path, files: Mapping[str, str], membership: str) -> Cgroup:
    proc = tmp_path / "membership"
    proc.write_text(membership)
    return Cgroup(tree(tmp_path / "cgroup", files), proc)


V2 = {"cgroup.controllers": "cpu memory"}


@pytest.mark.parametrize(
    ("files", "limits"),
    [
        ({}, CgroupLimits(None, None)),
        ({"a/cpu.max": "max 100000", "a/memory.max": "max"}, CgroupLimits(None, None)),
        ({"a/cpu.max": "150000 100000", "a/memory.max": str(GIB)}, CgroupLimits(1.5, GIB)),
        ({"a/cpu.max": "50000 100000", "a/b/cpu.max": "200000 100000"}, CgroupLimits(0.5, None)),
        ({"a/memory.max": str(GIB), "a/b/memory.max": str(2 * GIB)}, CgroupLimits(None, GIB)),
    ],
)
def test_v2_takes_the_smallest_limit_on_the_way_up(
    tmp_path: Path, files: dict[str, str], limits: CgroupLimits
) -> None:
    made = group(tmp_path, {**V2, "a/b/cgroup.procs": "", **files}, "0::/a/b\n")
    assert made.limits() == limits


def test_v2_inside_a_container_reads_the_top(tmp_path: Path) -> None:
    made = group(tmp_path, {**V2, "cpu.max": "100000 100000"}, "0::/docker/of-the-host\n")
    assert made.limits() == CgroupLimits(1.0, None)


def test_v2_counts_anonymous_memory_and_not_the_page_cache(tmp_path: Path) -> None:
    files = {**V2, "a/memory.stat": "anon 4096\nfile 999999\nkernel 5", "a/cpu.stat": "x 1"}
    made = group(tmp_path, files, "0::/a\n")
    assert made.anonymous_bytes() == 4096
    assert made.cpu_seconds() is None


def test_v2_processor_time_is_in_seconds(tmp_path: Path) -> None:
    made = group(tmp_path, {**V2, "a/cpu.stat": "usage_usec 2500000\nuser_usec 1"}, "0::/a\n")
    assert made.cpu_seconds() == 2.5


V1_MEMBERSHIP = "4:memory:/a\n3:cpu,cpuacct:/a\n1:name=systemd:/x\n"


def test_v1_has_a_folder_for_each_controller(tmp_path: Path) -> None:
    files = {
        "cpu/a/cpu.cfs_quota_us": "50000",
        "cpu/a/cpu.cfs_period_us": "100000",
        "memory/a/memory.limit_in_bytes": str(GIB),
        "memory/memory.limit_in_bytes": str((1 << 63) - 4096),
        "memory/a/memory.stat": "cache 77\ntotal_rss 8192",
        "cpuacct/a/cpuacct.usage": "1500000000",
    }
    made = group(tmp_path, files, V1_MEMBERSHIP)
    assert made.limits() == CgroupLimits(0.5, GIB)
    assert made.anonymous_bytes() == 8192
    assert made.cpu_seconds() == 1.5


def test_v1_without_limits(tmp_path: Path) -> None:
    files = {"cpu/a/cpu.cfs_quota_us": "-1", "memory/a/memory.limit_in_bytes": str((1 << 63) - 1)}
    assert group(tmp_path, files, V1_MEMBERSHIP).limits() == CgroupLimits(None, None)


def test_no_control_groups_at_all(tmp_path: Path) -> None:
    made = Cgroup(tmp_path / "nothing", tmp_path / "absent")
    assert made.limits() == CgroupLimits()
    assert made.anonymous_bytes() is None
    assert made.cpu_seconds() is None
    assert made.identity() is None


@pytest.mark.parametrize(
    ("files", "membership", "kills"),
    [
        ({**V2, "a/memory.events": "low 0\noom 3\noom_kill 2\noom_group_kill 0"}, "0::/a\n", 2),
        ({**V2, "a/cpu.max": "max 100000"}, "0::/a\n", None),
        ({"memory/a/memory.oom_control": "under_oom 0\noom_kill 4"}, "5:memory:/a\n", 4),
    ],
)
def test_kills_for_want_of_memory_are_counted(
    tmp_path: Path, files: dict[str, str], membership: str, kills: int | None
) -> None:
    assert group(tmp_path, files, membership).oom_kills() == kills


@pytest.mark.parametrize(("text", "kills"), [("oom_kill 7\n", 7), ("pgfault 1\n", 0), (None, 0)])
def test_outside_of_a_container_the_machine_counts_them(
    tmp_path: Path, text: str | None, kills: int
) -> None:
    vmstat = tmp_path / "vmstat"
    if text is not None:
        vmstat.write_text(text)
    assert oom_kills(group(tmp_path, V2, "0::/\n"), vmstat) == kills
