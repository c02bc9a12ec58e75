from __future__ import annotations

import sys
from pathlib import Path

import pytest

from videobatch.telemetry import peak
from videobatch.telemetry.peak import PeakMemory

MB = 1 << 20


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a stretch's peak")
def test_the_peak_is_that_of_the_stretch_and_not_of_the_life() -> None:
    memory = PeakMemory()
    held = bytearray(200 * MB)
    del held
    memory.begin()
    small = memory.bytes()
    held = bytearray(64 * MB)
    held[::4096] = b"x" * len(held[::4096])
    large = memory.bytes()
    assert small is not None
    assert large is not None
    assert small < 150 * MB
    assert 60 * MB < large - small < 100 * MB


def test_where_nothing_is_told_nothing_is_known(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(peak, "STATUS", tmp_path / "none")
    monkeypatch.setattr(peak, "CLEAR_REFS", tmp_path / "no" / "file")
    memory = PeakMemory()
    memory.begin()
    assert memory.bytes() is None
