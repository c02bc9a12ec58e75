"""A submit in the ledger and in the list beside the documents: whoever else submits meanwhile, and
however long a person thinks about the price."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.media import Captions, Recipe, make_media
from tests.support.servers import RedisServer
from tests.support.submissions import asked_for, make_document
from tests.support.waiting import wait_for
from videobatch.errors import SettingsError
from videobatch.media.subtitles import sidecars
from videobatch.paths import Places, display
from videobatch.pipeline.outputs import reuse
from videobatch.providers.roles import Role, make_role
from videobatch.records import VideoJob, VideoResult, VideoState
from videobatch.state.commands import Value
from videobatch.state.connection import connect
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.store import Store
from videobatch.state.views import Views
from videobatch.submission import Choices, Estimate, handover, submit
from videobatch.submission import plan as planning
from videobatch.submission import speech as spoken
from videobatch.submission.accepted import NAME, Entry, note, remembered
from videobatch.submission.estimate import price
from videobatch.submission.handover import Submitted, hand_over
from videobatch.submission.preparation import Submission
from videobatch.submission.tariff import Tariff

pytestmark = pytest.mark.real

SOON_S = 300.0
READ = Captions([(0.1, 0.9, "What is said")])
RESULT = VideoResult(VideoState.DONE, 1.0, 1.0, 1, 1, ".attempt-1")


class Noticing(Ledger):
    """Says when it had to wait for a folder."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.waits = threading.Event()

    def _run(self, script: str, *args: Value) -> Any:
        reply = super()._run(script, *args)
        if script == "ledger/order" and not reply:
            self.waits.set()
        return reply


@pytest.fixture
def ledger(redis_server: RedisServer) -> Iterator[Noticing]:
    with connect(redis_server.url) as client:
        yield Noticing(Store(client, "vb", patience_s=5.0))


@pytest.fixture
def views(ledger: Ledger) -> Views:
    return Views(Store(ledger.store.client, "vb"))


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    (folder / "a.mp4").write_bytes(b"moving pictures")
    return folder


def wanted(videos: Path, out: Path, key_points: int = 3, **options: Any) -> Submission:
    return asked_for([videos], out, params={"key_points": key_points}, **options)


def handed_over(submission: Submission, ledger: Ledger, views: Views) -> Submitted:
    return hand_over(submission, submission.plan(), ledger, views)


# List and ledger.


def test_the_list_ends_with_what_the_ledger_has(
    ledger: Noticing,
    views: Views,
    redis_server: RedisServer,
    videos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second submit comes between the line of the first one's video and its ledger entry."""
    first, second = (wanted(videos, tmp_path / "out", n) for n in (3, 5))
    with connect(redis_server.url) as client, ThreadPoolExecutor(1) as pool:
        other = Noticing(Store(client, "vb", patience_s=5.0))
        pending = list[Future[Any]]()

        def noted(folder: Path, entries: list[Entry]) -> None:
            note(folder, entries)
            if isinstance(entries[0], NewVideo) and not pending:
                pending.append(pool.submit(handed_over, second, other, Views(Store(client, "vb"))))
                assert other.waits.wait(SOON_S), "it came in between"

        monkeypatch.setattr(handover, "note", noted)
        handed_over(first, ledger, views)
        pending[0].result()
    (video,) = views.all_videos(first.batch_id)
    found = remembered(first.folder)
    assert found is not None
    (listed,) = found.videos.values()
    assert listed.job.fingerprint == video.job.fingerprint
    assert video.job.params["key_points"] == 5


@pytest.mark.parametrize("kind", ["link", "fifo"])
def test_an_odd_list_is_neither_followed_nor_waited_for(
    ledger: Ledger, views: Views, videos: Path, tmp_path: Path, kind: str
) -> None:
    asked = wanted(videos, tmp_path / "out")
    outside = tmp_path / "outside"
    outside.write_text("precious\n")
    if kind == "link":
        (asked.folder / NAME).symlink_to(outside)
    else:
        os.mkfifo(asked.folder / NAME)
    with pytest.raises(SettingsError) as refused:
        handed_over(asked, ledger, views)
    assert views.batch_ids() == []
    assert "move it away" in refused.value.hint
    assert outside.read_text() == "precious\n"


# The race of a plan with those who make documents meanwhile.


def make(ledger: Ledger, views: Views, submission: Submission) -> None:
    """Another submit of the same, whose video is made at once."""
    (chunk,) = submission.plan()
    made = [replace(video, result=RESULT) for video in chunk.videos]
    hand_over(submission, [replace(chunk, videos=tuple(made))], ledger, views)
    assert state(views, submission) is VideoState.DONE


def state(views: Views, submission: Submission) -> VideoState:
    (video,) = views.all_videos(submission.batch_id)
    return video.state


def test_what_is_made_between_price_and_hand_over_is_not_made_again(
    ledger: Ledger, views: Views, videos: Path, tmp_path: Path
) -> None:
    asked = wanted(videos, tmp_path / "out")
    chunks = tuple(asked.plan())
    make(ledger, views, asked)
    assert hand_over(asked, chunks, ledger, views).done_before == 0
    assert state(views, asked) is VideoState.DONE


@pytest.mark.parametrize("stopped", [0, 1])
def test_a_clock_that_stands_or_is_set_back_meanwhile_does_not_matter(
    ledger: Ledger,
    views: Views,
    videos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stopped: int,
) -> None:
    asked = wanted(videos, tmp_path / "out")
    (chunk,) = asked.plan()
    make(ledger, views, asked)
    clocks = planning.clocks

    def odd_clocks() -> tuple[float, float]:
        told = list(clocks())
        told[stopped] = chunk.began[stopped] - 5.0 * stopped
        return told[0], told[1]

    monkeypatch.setattr(planning, "clocks", odd_clocks)
    hand_over(asked, [chunk], ledger, views)
    assert state(views, asked) is VideoState.DONE


def test_what_was_made_before_the_plan_and_is_gone_is_made_again(
    ledger: Ledger, views: Views, videos: Path, tmp_path: Path
) -> None:
    asked = wanted(videos, tmp_path / "out")
    make(ledger, views, asked)
    (video,) = views.all_videos(asked.batch_id)
    made_s = video.finished_s
    assert made_s is not None
    wait_for(lambda: views.now_s() > made_s + 0.2, SOON_S, "a moment is over")
    handed_over(asked, ledger, views)
    assert state(views, asked) is VideoState.PENDING


def test_a_document_of_before_is_the_ledger_s_result(
    ledger: Ledger, views: Views, videos: Path, tmp_path: Path
) -> None:
    asked = wanted(videos, tmp_path / "out")
    (chunk,) = asked.plan()
    make_document(chunk.videos[0])
    (again,) = asked.plan()
    (new,) = again.videos
    assert hand_over(asked, [again], ledger, views).done_before == 1
    (view,) = views.all_videos(asked.batch_id)
    assert (view.state, view.result, view.job) == (VideoState.DONE, new.result, new.job)
    assert view.finished_s is not None
    assert abs(view.finished_s - datetime.now(UTC).timestamp()) < 60


# Each video is planned once, and is known by itself.


@pytest.fixture
def paid() -> Choices:
    """A provider that hears, with a key; it is not asked by a submit."""
    role = make_role(group="speech", provider="openai", keys=("sk-1",))
    assert isinstance(role, Role)
    return Choices(hears=role)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts how often each file was looked up as made before, and each folder listed."""
    done = Counter[str]()
    made_before, listing = reuse.made_before, sidecars.listing

    def counted_look(job: VideoJob, folder: Path, path: Path) -> object:
        done[path.name] += 1
        return made_before(job, folder, path)

    def counted_listing(folder: Path) -> sidecars.Listing:
        done[f"{folder.name}/"] += 1
        return listing(folder)

    monkeypatch.setattr(reuse, "made_before", counted_look)
    monkeypatch.setattr(spoken, "listing", counted_listing)
    return done


def agrees(_: Estimate) -> bool:
    return True


def test_a_paid_submit_looks_at_each_file_and_each_folder_once(
    ledger: Ledger, views: Views, paid: Choices, work: Counter[str], tmp_path: Path
) -> None:
    names = ["one/a.mkv", "one/b.mkv", "two/c.mkv"]
    for name in names:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        recipe = Recipe(captions=READ) if name.endswith("c.mkv") else Recipe(2.0, None)
        make_media(tmp_path / "in" / name, recipe)
    told = list[Estimate]()

    def agree(estimate: Estimate) -> bool:
        told.append(estimate)
        return True

    taken = submit(tmp_path / "in", tmp_path / "out", ledger, views, choices=paid, agree=agree)
    assert len(taken.video_ids) == told[0].videos == len(names)
    looks = {Path(name).name: 1 for name in names}
    assert work == {**looks, "one/": 1, "two/": 1}


def test_a_check_of_the_speech_and_the_plan_share_the_listing(
    ledger: Ledger, views: Views, work: Counter[str], tmp_path: Path
) -> None:
    """Nobody here understands Chinese, so that each file is looked at for subtitles first."""
    (tmp_path / "in").mkdir()
    make_media(tmp_path / "in" / "a.mp4")
    (tmp_path / "in" / "a.zh.srt").write_text(
        "1\n00:00:00,200 --> 00:00:01,500\n植物用光制造糖。\n", "utf-8"
    )
    asked = asked_for([tmp_path / "in"], tmp_path / "out", template="chinese_transcript")
    handed_over(asked, ledger, views)
    assert work == {"a.mp4": 1, "in/": 1}


def test_two_files_whose_names_are_displayed_alike_count_each_for_itself(
    ledger: Ledger, views: Views, paid: Choices, tmp_path: Path
) -> None:
    """One of them is done already: the price is that of the other one."""
    twins = (r"a\x07.mkv", "a\x07.mkv")
    assert len(set(map(display, twins))) == 1
    for length_s, name in zip((4.0, 8.0), twins, strict=True):
        (tmp_path / "in").mkdir(exist_ok=True)
        make_media(tmp_path / "in" / name, Recipe(length_s, None))
    asked = asked_for([tmp_path / "in"], tmp_path / "out", choices=paid)
    (chunk,) = asked.plan()
    assert len({video.video_id for video in chunk.videos}) == 2
    told = price(asked, [chunk], Tariff())
    assert told.videos == 2
    assert told.audio_s == pytest.approx(12.0, abs=0.5)
    done = [
        replace(video, result=RESULT) if file.path.name == twins[0] else video
        for file, video in zip(chunk.files, chunk.videos, strict=True)
    ]
    half = replace(chunk, videos=tuple(done))
    told = price(asked, [half], Tariff())
    assert told.videos == 1
    assert told.audio_s == pytest.approx(8.0, abs=0.5)
    taken = hand_over(asked, [half], ledger, views)
    assert (len(taken.video_ids), taken.done_before) == (2, 1)
    states = {video.job.out_uri: video.state for video in views.all_videos(asked.batch_id)}
    assert sorted(states.values()) == [VideoState.DONE, VideoState.PENDING]


# The door.


def test_nothing_is_handed_over_that_nobody_agreed_to_pay(
    ledger: Ledger, views: Views, paid: Choices, tmp_path: Path
) -> None:
    make_media(tmp_path / "a.mkv", Recipe(2.0, None))
    for agree in (None, lambda _: False):
        with pytest.raises(SettingsError, match="nobody agreed"):
            submit(tmp_path / "a.mkv", tmp_path / "o", ledger, views, choices=paid, agree=agree)
    assert views.batch_ids() == []
    assert submit(tmp_path / "a.mkv", tmp_path / "o", ledger, views, choices=paid, agree=agrees)
    assert len(views.batch_ids()) == 1


def test_a_submit_is_safe_to_repeat_and_tells_what_it_passed_over(
    ledger: Ledger, views: Views, videos: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (videos / "linked").symlink_to(tmp_path / "elsewhere")
    taken = [
        submit([str(videos)], str(tmp_path / "out"), ledger, views, params={"key_points": 5})
        for _ in range(2)
    ]
    assert taken[0] == taken[1]
    assert (taken[0].done_before, taken[0].busy) == (0, 0)
    (passed_over,) = taken[0].passed_over
    assert (passed_over.name, passed_over.error.code) == ("linked", "linked_folder")
    (video,) = views.videos(taken[0].batch_id, taken[0].video_ids)
    assert (video.state, video.job.params["key_points"]) == (VideoState.PENDING, 5)


def test_the_batch_is_named_as_the_ledger_names_its_folders(
    ledger: Ledger, views: Views, videos: Path, tmp_path: Path
) -> None:
    """Whoever submits, from whichever machine: the command and the call make one batch."""
    places = Places({"/data": str(tmp_path)})
    theirs = Ledger(Store(ledger.store.client, "vb"), places=places)
    taken = submit(videos, tmp_path / "out", theirs, views)
    assert taken.batch_id == wanted(videos, tmp_path / "out", places=places).batch_id
    batch = views.batch(taken.batch_id)
    assert batch is not None
    assert batch.root_uri == "file:///data/videos"


def test_workers_are_fed_before_all_is_planned(
    ledger: Ledger,
    views: Views,
    videos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("videobatch.submission.preparation.CHUNK", 1)
    (videos / "b.mp4").write_bytes(b"more of them")
    events = list[str]()
    plan_video, feed = planning.plan_video, ledger.feed

    def planned(file: Any, *arguments: Any, **options: Any) -> NewVideo:
        events.append(file.name)
        return plan_video(file, *arguments, **options)

    def fed() -> int:
        events.append("feed")
        return feed()

    monkeypatch.setattr("videobatch.submission.preparation.plan_video", planned)
    monkeypatch.setattr(ledger, "feed", fed)
    submit(videos, tmp_path / "out", ledger, views)
    assert events == ["a.mp4", "feed", "b.mp4", "feed"]
