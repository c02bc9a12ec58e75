"""Usage: wrong calls cost nothing, make hands over any name, watching can end and begin again."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from cli.shared.schema import StatusOut, SubmitOut
from tests.support.cli import Cli, stack
from tests.support.media import Recipe, Sound, make_media
from tests.support.outputs import assert_whole, batch_folder
from tests.support.speech import synthesise, write_wav
from tests.support.waiting import wait_for
from videobatch.records import VideoState
from videobatch.state.views import VideoView

pytestmark = [
    pytest.mark.real,
    pytest.mark.runs("cli.submit.command", "cli.watch.status", "cli.main"),
]

SOON_S, END_S = 300.0, 900.0
SRT = "1\n00:00:00,200 --> 00:00:01,500\n植物用光制造糖。\n"
TEMPLATE = """\
name: two_lines
title: Two lines
description: Title and pictures
sections:
  - {id: stills, title: Pictures, kind: keyframes, options: {only_without_speech: false}}
body: |
  # {{ title }}
  {{ section.stills.text }}
"""


def test_wrong_calls_start_nothing_and_say_what_to_do(tmp_path: Path) -> None:
    videos, empty = tmp_path / "videos", tmp_path / "empty"
    videos.mkdir()
    empty.mkdir()
    make_media(videos / "a.mp4")
    broken = tmp_path / "templates"
    broken.mkdir()
    (broken / "mine.yaml").write_text("name: mine\ntitle: [")
    cli = Cli(tmp_path / "home")
    other = Cli(tmp_path / "home", {"VIDEOBATCH_TEMPLATES_DIR": str(broken)})
    calls = {
        ("submit",): "nothing to submit",
        ("submit", str(tmp_path / "nowhere")): "there is no",
        ("submit", str(empty)): "no videos in",
        ("submit", str(videos), "--template", "poem"): "no template 'poem'",
        ("submit", str(videos), "--set", "key_points=0"): "at least 1",
        ("submit", str(videos), "--set", "color=red"): "no parameter 'color'",
        ("submit", str(videos), "--template", "chinese_transcript"): "needs Chinese speech",
        ("status",): "does not run",
        ("watch",): "does not run",
    }
    for call, words in calls.items():
        answer = cli(*call)
        assert (answer.exit_code, answer.out) == (2, ""), answer.said
        assert answer.err.startswith("error: ")
        assert "hint: " in answer.err
        assert words in answer.err
    assert "mine.yaml:" in other("submit", videos).err
    wrong = Cli(tmp_path / "home", {"VIDEOBATCH_FRAMES__MAX_COUNT": "many"})("submit", videos)
    assert wrong.exit_code == 2
    assert "VIDEOBATCH_FRAMES__MAX_COUNT" in wrong.err
    assert not (tmp_path / "home").exists()


def test_chinese_subtitles_need_no_recogniser(cli: Cli, tmp_path: Path) -> None:
    videos, out = tmp_path / "videos", tmp_path / "out"
    videos.mkdir()
    make_media(videos / "a.mp4")
    make_media(videos / "b.mp4")
    (videos / "a.zh.srt").write_text(SRT)
    answer = cli("submit", videos, "--template", "chinese_transcript", "--out", out)
    assert answer.exit_code == 1, answer.said
    assert "b.mp4: template chinese_transcript needs Chinese speech" in answer.out
    folder = batch_folder(out) / "a.mp4"
    assert_whole(folder, "chinese_transcript")
    assert "植物用光制造糖" in (folder / "chinese_transcript.md").read_text()


def test_all_templates_share_a_video_s_folder(cli: Cli, tmp_path: Path) -> None:
    make_media(tmp_path / "a.mp4", Recipe())
    for name in ("summary_report", "comprehensive_lesson"):
        answer = cli("submit", tmp_path / "a.mp4", "-t", name, "--out", tmp_path / "out")
        assert answer.exit_code == 0, answer.said
    folder = batch_folder(tmp_path / "out") / "a.mp4"
    assert {path.name for path in folder.glob("*.md")} == {
        "summary_report.md",
        "comprehensive_lesson.md",
    }
    again = cli("submit", tmp_path / "a.mp4", "-t", "summary_report", "--out", tmp_path / "out")
    assert "1 done already" in again.out


def test_a_template_of_one_s_own(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "two_lines.yaml").write_text(TEMPLATE)
    make_media(tmp_path / "a.mp4", Recipe(title="Film"))
    with stack(tmp_path / "home", VIDEOBATCH_TEMPLATES_DIR=str(templates)) as cli:
        answer = cli("submit", tmp_path / "a.mp4", "-t", "two_lines", "--out", tmp_path / "out")
        assert answer.exit_code == 0, answer.said
    text = (batch_folder(tmp_path / "out") / "a.mp4" / "two_lines.md").read_text()
    assert "# Film\n" in text
    assert "](keyframes/00h00m0" in text


def test_make_hands_over_any_folder_name(cli: Cli, tmp_path: Path) -> None:
    videos = tmp_path / "a 'quoted' \"name\" with $HOME $(id) 100%"
    videos.mkdir()
    make_media(videos / "a.mp4")
    (videos / "zero.mp4").touch()
    out = tmp_path / "the $OUT folder"
    # As in a fresh shell, though a make may run these tests.
    variables = {"MAKEFLAGS": "", "MAKELEVEL": ""}
    call = ["make", "submit", f"DIR={videos}", f"OUT={out}", "ARGS=--set 'key_points=3' --json"]
    make = shutil.which("make")
    assert make is not None
    answer = cli.run([make, *call[1:]], more=variables)
    assert answer.exit_code == 2, answer.said
    found = SubmitOut.model_validate_json(answer.out)
    assert found.exit_code == 1
    assert found.status is not None
    states = {video.path: video.state for video in found.status.videos}
    assert states == {"a.mp4": "done", "zero.mp4": "failed"}
    assert_whole(batch_folder(out) / "a.mp4")
    nothing = cli.run([make, "submit"], more=variables)
    assert nothing.exit_code == 2
    assert "make submit DIR=path" in nothing.err


def test_ctrl_c_ends_the_watching_and_the_batch_goes_on(cli: Cli, tmp_path: Path) -> None:
    videos, out = tmp_path / "videos", tmp_path / "out"
    videos.mkdir()
    # Longer than it takes to press Ctrl-C.
    speech = synthesise("the bird can see the river from the tree in the morning. " * 6)
    for number in range(4):
        write_wav(videos / f"{number}.wav", speech)
    run = cli.start(tmp_path / "submit.log", "submit", videos, "--out", out)
    run.wait_for_line("batch videos-", SOON_S)
    run.signal(signal.SIGINT)
    run.wait_for(lambda: not run.is_alive(), SOON_S, "it ends")
    assert run.returncode == 130, run.tail()
    assert "The batch goes on. `videobatch watch videos-" in run.log()
    assert "Traceback" not in run.log()
    watched = cli("watch", batch_folder(out).name, "--json", timeout_s=END_S)
    assert watched.exit_code == 0, watched.said
    assert len(list(out.rglob("summary_report.md"))) == 4


def test_status_follows_its_schema(cli: Cli, tmp_path: Path) -> None:
    make_media(tmp_path / "a.mp4")
    detached = cli("submit", tmp_path / "a.mp4", "--out", tmp_path / "out", "--detach", "--json")
    assert detached.exit_code == 0, detached.said
    batch = SubmitOut.model_validate_json(detached.out).batch
    assert cli("watch", batch).exit_code == 0
    found = StatusOut.model_validate_json(cli("status", batch, "--json").out)
    (only,) = found.batches
    assert (only.batch, only.state, only.counts) == (batch, "finished", {"done": 1})
    (video,) = only.videos
    assert (video.path, video.state, video.progress) == ("a.mp4", "done", 1.0)
    assert video.document is not None
    assert Path(video.document).is_file()
    everything = StatusOut.model_validate_json(cli("status", "--json").out)
    assert [b.batch for b in everything.batches if b.videos] == [batch]
    assert cli("status", "no-such-batch").exit_code == 2


def test_two_commands_at_once_share_the_stack(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        make_media(tmp_path / name / "x.mp4")
    with stack(tmp_path / "home") as cli:
        runs = [
            cli.start(tmp_path / f"{n}.log", "submit", tmp_path / n, "--out", tmp_path / "out")
            for n in "ab"
        ]
        wait_for(lambda: not any(each.is_alive() for each in runs), SOON_S, "both end")
        for run in runs:
            assert run.returncode == 0, run.tail()
    assert len(list((tmp_path / "out").rglob("summary_report.md"))) == 2


def test_a_worker_s_child_that_is_killed_costs_one_try(tmp_path: Path) -> None:
    videos, out = tmp_path / "videos", tmp_path / "out"
    videos.mkdir()
    # Longer than it takes to end the child that makes it.
    make_media(videos / "long.mp4", Recipe(seconds=150.0, sound=Sound()))
    with stack(tmp_path / "home") as cli:
        run = cli.start(tmp_path / "submit.log", "submit", videos, "--out", out)
        run.wait_for_line("batch videos-", SOON_S)
        batch = batch_folder(out).name

        seen: list[VideoView] = []

        def is_running() -> bool:
            with cli.views() as views:
                seen[:] = views.all_videos(batch)
            return seen[0].state is VideoState.RUNNING

        run.wait_for(is_running, SOON_S, "it runs")
        (video,) = seen
        os.kill(cli.child_of(batch, video.video_id), signal.SIGKILL)
        run.wait_for(lambda: not run.is_alive(), END_S, "it ends")
        assert run.returncode == 0, run.tail() + cli.log("worker")
        ended = json.loads(cli("status", "--json").out)["batches"][0]["videos"][0]
    assert ended["attempts"] == 2
    assert_whole(batch_folder(out) / "long.mp4")
