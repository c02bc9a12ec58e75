"""Documents that a language model writes, from submit to file, against a server that counts."""

from __future__ import annotations

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


def test_no_one_writes_where_none_is_wanted(video: Path, server: ApiServer, tmp_path: Path) -> None:
    out = tmp_path / "out"
    nobody = {"VIDEOBATCH_API__WRITER": "none"}
    with stack(tmp_path / "home", **environment(server, **nobody)) as cli:
        made = submit(cli, video.parent, out, "--yes")
        assert made.exit_code == 0, made.said
    assert served(server) == {"transcriptions": 1}
