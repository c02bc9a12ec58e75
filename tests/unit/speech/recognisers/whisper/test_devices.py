"""The choice of a device."""

from __future__ import annotations

from pathlib import Path

import pytest

from videobatch.speech.recognisers.whisper import devices
from videobatch.speech.recognisers.whisper.devices import CPU, GPU, MIB, Cuda, choose_device

WEIGHTS = 145 * MIB


class Machine:
    def __init__(self, gpus: int, free_mib: int | None = None) -> None:
        self._gpus, self._free_mib = gpus, free_mib

    def gpus(self) -> int:
        return self._gpus

    def free_bytes(self) -> int | None:
        return None if self._free_mib is None else self._free_mib * MIB


@pytest.mark.parametrize(
    ("wanted", "machine", "chosen", "said"),
    [
        ("auto", Machine(0), CPU, ""),
        ("auto", Machine(1, 8000), GPU, ""),
        ("auto", Machine(1, 300), CPU, "has 300 MB free"),
        ("auto", Machine(1, None), GPU, "is not known"),
        ("cuda", Machine(1, 8000), GPU, ""),
        ("cuda", Machine(0), CPU, "there is no GPU"),
        ("cuda", Machine(1, 300), CPU, "has 300 MB free"),
        ("cpu", Machine(1, 8000), CPU, ""),
    ],
)
def test_a_gpu_where_it_is_wanted_there_and_large_enough(
    wanted: str,
    machine: Machine,
    chosen: devices.Device,
    said: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level("INFO"):
        assert choose_device(wanted, machine, WEIGHTS) == chosen
    assert said in caplog.text
    assert bool(said) == bool(caplog.text)


def driver(folder: Path, answer: str, code: int = 0) -> Path:
    path = folder / "nvidia-smi"
    path.write_text(f'#!/bin/sh\necho "$@" > {folder}/asked\nprintf "{answer}"\nexit {code}\n')
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("answer", "code", "found"), [("7512\\n", 0, 7512 * MIB), ("[N/A]\\n", 0, None), ("", 9, None)]
)
def test_free_memory_as_the_driver_tells_it(
    answer: str,
    code: int,
    found: int | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    driver(tmp_path, answer, code)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,0")
    assert Cuda().free_bytes() == found
    assert "--id=2 --query-gpu=memory.free" in (tmp_path / "asked").read_text()


def test_without_a_driver_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Cuda().free_bytes() is None
