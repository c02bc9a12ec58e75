from __future__ import annotations

from pathlib import Path

import pytest

from videobatch.telemetry import host as host_module
from videobatch.telemetry.cgroup import Cgroup
from videobatch.telemetry.host import ThisHost, core_budget, host_id, read_host, usable_cores


class Clock:
    def __init__(self) -> None:
        self.now_s = 50.0

    def __call__(self) -> float:
        return self.now_s


def limited(tmp_path: Path, *, quota: str = "max", memory: str = "max") -> Cgroup:
    files = {
        "cgroup.controllers": "cpu memory",
        "cpu.max": f"{quota} 100000",
        "memory.max": memory,
        "memory.stat": "anon 1000000\nfile 900000000",
        "cpu.stat": "usage_usec 0",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return Cgroup(tmp_path, tmp_path / "absent")


def test_a_reading_of_this_machine_is_in_its_bounds() -> None:
    reading = read_host()
    assert reading.cpu_cores >= 0.1
    assert 0.0 <= reading.cpu_fraction <= 1.0
    assert 0 < reading.memory_used_bytes < reading.memory_limit_bytes


def test_processor_use_of_a_container_is_of_its_quota(tmp_path: Path) -> None:
    clock = Clock()
    made = ThisHost(limited(tmp_path, quota="50000"), clock)
    (tmp_path / "cpu.stat").write_text("usage_usec 500000")
    clock.now_s += 2.0
    reading = made.read()
    assert reading.cpu_cores == 0.5
    # Half a second of processor time in two seconds, of half a core.
    assert reading.cpu_fraction == pytest.approx(0.5)


def test_rates_start_again_at_each_reading(tmp_path: Path) -> None:
    clock = Clock()
    made = ThisHost(limited(tmp_path, quota="100000"), clock)
    (tmp_path / "cpu.stat").write_text("usage_usec 1000000")
    clock.now_s += 1.0
    assert made.read().cpu_fraction == pytest.approx(1.0)
    clock.now_s += 1.0
    assert made.read().cpu_fraction == 0.0


def test_two_readings_at_one_moment_have_no_rate(tmp_path: Path) -> None:
    made = ThisHost(limited(tmp_path), Clock())
    assert made.read().disk_read_bytes_per_s == 0.0


def test_memory_of_a_container_leaves_the_page_cache_out(tmp_path: Path) -> None:
    reading = ThisHost(limited(tmp_path, memory=str(1 << 26))).read()
    assert (reading.memory_limit_bytes, reading.memory_used_bytes) == (1 << 26, 1_000_000)


def test_a_limit_above_the_machine_does_not_bind(tmp_path: Path) -> None:
    reading = ThisHost(limited(tmp_path, memory=str(1 << 59))).read()
    assert reading.memory_limit_bytes < 1 << 59


def test_a_quota_above_the_machine_does_not_bind(tmp_path: Path) -> None:
    assert ThisHost(limited(tmp_path, quota="100000000")).read().cpu_cores == usable_cores()


@pytest.mark.parametrize(("quota", "cores"), [("max", float(usable_cores())), ("25000", 0.25)])
def test_core_budget_is_the_quota_or_the_processors(
    tmp_path: Path, quota: str, cores: float
) -> None:
    assert core_budget(limited(tmp_path, quota=quota)) == cores


def test_name_of_the_host_is_stable_and_changes_with_a_boot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert host_id() == host_id()
    before = host_id()
    boot = tmp_path / "boot_id"
    boot.write_text("another boot")
    monkeypatch.setattr(host_module, "BOOT_ID", boot)
    assert host_id() != before
    monkeypatch.setattr(host_module, "BOOT_ID", tmp_path / "absent")
    assert host_id().startswith("host-")
