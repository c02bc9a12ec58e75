"""Reports of batches that ended: what they say, and when they are written."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.fake_redis import fake_redis
from tests.support.keys import KEYS
from tests.support.looks import BROKEN, NOW_S, batch, running, video
from tests.support.reports import Reported, revision_of, states
from videobatch.errors import LedgerError
from videobatch.media.files.folders import Folder, open_folder
from videobatch.paths import to_uri
from videobatch.pipeline.outputs import report_files as reporting
from videobatch.pipeline.outputs.report_files import batch_report, write_report
from videobatch.records import VideoJob, VideoResult, VideoState
from videobatch.state.ledger import Ledger
from videobatch.state.views import Views

SOON_S = 300.0
DONE, PARTIAL, FAILED = VideoState.DONE, VideoState.PARTIAL, VideoState.FAILED


# What a report says.


def test_a_batch_that_is_over() -> None:
    videos = [
        video("a.mp4", DONE, finished_s=NOW_S - 5),
        video("b.mp4", FAILED, finished_s=NOW_S - 2),
    ]
    report = batch_report(batch({"done": 1, "failed": 1}), videos)
    assert (report.batch_id, report.name, report.state) == ("lectures-1", "lectures", "finished")
    assert (report.created_at_s, report.finished_at_s) == (NOW_S - 1000, NOW_S - 2)
    made, failed = report.videos
    assert (made.name, made.state, made.document) == ("a.mp4", DONE, "a.mp4/notes.md")
    assert (made.duration_s, made.elapsed_s, made.words, made.keyframes) == (300.0, 40.0, 10, 2)
    assert made.error is None
    assert (failed.error, failed.document, failed.words) == (BROKEN, None, None)


def test_a_batch_that_goes_on() -> None:
    report = batch_report(
        batch({"done": 1, "running": 1}), [video("a.mp4", DONE), running("b.mp4")]
    )
    assert (report.state, report.finished_at_s) == ("open", None)
    assert [each.state for each in report.videos] == [DONE, VideoState.RUNNING]


def test_a_batch_without_ends() -> None:
    report = batch_report(batch({}), [])
    assert (report.state, report.finished_at_s) == ("finished", NOW_S - 1000)


def test_a_made_video_tells_no_error_of_an_earlier_try() -> None:
    result = VideoResult(PARTIAL, 9.0, 1.0, 1, 1, "", "the file stops early")
    (only,) = batch_report(
        batch({"partial": 1}), [video("a.mp4", PARTIAL, result=result, error=BROKEN)]
    ).videos
    assert (only.note, only.error, only.attempts) == ("the file stops early", None, 1)


def test_documents_of_odd_names_are_found() -> None:
    name = os.fsdecode(b"week 1/latin-\xe9 100%.mp4")
    job = VideoJob("x", "file:///in", "file:///", to_uri(f"/out/{name}"), "notes", "f")
    (only,) = batch_report(batch({"done": 1}), [video("x", DONE, job=job)]).videos
    assert only.document == f"{name}/notes.md"


# When it is written.


@pytest.fixture
def world(tmp_path: Path) -> Reported:
    return Reported(fake_redis(), tmp_path)


def test_all_that_are_due_are_written_once(world: Reported) -> None:
    folders = [world.over("b1"), world.over("b2", videos=3)]
    world.write()
    assert [states(folder) for folder in folders] == [["done"], ["done"] * 3]
    assert world.due() == set()
    (folders[0] / "report.json").unlink()
    world.write()
    assert not (folders[0] / "report.json").exists()


def test_one_that_cannot_be_written_stays_due_and_stops_no_other(
    world: Reported, caplog: pytest.LogCaptureFixture
) -> None:
    for batch_id in ("b1", "b2", "b3"):
        world.over(batch_id)
    (world.top / "b2").write_text("a file where the folder should be")
    world.write()
    assert world.due() == {"b2"}
    assert "the report of b2 is not written" in caplog.text
    assert states(world.top / "b1") == states(world.top / "b3") == ["done"]
    (world.top / "b2").unlink()
    world.write()
    assert world.due() == set()
    assert states(world.top / "b2") == ["done"]


def test_a_batch_that_ends_again_meanwhile_stays_due(
    world: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.over("b1")

    def meanwhile(ledger: Ledger, views: Views, batch_id: str) -> Path | None:
        path = write_report(ledger, views, batch_id)
        world.over("b1", videos=2)  # a later end of the same batch
        return path

    with monkeypatch.context() as patched:
        patched.setattr(reporting, "write_report", meanwhile)
        world.write()
    assert world.due() == {"b1"}
    world.write()
    assert world.due() == set()


def test_an_older_report_does_not_take_the_place_of_a_newer_one(
    world: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One reads and sleeps, another process writes, the first one writes."""
    folder = world.over("b1")
    is_first = [True]

    def meanwhile(path: Path, *, make: bool = False) -> Folder:
        # After all was read, and before the folder is held.
        if is_first:
            is_first.clear()
            world.over("b1", videos=2)
            world.write()
            assert states(folder) == ["done"] * 2
        return open_folder(path, make=make)

    monkeypatch.setattr(reporting, "open_folder", meanwhile)
    world.write()
    assert states(folder) == ["done"] * 2
    assert world.due() == set()


def test_what_a_killed_writer_left_is_removed(world: Reported) -> None:
    folder = world.over("b1")
    folder.mkdir()
    (folder / "report.json.0123abcd.part").write_text("{")
    (folder / "report.json.of mine.part").write_text("{")
    world.write()
    names = {path.name for path in folder.iterdir()}
    assert names == {"report.json", "report.md", "index.md", "report.json.of mine.part"}


def test_a_report_of_a_ledger_that_is_gone_is_replaced(world: Reported) -> None:
    folder = world.over("b1")
    world.write()
    report = folder / "report.json"
    last = revision_of(folder)
    report.write_text(report.read_text().replace(str(last), str(last + 10**15), 1))
    world.over("b1", videos=2)
    world.write()
    assert states(folder) == ["done"] * 2
    assert revision_of(folder) < last + 10**15


def test_tickets_grow_also_where_the_clock_goes_back(world: Reported) -> None:
    first = [world.ledger.ticket() for _ in range(3)]
    assert first == sorted(set(first))
    world.client.set(KEYS.ticket, first[-1] + 10**12)
    assert world.ledger.ticket() == first[-1] + 10**12 + 1
    world.client.delete(KEYS.ticket)
    assert world.ledger.ticket() > first[-1]


@pytest.mark.parametrize("name", ["report.json", "report.md"])
def test_a_link_or_a_pipe_under_its_name_is_replaced(
    world: Reported, tmp_path: Path, name: str
) -> None:
    folder = world.over("b1")
    folder.mkdir()
    outside = tmp_path / "outside"
    outside.write_text("precious")
    (folder / name).symlink_to(outside)
    os.mkfifo(folder / ("report.md" if name == "report.json" else "report.json"))
    world.write()
    assert states(folder) == ["done"]
    assert outside.read_text() == "precious"


def test_a_folder_that_is_a_link_gets_no_report(world: Reported, tmp_path: Path) -> None:
    folder = world.over("b1")
    (tmp_path / "outside").mkdir()
    folder.symlink_to(tmp_path / "outside")
    world.write()
    assert list((tmp_path / "outside").iterdir()) == []
    assert world.due() == {"b1"}


def test_a_batch_that_is_gone_is_forgotten(world: Reported) -> None:
    world.client.hset(KEYS.reports, "nothing-1", 5)
    assert write_report(world.ledger, world.views, "nothing-1") is None
    world.write()
    assert world.due() == set()
    assert list(world.top.iterdir()) == []


def test_a_ledger_that_refuses(world: Reported) -> None:
    world.client.set(KEYS.reports, "not a hash")
    with pytest.raises(LedgerError):
        world.write()


def test_several_may_write_at_once_and_a_reader_sees_whole_reports(
    world: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = world.over("b1", videos=20)
    monkeypatch.setattr(reporting, "WAIT_S", SOON_S)
    path, seen = write_report(world.ledger, world.views, "b1"), set[int]()
    assert path is not None
    with ThreadPoolExecutor(4) as pool:
        written = [pool.submit(write_report, world.ledger, world.views, "b1") for _ in range(60)]
        while not all(each.done() for each in written):
            seen.add(len((folder / "report.json").read_bytes()))
    assert [each.result() for each in written] == [path] * 60
    assert len(seen) == 1
    assert states(folder) == ["done"] * 20
    assert {each.name for each in folder.iterdir()} == {"report.json", "report.md", "index.md"}
