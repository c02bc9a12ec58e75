"""The engine that a submit gets, and the transcriber that a worker makes of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from config.settings import PROJECT_ROOT
from tests.support.models import MODEL, know, lay_out
from videobatch.errors import SettingsError
from videobatch.speech import engines
from videobatch.speech.engines import SpeechOptions, choose_engine, make_transcriber
from videobatch.speech.recognisers.pocketsphinx import PocketsphinxTranscriber


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SpeechOptions:
    """A store for which the catalogue has the made-up model too; faster-whisper counts as there."""
    know(monkeypatch)
    monkeypatch.setattr(engines, "find_spec", lambda _: object())
    return SpeechOptions(tmp_path / "models")


def test_auto_is_whisper_where_the_model_is_here(options: SpeechOptions) -> None:
    lay_out(options.models_dir / MODEL.name)
    found = choose_engine("auto", MODEL.name, options)
    assert (found.name, found.model, found.better) == ("whisper", MODEL.name, "")
    assert str(options.models_dir) in found.why


@pytest.mark.parametrize("lacks", ["model", "whole model", "package"])
def test_auto_is_pocketsphinx_where_something_lacks_and_says_how_to_get_better(
    options: SpeechOptions, monkeypatch: pytest.MonkeyPatch, lacks: str
) -> None:
    if lacks != "model":
        folder = lay_out(options.models_dir / MODEL.name)
        (folder / "model.bin").write_bytes(b"?" if lacks == "whole model" else b"")
    if lacks == "package":
        lay_out(options.models_dir / MODEL.name)
        monkeypatch.setattr(engines, "find_spec", lambda _: None)
    found = choose_engine("auto", MODEL.name, options)
    assert (found.name, found.model) == ("pocketsphinx", PocketsphinxTranscriber.model)
    why = {
        "model": f"is not in {options.models_dir}",
        "whole model": "is damaged: model.bin has 1 bytes",
        "package": "faster-whisper is not installed",
    }
    assert why[lacks] in found.why
    assert ("pip install" if lacks == "package" else "videobatch models get") in found.better
    with pytest.raises(SettingsError):
        choose_engine("whisper", MODEL.name, options)


def test_pocketsphinx_is_taken_where_it_is_set(options: SpeechOptions) -> None:
    lay_out(options.models_dir / MODEL.name)
    found = choose_engine("pocketsphinx", MODEL.name, options)
    assert (found.name, found.why, found.better) == ("pocketsphinx", "it is set", "")


def test_a_folder_of_ones_own_comes_before_the_store(
    options: SpeechOptions, tmp_path: Path
) -> None:
    own = SpeechOptions(options.models_dir, lay_out(tmp_path / "mine"))
    found = choose_engine("auto", MODEL.name, own)
    assert (found.name, found.model) == ("whisper", "mine")
    assert make_transcriber("whisper", model="mine", options=own).model == "mine"
    # A batch of another model is still served, where the store has it.
    lay_out(options.models_dir / MODEL.name)
    assert make_transcriber("whisper", model=MODEL.name, options=own).model == MODEL.name


def test_a_folder_of_ones_own_without_a_model_is_an_error_for_auto_too(
    options: SpeechOptions, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match="no model folder"):
        choose_engine("auto", "base", SpeechOptions(options.models_dir, tmp_path / "none"))


@pytest.mark.parametrize(
    ("model", "hint"),
    [("base", "videobatch models get base"), ("mine", "VIDEOBATCH_SPEECH__MODEL_DIR")],
)
def test_a_worker_without_the_model_of_the_batch_says_how_to_get_it(
    options: SpeechOptions, model: str, hint: str
) -> None:
    with pytest.raises(SettingsError, match=f"speech model {model}") as refused:
        make_transcriber("whisper", model=model, options=options)
    assert hint in refused.value.hint


def test_names_that_are_unknown(options: SpeechOptions) -> None:
    for make in (
        lambda: choose_engine("siri", "base", options),
        lambda: make_transcriber("siri", options=options),
        # It is decided at submit.
        lambda: make_transcriber("auto", options=options),
    ):
        with pytest.raises(SettingsError, match="no speech engine"):
            make()
    for engine in ("auto", "whisper"):
        with pytest.raises(SettingsError, match="no speech model 'huge'"):
            choose_engine(engine, "huge", options)


def test_no_command_and_no_worker_loads_the_recogniser_by_its_imports() -> None:
    """It would take seconds at each start, and a model that was loaded before a fork hangs after
    it."""
    code = (
        "import sys, importlib, cli.main as m, tasks.composition, celery_app.main\n"
        "m.make_app(())\n"
        "import tasks.desk.transcribers, cli.doctor.documents, videobatch.speech.engines\n"
        "heavy = {'faster_whisper', 'ctranslate2', 'onnxruntime', 'tokenizers', 'pocketsphinx'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    environment = {"PATH": "/usr/bin:/bin", "VIDEOBATCH_REDIS_URL": "redis://127.0.0.1:9/0"}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT_ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
