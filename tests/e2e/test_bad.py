"""What is no video has its own clear reason, and costs nothing else."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.support.cli import Answer, Cli
from tests.support.media import Captions, Recipe, Scenes, Sound, make_media
from tests.support.opened import watched
from tests.support.outputs import assert_whole, batch_folder, manifest_of, report_of

pytestmark = pytest.mark.real

MDAT = b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isomavc1\x00\x00\x10\x00mdat"


@contextmanager
def listening() -> Iterator[tuple[int, list[bytes]]]:
    """A loopback port, and the connections that were made to it."""
    calls: list[bytes] = []
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                calls.append(b"call")
                connection.close()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server.getsockname()[1], calls
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5.0)


def playlists(port: int, other: Path) -> dict[str, str]:
    """Lists of other files under a video's name, by file name."""
    url = f"http://127.0.0.1:{port}/x.ts"
    return {
        "hls.mp4": f"#EXTM3U\n#EXTINF:1,\n{url}\n#EXTINF:1,\n{other}\n#EXT-X-ENDLIST\n",
        "dash.mp4": f'<?xml version="1.0"?>\n<MPD><BaseURL>{url}</BaseURL></MPD>\n',
        "concat.mp4": f"ffconcat version 1.0\nfile '{other}'\nfile '{url}'\n",
        "concat.mkv": f"file '{other}'\n",
    }


@pytest.fixture(scope="module")
def bad(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> tuple[Answer, Path]:
    """The answer to a submit of everything bad, and the batch's folder."""
    top, out = tmp_path_factory.mktemp("bad"), tmp_path_factory.mktemp("bad-out")
    outside = make_media(tmp_path_factory.mktemp("outside") / "secret.mp4")
    whole = make_media(top / "whole.mp4", Recipe(seconds=8.0, scenes=Scenes(fps=10)))
    fast = Recipe(seconds=20.0, options={"movflags": "+faststart"})
    cut = make_media(top / "cut.mp4", fast).read_bytes()
    (top / "cut.mp4").write_bytes(cut[: len(cut) // 2])
    (top / "no_moov.mp4").write_bytes(MDAT + b"x" * 50_000)
    (top / "zero.mp4").touch()
    (top / "text.mp4").write_text("hello, this is no video\n")
    (top / "random.mp4").write_bytes(bytes((n * 7919 + 13) % 251 for n in range(65_536)))
    (top / "folder.mp4").mkdir()
    os.mkfifo(top / "pipe.mp4")
    (top / "dangling.mp4").symlink_to(top / "nowhere.mp4")
    (top / "leaves.mp4").symlink_to(outside)
    (top / "stays.mp4").symlink_to(whole)
    with listening() as (port, calls), watched(outside) as opened:
        for name, text in playlists(port, outside).items():
            (top / name).write_text(text)
        answer = cli("submit", top, "--out", out)
        assert not calls, "a playlist opened a connection"
        assert not opened.any(), "another file was opened"
    return answer, batch_folder(out)


REASONS = {
    "no_moov.mp4": ("no_index", "no moov"),
    "zero.mp4": ("empty", "empty"),
    "text.mp4": ("not_media", "text file"),
    "random.mp4": ("not_media", "not a video"),
    "pipe.mp4": ("not_a_file", "pipe"),
    "dangling.mp4": ("missing", "link to nothing"),
    "leaves.mp4": ("outside_folder", "outside the submitted folder"),
    "hls.mp4": ("playlist", "HLS"),
    "dash.mp4": ("playlist", "DASH"),
    "concat.mp4": ("playlist", "concat"),
    "concat.mkv": ("playlist", "concat"),
}


@pytest.mark.parametrize("name", REASONS)
def test_each_has_its_own_reason(bad: tuple[Answer, Path], name: str) -> None:
    answer, batch = bad
    code, words = REASONS[name]
    video = report_of(batch)[name]
    assert video["state"] == "failed"
    assert video["error"]["code"] == code
    assert words in video["error"]["message"]
    assert video["error"]["hint"]
    assert f"{name}: {video['error']['message']}" in answer.out
    assert not (batch / name).exists()


def test_the_rest_is_made_and_nothing_hangs_or_dies(cli: Cli, bad: tuple[Answer, Path]) -> None:
    answer, batch = bad
    assert answer.exit_code == 1, answer.said
    assert "Traceback" not in answer.said + cli.log("worker") + cli.log("controller")
    assert "died" not in cli.log("worker")
    report = report_of(batch)
    assert set(report) == {*REASONS, "whole.mp4", "cut.mp4", "stays.mp4"}
    for name in ("whole.mp4", "stays.mp4"):
        assert report[name]["state"] == "done"
        assert_whole(batch / name)


def test_a_cut_file_gives_what_there_is_and_says_how_much(bad: tuple[Answer, Path]) -> None:
    _, batch = bad
    assert_whole(batch / "cut.mp4")
    manifest = manifest_of(batch / "cut.mp4")
    assert manifest["state"] == "partial"
    assert 5 < manifest["duration_s"] < 15
    text = (batch / "cut.mp4" / "summary_report.md").read_text()
    assert "**Incomplete.** Only 00:" in text
    assert "of 00:20" in text
    assert "\npartial: true\n" in text
    assert report_of(batch)["cut.mp4"]["note"].startswith("the file stops after 00:")


HOSTILE = [
    "new\nline.mp4",
    "-rf.mp4",
    "100%s%n.mp4",
    "quo'te\"s.mp4",
    "$HOME `id`.mp4",
    "[red]mark[bold] <b>up<i> ![x](y).mp4",
    "emoji 🎬.mp4",
    "\x1b[31mred\x07.mp4",
    "a\u202eb.mp4",
    "same.mp4",
    "same.mkv",
    os.fsdecode(b"latin-\xe9.mp4"),
]
TITLE = "\x1b[2J<script>alert(1)</script> # [x](javascript:y) ==m== #tag"


def test_hostile_names_and_tags_do_no_harm(cli: Cli, tmp_path: Path) -> None:
    top, out = tmp_path / "in", tmp_path / "out"
    top.mkdir()
    model = make_media(tmp_path / "model.mp4", Recipe(title=TITLE, sound=Sound(language="eng")))
    film = make_media(
        tmp_path / "model.mkv",
        Recipe(title=TITLE, captions=Captions([(0.2, 1.8, "<i>one</i> [two](x) \x1b[1m`three`")])),
    )
    for name in HOSTILE:
        (top / name).write_bytes((film if name.endswith(".mkv") else model).read_bytes())
    answer = cli("submit", top, "--out", out)
    assert answer.exit_code == 0, answer.said
    batch = batch_folder(out)
    for name in HOSTILE:
        assert_whole(batch / name)
        text = (batch / name / "summary_report.md").read_text()
        head, _, body = text.removeprefix("---\n").partition("\n---\n")
        # The title is the first tag that could do harm: it reads as it is, and acts as nothing.
        assert yaml.safe_load(head)["title"].endswith("==m== #tag")
        assert "# \\[2J\\<script\\>" in body
        assert "[x](javascript" not in body
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
    cues = (batch / "same.mkv" / "summary_report.md").read_text()
    assert "[two](x)" not in cues
    shown = answer.said + cli("status", "--all").said + (batch / "report.md").read_text()
    assert "emoji 🎬.mp4" in shown
    assert "[red]mark[bold] <b>up<i> ![x](y).mp4" in answer.said
    assert "new\\nline.mp4" in shown
    assert not {c for c in shown if (c < " " and c != "\n") or c in "\x7f\u202e"}


def test_a_sidecar_that_leaves_the_folder_is_not_read(cli: Cli, tmp_path: Path) -> None:
    top, out = tmp_path / "in", tmp_path / "out"
    top.mkdir()
    make_media(top / "a.mp4", Recipe(sound=None))
    secret = tmp_path / "secret.srt"
    secret.write_text("1\n00:00:00,100 --> 00:00:01,000\nThe password is swordfish\n")
    (top / "a.srt").symlink_to(secret)
    with watched(secret) as opened:
        assert cli("submit", top, "--out", out).exit_code == 0
        assert not opened.any()
    assert "swordfish" not in (batch_folder(out) / "a.mp4" / "summary_report.md").read_text()
