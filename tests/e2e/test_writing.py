"""Documents that a language model writes, from submit to file, against a server that counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_paid import KEYS, environment, submit
from tests.support.api_server import ApiServer
from tests.support.cli import stack
from tests.support.media import Recipe, Scenes, Sound, make_media
from tests.support.outputs import assert_whole, batch_folder

pytestmark = pytest.mark.real

WRITER = {"VIDEOBATCH_API__WRITER": "gpt-4o-mini"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ApiServer]:
    with ApiServer(tmp_path / "api", keys=KEYS, requests_per_min=6000) as made:
        yield made


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """A recording with sound and pictures."""
    folder = tmp_path / "videos"
    folder.mkdir()
    scenes = Scenes(changes_s=(6.0, 12.0, 18.0))
    sound = Sound(voiced=((0.5, 5.0), (7.0, 22.0)))
    return make_media(folder / "lecture.mp4", Recipe(24.0, scenes, sound))


def served(server: ApiServer) -> dict[str, int]:
    counts = server.counts()
    return {path.rpartition("/")[2]: tally.served for path, tally in counts.endpoints.items()}


def test_a_lesson_is_written_with_pictures_and_paid_for_once(
    video: Path, server: ApiServer, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    lesson = ("--yes", "--template", "comprehensive_lesson")
    with stack(tmp_path / "home", **environment(server, **WRITER)) as cli:
        made = submit(cli, video.parent, out, *lesson)
        assert made.exit_code == 0, made.said
        assert "whisper-1 and gpt-4o-mini: 1 video" in made.err
        folder = batch_folder(out) / "lecture.mp4"
        assert_whole(folder, "comprehensive_lesson")
        text = (folder / "comprehensive_lesson.md").read_text()
        assert "Written by the language model openai gpt-4o-mini" in text
        assert "writer: openai gpt-4o-mini" in text
        assert "## Objectives" in text
        assert served(server) == {"transcriptions": 1, "completions": 1}
        # A picture counts 85 tokens here: without any the question would be far shorter.
        assert server.counts().spent["tokens"] > 85 * len(list((folder / "keyframes").iterdir()))
        again = submit(cli, video.parent, out, *lesson, "--force")
        assert again.exit_code == 0, again.said
        assert server.counts().paid_again == 0
        assert served(server) == {"transcriptions": 1, "completions": 1}


def test_an_answer_of_no_use_costs_no_document(
    video: Path, server: ApiServer, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    server.change(invalid_answers=2)
    with stack(tmp_path / "home", **environment(server, **WRITER)) as cli:
        made = submit(cli, video.parent, out, "--yes")
        assert made.exit_code == 0, made.said
        text = (batch_folder(out) / "lecture.mp4" / "summary_report.md").read_text()
    assert "gave no usable answer" in text
    assert "writer:" not in text
    assert "## Overview" in text
    assert served(server) == {"transcriptions": 1, "completions": 2}


def test_what_nobody_said_is_asked_for_once_more_then_marked_and_told(
    video: Path, server: ApiServer, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    quote = "nobody has ever said these words in any video at all"
    point = {"at": 1, "quote": quote, "text": "The engine was built by Galileo."}
    content = {
        "overview": [point],
        "key_points": [point],
        "chapters": [{"at": 0, "title": "All", "points": []}],
    }
    again = {"contains": "Statements:", "content": {"statements": []}}
    server.change(canned=[{"contains": "Parts:", "content": content}, again])
    with stack(tmp_path / "home", **environment(server, **WRITER)) as cli:
        made = submit(cli, video.parent, out, "--yes")
        assert made.exit_code == 0, made.said
        folder = batch_folder(out) / "lecture.mp4"
        text = (folder / "summary_report.md").read_text()
        assert text.count("(*not found in the video*)") == 2
        assert "statements_found: 0.0" in text
        assert served(server) == {"transcriptions": 1, "completions": 2}
        manifest = json.loads((folder / "manifest.json").read_text())
        assert manifest["checked"] == {"statements": 2, "found": 0}
        assert [remark["code"] for remark in manifest["remarks"]] == ["not_found"]
        report = json.loads((batch_folder(out) / "report.json").read_text())
        assert report["totals"]["statements"] == {"checked": 2, "found": 0, "share": 0.0}
        (batch,) = cli("status", "--json").json["batches"]
        assert (batch["statements_checked"], batch["statements_found"]) == (2, 0)
        forced = submit(cli, video.parent, out, "--yes", "--force")
        assert forced.exit_code == 0, forced.said
        assert served(server) == {"transcriptions": 1, "completions": 2}


def test_no_one_writes_where_none_is_wanted(video: Path, server: ApiServer, tmp_path: Path) -> None:
    out = tmp_path / "out"
    nobody = {"VIDEOBATCH_API__WRITER": "none"}
    with stack(tmp_path / "home", **environment(server, **nobody)) as cli:
        made = submit(cli, video.parent, out, "--yes")
        assert made.exit_code == 0, made.said
    assert served(server) == {"transcriptions": 1}
