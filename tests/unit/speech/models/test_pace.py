"""The measurement of a model's pace; the engine itself is replaced by a fake of it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from videobatch.errors import PermanentError
from videobatch.speech.models import pace


class FakeWhisper:
    n_mels = 80
    is_multilingual = True
    asked: dict[str, Any]

    def __init__(self, folder: str, **options: Any) -> None:
        assert (options["device"], options["compute_type"]) == ("cpu", "int8")
        assert (options["intra_threads"], options["inter_threads"]) == (1, 1)

    def encode(self, sound: Any) -> Any:
        assert sound.shape == (1, 80, 3000)
        return "encoded"

    def generate(self, encoded: Any, prompts: list[list[int]], **options: Any) -> None:
        FakeWhisper.asked = {"prompts": prompts, **options}


@pytest.mark.parametrize(("many", "first"), [(True, 50_258), (False, 50_257)])
def test_one_window_is_encoded_and_as_many_tokens_are_decoded(
    monkeypatch: pytest.MonkeyPatch, many: bool, first: int
) -> None:
    module = ModuleType("ctranslate2")
    module.models = SimpleNamespace(Whisper=FakeWhisper)  # type: ignore[attr-defined]
    module.StorageView = SimpleNamespace(from_array=lambda sound: sound)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ctranslate2", module)
    monkeypatch.setattr(FakeWhisper, "is_multilingual", many)
    times = iter([1.0, 3.0])
    monkeypatch.setattr("time.process_time", lambda: next(times))
    # Two seconds for thirty.
    assert pace.hour_s("folder") == 240.0
    assert FakeWhisper.asked == {
        "prompts": [[first]],
        "beam_size": 5,
        "max_length": 100,
        "suppress_tokens": [first - 1],
    }


def test_a_folder_without_a_model_is_told_in_the_engine_s_words(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match=r"it cannot be loaded: .+") as refused:
        pace.measure(tmp_path)
    assert refused.value.code == "model_broken"


def test_one_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="longer than 0"):
        pace.measure(tmp_path, limit_s=0.0)
