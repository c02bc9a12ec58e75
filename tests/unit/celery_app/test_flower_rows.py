"""Flower's rows of tasks, and its password."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from celery_app.flower_rows import KEPT_S, PASSWORD_FILE, Rows, ids_in, ids_of, password_of
from tests.support.fake_redis import fake_redis
from videobatch.records import Stage, VideoJob
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.store import Store
from videobatch.state.views import Views

NAME = "week 1/intro.mp4"


def task(args: object = "('b', 'v')") -> SimpleNamespace:
    return SimpleNamespace(args=args, kwargs="{}", uuid="b:v:1")


def test_a_task_shows_video_batch_and_stage() -> None:
    client, now_s = fake_redis(), [0.0]
    ledger = Ledger(Store(client, "vb"))
    ledger.open_batch("b", name="algebra", out_uri="file:///o", root_uri="f", provider="offline")
    job = VideoJob(NAME, "file:///v", "file:///", "file:///o/v", "summary_report", "f")
    ledger.add_videos("b", [NewVideo("v", job)])
    rows = Rows(lambda: Views(Store(client, "vb")), lambda: now_s[0])
    shown = rows.shown(task())
    assert (shown.args, shown.kwargs) == (f"{NAME} · algebra (b)", "pending")
    claim = ledger.claim("b", "v", worker="w", host="h", pid=1)
    assert claim is not None
    ledger.progress(claim, Stage.TRANSCRIBE, 3, 4)
    # For two seconds it stands as it was read.
    assert rows.shown(task()).kwargs == "pending"
    now_s[0] += KEPT_S
    assert rows.shown(task()).kwargs == "transcribe 75%, try 1"
    # Flower came later than the task.
    assert rows.shown(task(None)).kwargs == "transcribe 75%, try 1"
    unknown = rows.shown(task("('b', 'gone')"))
    assert (unknown.args, unknown.kwargs) == ("gone · b", "not in the ledger any more")


def test_without_redis_a_task_stays_as_it_is() -> None:
    with connect("redis://127.0.0.1:1/0") as nobody:
        shown = Rows(lambda: Views(Store(nobody, "vb", patience_s=0.0))).shown(task())
    assert (shown.args, shown.kwargs) == ("('b', 'v')", "{}")


@pytest.mark.parametrize(
    "args", [None, "", "('b',)", "(1, 2)", "os.system('x')", "(" * 500, "('b', 'v', 'x')", "…"]
)
def test_other_arguments_are_no_ids(args: object) -> None:
    assert ids_of(args) is None


def test_the_password_comes_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("hidden\n")
    assert password_of({PASSWORD_FILE: str(file)}) == "videobatch:hidden"
    file.write_text("\n")
    with pytest.raises(SystemExit, match="is empty"):
        password_of({PASSWORD_FILE: str(file)})
    with pytest.raises(SystemExit, match="cannot be read"):
        password_of({PASSWORD_FILE: str(tmp_path / "none")})
    with pytest.raises(SystemExit, match="behind a password only"):
        password_of({})


@pytest.mark.parametrize("task_id", [None, "", "b", "b:v", "::", "b:v:1:2", 7])
def test_another_task_id_names_no_video(task_id: object) -> None:
    assert ids_in(task_id) is None
