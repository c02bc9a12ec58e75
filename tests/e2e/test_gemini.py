"""The provider gemini, from submit to document, against a server that counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.api_server import ApiServer
from tests.support.cli import stack
from tests.support.media import Recipe, Scenes, Sound, make_media
from tests.support.outputs import assert_whole, batch_folder, manifest_of

pytestmark = pytest.mark.real

KEY = "AIza-test-0123456789abcdef"
SECONDS = 24.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ApiServer]:
    with ApiServer(tmp_path / "api", keys=(KEY,), duration_s=SECONDS) as made:
        yield made


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    scenes = Scenes(changes_s=(6.0, 12.0, 18.0))
    make_media(folder / "lecture.mp4", Recipe(SECONDS, scenes, Sound(voiced=((0.5, 22.0),))))
    return folder


def variables_of(server: ApiServer, media: str) -> dict[str, str]:
    return {
        "GEMINI_API_KEY": KEY,
        "GEMINI_BASE_URL": server.url.removesuffix("/v1"),
        "VIDEOBATCH_API__MEDIA": media,
        "VIDEOBATCH_API__WRITER": "gemini-3.5-flash-lite",
        "VIDEOBATCH_BUDGET__MONEY_DAY": "1",
    }


def test_a_video_that_cannot_be_taken_whole_is_heard_and_says_so(
    videos: Path, server: ApiServer, tmp_path: Path
) -> None:
    server.change(upload_states=["FAILED"] * 9)
    out = tmp_path / "out"
    with stack(tmp_path / "home", **variables_of(server, "video")) as cli:
        made = cli("submit", videos, "--out", out, "--provider", "gemini", "--yes")
        assert made.exit_code == 0, made.said
    folder = batch_folder(out) / "lecture.mp4"
    assert_whole(folder)
    assert "only the sound was heard" in (folder / "summary_report.md").read_text()
    (remark,) = manifest_of(folder)["remarks"]
    assert remark["code"] == "video_not_taken"
    told = server.counts()
    assert (told.files["finished"], told.files["kept"], told.paid_again) == (2, 0, 0)


@pytest.mark.parametrize(("media", "uploads"), [("audio", 0), ("video", 1)])
def test_a_video_becomes_a_lesson(
    videos: Path, server: ApiServer, tmp_path: Path, media: str, uploads: int
) -> None:
    out = tmp_path / "out"
    variables = variables_of(server, media)
    wanted = ("--provider", "gemini", "--template", "comprehensive_lesson", "--yes")
    with stack(tmp_path / "home", **variables) as cli:
        made = cli("submit", videos, "--out", out, *wanted)
        assert made.exit_code == 0, made.said
        folder = batch_folder(out) / "lecture.mp4"
        assert_whole(folder, "comprehensive_lesson")
        again = cli("submit", videos, "--out", out, *wanted, "--force")
        assert again.exit_code == 0, again.said
        counts = server.counts()
        said = cli("costs").out + cli.log("worker")
    text = (folder / "comprehensive_lesson.md").read_text()
    assert "transcript: gemini gemini-3.5-flash-lite" in text
    assert "writer: gemini gemini-3.5-flash-lite" in text
    assert (counts.served, counts.paid_again) == (2, 0)
    assert (counts.files["finished"], counts.files["kept"]) == (uploads, 0)
    assert manifest_of(folder)["cost_usd"] > 0
    assert KEY not in said
