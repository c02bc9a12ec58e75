"""`videobatch models`: what it lists, fetches and removes, and its words where it cannot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner, Result

from cli.models.command import models
from cli.models.schema import GotOut, ModelsOut, RemovedOut
from cli.models.showing import shown
from tests.support.hub import Hub, serving
from tests.support.models import MODEL, TOTAL_BYTES, know, lay_out

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command, where the packages cannot be had."""
    know(monkeypatch)
    monkeypatch.setattr("videobatch.speech.models.sources.packages.PackageSource.has", _never)
    monkeypatch.setattr("videobatch.speech.models.sources.hub.FIRST_WAIT_S", 0.0)
    monkeypatch.setenv("VIDEOBATCH_SPEECH__ENGINE", "auto")
    monkeypatch.setenv("VIDEOBATCH_SPEECH__MODEL", MODEL.name)
    monkeypatch.setenv("VIDEOBATCH_SPEECH__MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")

    def invoke(*arguments: str | Path) -> Result:
        return CliRunner().invoke(models, list(map(str, arguments)))

    return invoke


def _never(*_: object) -> bool:
    return False


def answer(result: Result, form: type[BaseModel]) -> Any:
    """The answer, which has just the fields of its form."""
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert form.model_validate(told).model_dump(mode="json") == told
    return told


def test_it_is_listed_as_missing_then_fetched_then_used_then_removed(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = answer(run("list", "--json"), ModelsOut)
    assert (before["engine"], before["schema_version"]) == ("pocketsphinx", 1)
    assert "videobatch models get small.up" in before["better"]
    assert not any(model["here"] for model in before["models"])
    with serving(Hub()) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        got = answer(run("get", "--json"), GotOut)
    assert got["fetched"]
    assert got["folder"] == str(tmp_path / "models" / MODEL.name)
    assert not answer(run("get", MODEL.name, "--json"), GotOut)["fetched"]
    listed = answer(run("list", "--json"), ModelsOut)
    assert (listed["engine"], listed["model"], listed["better"]) == ("whisper", MODEL.name, "")
    (used,) = [model for model in listed["models"] if model["used"]]
    assert used == {
        "name": MODEL.name,
        "about": "made up",
        "languages": [],
        "size_bytes": TOTAL_BYTES,
        "here": True,
        "used": True,
        "folder": got["folder"],
        "repository": MODEL.repository,
        "revision": MODEL.revision,
        "problem": "",
    }
    assert answer(run("remove", MODEL.name, "--json"), RemovedOut)["removed"]
    assert not answer(run("remove", MODEL.name, "--json"), RemovedOut)["removed"]
    assert not Path(got["folder"]).exists()


def test_what_it_says_to_a_person(run: Run, tmp_path: Path) -> None:
    got = run("get", "--from", lay_out(tmp_path / "stick"))
    assert f"small.up is here: {tmp_path / 'models' / 'small.up'}" in got.stdout
    assert "here already" in run("get").stdout
    (tmp_path / "models" / "small.up" / "model.bin").write_bytes(b"?")
    listed = run("list").stdout
    assert "damaged: model.bin has 1 bytes, not 307,200; `videobatch models get" in listed
    assert "Used: pocketsphinx with model en-us" in listed
    assert "Better: " in listed
    assert run("remove", "small.up").stdout == "small.up is removed\n"


def test_where_it_cannot_be_had_it_says_why_and_what_to_do(run: Run) -> None:
    failed = run("get", "--quiet")
    assert failed.exit_code == 1
    assert "error: the speech model small.up cannot be had: http://127.0.0.1:9: " in failed.stderr
    assert "hint: `videobatch models get small.up` tries again" in failed.stderr


def test_one_that_is_not_there_is_a_wrong_call(run: Run) -> None:
    for command in ("get", "remove"):
        wrong = run(command, "huge")
        assert (wrong.exit_code, "no speech model 'huge'" in wrong.stderr) == (2, True)


def test_ctrl_c_says_that_it_goes_on(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("videobatch.speech.models.getting.get_model", interrupt)
    ended = run("get")
    assert ended.exit_code == 130
    assert "It goes on where it was: videobatch models get small.up" in ended.stderr


def test_lines_are_shown_where_there_is_no_terminal_and_none_where_it_is_quiet(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for quiet in (False, True):
        with shown("base", quiet=quiet) as progress:
            progress.say("base: from [there]")
            progress.report(1, 2)
    assert capsys.readouterr() == ("", "base: from [there]\n")
