"""Answers that are none, of no use, or refused: what they cost, and where they are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_paid import KEYS, environment, submit
from tests.support.api_server import ApiServer
from tests.support.cli import Cli, stack
from tests.support.media import Recipe, Scenes, Sound, make_media
from tests.support.outputs import batch_folder

pytestmark = pytest.mark.real

HEARS, WRITES = "audio/transcriptions", "chat/completions"
FILTERED = {"choices": [{"message": {"content": ""}, "finish_reason": "content_filter"}]}
PAGE = "<!doctype html><html><head><title>Sign in to the proxy</title></head></html>"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    folder = tmp_path_factory.mktemp("api")
    with ApiServer(folder / "api", keys=KEYS, requests_per_min=6000) as made:
        yield made


@pytest.fixture(scope="module")
def cli(server: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    more = {"VIDEOBATCH_API__WRITER": "gpt-4o-mini", "VIDEOBATCH_RETRY__BASE_S": "0.1"}
    with stack(tmp_path_factory.mktemp("home"), **environment(server, **more)) as made:
        yield made


def _video(folder: Path, seed: float) -> Path:
    folder.mkdir(exist_ok=True)
    sound = Sound(voiced=((0.5, 5.0 + seed), (7.0 + seed, 12.0)))
    return make_media(folder / f"talk-{seed:g}.mp4", Recipe(14.0, Scenes(), sound))


def _script(server: ApiServer, path: str, body: Any, **more: Any) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    server.change(scripted=[{"path": path, "body": text, **more}])
    server.reset()


def _served(server: ApiServer, path: str) -> int:
    tally = server.counts().endpoints.get(f"/v1/{path}")
    return tally.served if tally else 0


def test_an_empty_answer_is_not_served_again(cli: Cli, server: ApiServer, tmp_path: Path) -> None:
    video, out = _video(tmp_path / "videos", 0.1), tmp_path / "out"
    _script(server, HEARS, {"text": "", "segments": []}, times=1)
    empty = submit(cli, video.parent, out, "--yes", "--json")
    assert empty.exit_code == 0, empty.said
    transcript = batch_folder(out) / video.name / "transcript.json"
    assert json.loads(transcript.read_text())["utterances"] == []
    (told,) = [s for s in cli("costs", "--json").json["spent"] if video.name in s["what"]]
    assert "empty" in told["why"]
    again = submit(cli, video.parent, out, "--yes", "--force", "--json")
    assert again.exit_code == 0, again.said
    assert json.loads(transcript.read_text())["utterances"]
    assert _served(server, HEARS) == 2


def test_a_writer_that_refuses_is_told_everywhere(
    cli: Cli, server: ApiServer, tmp_path: Path
) -> None:
    folder, out = tmp_path / "videos", tmp_path / "out"
    for number in range(2):
        _video(folder, 0.2 + number / 10)
    _script(server, WRITES, FILTERED)
    made = submit(cli, folder, out, "--yes")
    assert made.exit_code == 0, made.said
    assert "2 made without the language model (2 refusal)" in made.said
    found = cli("status", "--json").json
    (batch,) = [b for b in found["batches"] if str(out) in b["out"]]
    assert batch["unwritten"] == {"refusal": 2}
    assert [a["code"] for a in found["alerts"] if batch["batch"] in a["message"]] == ["unwritten"]
    report = json.loads((batch_folder(out) / "report.json").read_text())
    codes = [r["code"] for video in report["videos"] for r in video["remarks"]]
    assert codes.count("writer_unusable") == 2
    # Paid for, and of no use: the next wish asks anew.
    server.change(scripted=[])
    again = submit(cli, folder, out, "--yes", "--force")
    assert again.exit_code == 0, again.said
    assert "without the language model" not in again.said
    found = cli("status", "--json").json
    (batch,) = [b for b in found["batches"] if str(out) in b["out"]]
    assert batch["unwritten"] == {}


def test_a_page_of_a_proxy_costs_the_words_of_the_model_and_no_document(
    cli: Cli, server: ApiServer, tmp_path: Path
) -> None:
    video, out = _video(tmp_path / "videos", 0.7), tmp_path / "out"
    _script(server, WRITES, PAGE, kind="text/html")
    made = submit(cli, video.parent, out, "--yes")
    assert made.exit_code == 0, made.said
    text = (batch_folder(out) / video.name / "summary_report.md").read_text()
    assert "## Overview" in text
    manifest = json.loads((batch_folder(out) / video.name / "manifest.json").read_text())
    assert "Sign in to the proxy" in manifest["remarks"][0]["message"]
    assert _served(server, HEARS) == 1


def test_a_stretch_that_is_rejected_for_what_is_said_fails_sound_alone_with_the_servers_words(
    cli: Cli, server: ApiServer, tmp_path: Path
) -> None:
    folder, out = tmp_path / "videos", tmp_path / "out"
    folder.mkdir()
    make_media(folder / "song.wav", Recipe(14.0, None, Sound(voiced=((0.3, 12.9),))))
    video = _video(folder, 0.9)
    error = {"error": {"code": "content_filter", "message": "The audio was filtered by policy 7"}}
    _script(server, HEARS, error, status=400)
    made = submit(cli, folder, out, "--yes")
    assert made.exit_code == 1, made.said
    assert "filtered by policy 7" in made.said
    report = json.loads((batch_folder(out) / "report.json").read_text())
    states = {each["path"]: each["state"] for each in report["videos"]}
    assert states == {"song.wav": "failed", video.name: "partial"}
    transcript = json.loads((batch_folder(out) / video.name / "transcript.json").read_text())
    assert "filtered by policy 7" in transcript["gaps"][0]["why"]
