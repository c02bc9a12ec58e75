"""The checks of disk, memory and loopback."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.doctor import machine
from cli.doctor.check import CheckStatus
from tests.support.doctor import only
from videobatch.records import HostReading


@pytest.mark.parametrize(
    ("free_mb", "status"),
    [
        (0, CheckStatus.BAD),
        (199, CheckStatus.BAD),
        (200, CheckStatus.WARN),
        (1999, CheckStatus.WARN),
        (2000, CheckStatus.OK),
    ],
)
def test_space(tmp_path: Path, free_mb: int, status: CheckStatus) -> None:
    def free(folder: Path) -> int:
        assert folder == tmp_path
        return free_mb * machine.MB

    check = only(machine.folder("home", tmp_path / "new" / "home", "VIDEOBATCH_HOME", free))
    assert check.status is status
    assert f"to be made in {tmp_path}" in check.found
    assert ("VIDEOBATCH_HOME" in check.hint) is (status is not CheckStatus.OK)
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    check = only(machine.folder("home", tmp_path / "file" / "home", "VIDEOBATCH_HOME"))
    assert check.status is CheckStatus.BAD
    assert f"{tmp_path / 'file'} is not a folder" in check.found

    monkeypatch.setattr("os.access", lambda _path, _mode: False)
    check = only(machine.folder("home", tmp_path / "home", "VIDEOBATCH_HOME"))
    assert check.status is CheckStatus.BAD
    assert "not writable" in check.found


@pytest.mark.parametrize(
    ("limit", "used", "status", "found"),
    [
        (8000, 6000, CheckStatus.OK, "2.0 GB of 8.0 GB"),
        (8000, 7500, CheckStatus.WARN, "500 MB of 8.0 GB"),
        (512, 600, CheckStatus.WARN, "0 MB of 512 MB"),
    ],
)
def test_memory(limit: int, used: int, status: CheckStatus, found: str) -> None:
    reading = HostReading(1, 0, limit * machine.MB, used * machine.MB, 0, 0, 0, 0)
    check = only(machine.memory(lambda: reading))
    assert check.status is status
    assert found in check.found


def test_this_host_can_be_read() -> None:
    assert only(machine.memory()).status in {CheckStatus.OK, CheckStatus.WARN}
    assert only(machine.loopback()).status is CheckStatus.OK


def test_loopback_that_cannot_be_bound() -> None:
    def bind(_kept: int | None) -> int:
        raise OSError(99, "Cannot assign requested address")

    check = only(machine.loopback(bind))
    assert check.status is CheckStatus.BAD
    assert "Cannot assign" in check.found
