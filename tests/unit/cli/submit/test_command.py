"""What two submits of one folder leave in the ledger and in the list beside the documents."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cli.shared.books import Books
from cli.submit import command as submitting
from cli.submit.command import Submission
from config.settings import Settings
from tests.support.servers import RedisServer
from videobatch.errors import SettingsError
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.views import Views
from videobatch.submission.accepted import NAME, Entry, note, remembered

SOON_S = 60.0


class Noticing(Ledger):
    """Says when it had to wait for a folder."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.waits = threading.Event()

    def _run(self, name: str, *args: str | int | float) -> Any:
        reply = super()._run(name, *args)
        if name == "order" and not reply:
            self.waits.set()
        return reply


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    (folder / "a.mp4").write_bytes(b"moving pictures")
    return folder


def wanted(videos: Path, out: Path, key_points: int) -> Submission:
    params = [f"key_points={key_points}"]
    return submitting._understand(Settings(), None, [videos], None, out, None, params, False)


def test_the_list_ends_with_what_the_ledger_has(
    redis_server: RedisServer, videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second submit comes between the line of the first one's video and its ledger entry."""
    first, second = (wanted(videos, tmp_path / "out", n) for n in (3, 5))
    with connect(redis_server.url) as client, ThreadPoolExecutor(1) as pool:
        ledger, other = Ledger(client, "vb", patience_s=5.0), Noticing(client, "vb", patience_s=5.0)
        views = Views(client, "vb")
        pending = list[Future[Any]]()

        def noted(folder: Path, entries: list[Entry]) -> None:
            note(folder, entries)
            if isinstance(entries[0], NewVideo) and not pending:
                books = Books(other, views)
                pending.append(pool.submit(submitting._hand_over, books, second, Settings()))
                assert other.waits.wait(SOON_S), "it came in between"

        monkeypatch.setattr(submitting, "note", noted)
        submitting._hand_over(Books(ledger, views), first, Settings())
        pending[0].result()
        (video,) = views.all_videos(first.batch_id)
        found = remembered(first.folder)
    assert found is not None
    (listed,) = found.videos.values()
    assert listed.job.fingerprint == video.job.fingerprint
    assert video.job.params["key_points"] == 5


@pytest.mark.parametrize("kind", ["link", "fifo"])
def test_an_odd_list_is_neither_followed_nor_waited_for(
    redis_server: RedisServer, videos: Path, tmp_path: Path, kind: str
) -> None:
    asked = wanted(videos, tmp_path / "out", 3)
    outside = tmp_path / "outside"
    outside.write_text("precious\n")
    if kind == "link":
        (asked.folder / NAME).symlink_to(outside)
    else:
        os.mkfifo(asked.folder / NAME)
    with connect(redis_server.url) as client:
        books = Books(Ledger(client, "vb", patience_s=5.0), Views(client, "vb"))
        with pytest.raises(SettingsError) as refused:
            submitting._hand_over(books, asked, Settings())
        assert books.views.batch_ids() == []
    assert "move it away" in refused.value.hint
    assert outside.read_text() == "precious\n"


def test_a_batch_folder_that_is_a_link_is_refused(videos: Path, tmp_path: Path) -> None:
    asked = wanted(videos, tmp_path / "out", 3)
    asked.folder.rename(tmp_path / "elsewhere")
    asked.folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsError) as refused:
        wanted(videos, tmp_path / "out", 3)
    assert "a link stands where a folder should" in refused.value.message


def test_an_output_folder_behind_a_link_is_as_a_person_named_it(
    videos: Path, tmp_path: Path
) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk")
    asked = wanted(videos, tmp_path / "out", 3)
    assert [path.name for path in (tmp_path / "disk").iterdir()] == [asked.batch_id]
