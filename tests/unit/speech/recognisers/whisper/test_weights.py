"""The weights: loaded once in each process, and never used in a fork."""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.support.whisper import FakeWhisper, model_folder
from videobatch.errors import SettingsError
from videobatch.records import AudioSegment
from videobatch.speech.recognisers.whisper.devices import Cuda
from videobatch.speech.recognisers.whisper.recogniser import WhisperTranscriber
from videobatch.speech.recognisers.whisper.weights import EncodedOnce, Weights, weights_of


class Gpu:
    """A GPU with as much memory as one likes."""

    def __init__(self, free_bytes: int | None = 1 << 34) -> None:
        self.free = free_bytes

    def gpus(self) -> int:
        return 1

    def free_bytes(self) -> int | None:
        return self.free


def weights(folder: Path) -> Weights:
    return Weights(folder, "cpu", 1, Cuda())


def test_they_are_loaded_once(whisper: FakeWhisper, model_dir: Path) -> None:
    found = weights(model_dir)
    assert found.get() is found.get()
    assert len(whisper.loaded) == 1


def test_whoever_hears_another_language_uses_the_same(
    whisper: FakeWhisper, model_dir: Path
) -> None:
    sound = AudioSegment(0, 0.0, np.zeros(16_000, np.int16))
    first = WhisperTranscriber(model_dir, "en", device="cpu")
    second = WhisperTranscriber(model_dir, "zh", device="cpu", chinese="traditional")
    first.transcribe(sound)
    second.transcribe(sound)
    assert len(whisper.loaded) == 1
    assert weights_of(model_dir, "cpu", 2) is not weights_of(model_dir, "cpu", 1)


def in_a_fork(work: Callable[[], str]) -> str:
    """The answer of a forked child."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, work().encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        answer = told.read()
    os.waitpid(child, 0)
    return answer


def test_a_forked_child_loads_its_own_and_frees_nothing(
    whisper: FakeWhisper, model_dir: Path
) -> None:
    found = weights(model_dir)
    inherited = found.get()
    voices = sys.modules["faster_whisper.vad"].get_vad_model
    voices()
    held = sys.getrefcount(inherited)

    def work() -> str:
        is_own = found.get() is not inherited
        is_kept = sys.getrefcount(inherited) >= held
        return f"{is_own} {len(whisper.loaded)} {is_kept} {voices.cache_info().currsize}"

    # A lock that another thread holds while it forks must not hold the child up either.
    with found._lock:
        assert in_a_fork(work) == "True 2 True 0"
    assert found.get() is inherited


def test_what_was_thrown_away_is_not_held_by_the_hook(
    whisper: FakeWhisper, model_dir: Path
) -> None:
    gone = weakref.ref(weights(model_dir))
    assert gone() is None
    assert in_a_fork(lambda: "here") == "here"


def test_a_model_that_cannot_be_loaded(whisper: FakeWhisper, model_dir: Path) -> None:
    whisper.refuses = lambda options: True
    with pytest.raises(SettingsError, match="cannot be loaded") as caught:
        weights(model_dir).get()
    assert "model.bin" in caught.value.hint


def test_a_gpu_that_gives_up_leaves_it_to_the_cpu_and_says_so(
    whisper: FakeWhisper, model_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whisper.refuses = lambda options: options["device"] == "cuda"
    Weights(model_dir, "auto", 1, Gpu()).get()
    assert [each["device"] for each in whisper.loaded] == ["cuda", "cpu"]
    assert "recognised on the CPU" in caplog.text


def test_a_gpu_is_used_in_half_precision(whisper: FakeWhisper, model_dir: Path) -> None:
    Weights(model_dir, "auto", 1, Gpu()).get()
    assert [(e["device"], e["compute_type"]) for e in whisper.loaded] == [("cuda", "float16")]


def test_without_the_package_it_says_how_to_install(
    model_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(SettingsError, match="not installed") as caught:
        weights(model_dir).get()
    assert "pip install" in caught.value.hint


def test_a_missing_folder_and_an_incomplete_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no model folder"):
        weights(tmp_path / "none")
    with pytest.raises(SettingsError, match=r"lacks model\.bin"):
        weights(tmp_path)
    assert weights(model_folder(tmp_path)).folder == tmp_path / "small"


def test_equal_features_are_encoded_once() -> None:
    calls: list[float] = []

    def encode(features: np.ndarray) -> float:
        calls.append(float(features.sum()))
        return calls[-1]

    once = EncodedOnce(encode)
    features = np.arange(12.0).reshape(3, 4)
    other_end = features.copy()
    other_end[:, -1] = 0
    assert once(features) == once(features.copy()) == once(other_end) == 66.0
    assert once(features * 2) == 132.0
    assert once(features[:, :2]) == features[:, :2].sum()
    assert len(calls) == 3
