"""A file that changes while, or between, attempts at it: the document is of the file that is there.

Each way to change it is tried at each step of its making, and in each state of its video in the
ledger. Where the document cannot be made, the video says that its file changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.attempts import NAME, SOON_S, AttemptWorld
from tests.support.keys import KEYS
from tests.support.media import Recipe, Scenes, Sound, make_media
from tests.support.outputs import assert_whole, manifest_of
from tests.support.pipeline import (
    Ports,
    StubTranscriber,
    claim_of,
    job_of,
    tools_of,
    unlimited_watch,
)
from tests.support.servers import RedisServer
from tests.support.waiting import wait_for
from videobatch.errors import (
    InputError,
    PermanentError,
    StoppingError,
    TransientError,
    VideobatchError,
)
from videobatch.paths import to_uri
from videobatch.pipeline.original import CHANGED
from videobatch.pipeline.outputs.publication import attempt_dir, publish
from videobatch.pipeline.stages import runner
from videobatch.pipeline.stages.runner import run
from videobatch.records import AudioSegment, Death, Utterance, VideoJob, VideoState
from videobatch.state.connection import connect
from videobatch.state.ledger import NewVideo
from videobatch.submission.inputs import InputFile
from videobatch.submission.plan import made_before

OLD = Recipe(
    seconds=6.0,
    scenes=Scenes(changes_s=(3.0,), fps=5, gop=15),
    sound=Sound(voiced=((0.2, 1.4), (4.0, 5.4))),
)
NEW = Recipe(
    seconds=7.5,
    scenes=Scenes(changes_s=(2.0, 5.0), fps=5, gop=10),
    sound=Sound(voiced=((0.4, 2.1), (4.6, 6.4)), level_db=-17.0),
)
STEPS = (
    "report probe",
    "put probe",
    "report frames",
    "put frames",
    "report transcribe",
    "put segment:0",
    "put segment:1",
    "put transcribe",
    "report compose",
    "put compose",
    "report write",
)
TRIES = 4


class Hearing(StubTranscriber):
    """Hears other words in other sound."""

    def transcribe(self, segment: AudioSegment) -> tuple[Utterance, ...]:
        super().transcribe(segment)
        words = f"These are the words of {segment.content_hash[:8]}."
        return (Utterance(segment.start_s, segment.end_s, words),)


class Disturbed(Ports):
    """Does something once, just before the step of that name."""

    def __init__(self, step: str, disturb: Callable[[], object]) -> None:
        super().__init__()
        self._step = step
        self._disturb: Callable[[], object] | None = disturb

    def _breaks(self, event: str) -> bool:
        if event == self._step and self._disturb is not None:
            disturb, self._disturb = self._disturb, None
            disturb()
        return super()._breaks(event)


# Changes.


def replace_it(path: Path, new: Path) -> None:
    """As a download manager does."""
    shutil.copy(new, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def replace_it_under_its_size_and_date(path: Path, new: Path) -> None:
    """As `cp --preserve` of a file that happens to be as large does."""
    status, part = path.stat(), path.with_suffix(".part")
    part.write_bytes(new.read_bytes()[: status.st_size].ljust(status.st_size, b"\0"))
    os.utime(part, ns=(status.st_atime_ns, status.st_mtime_ns))
    part.replace(path)


def write_over_it(path: Path, new: Path) -> None:
    """In its place, whoever has it open."""
    path.write_bytes(new.read_bytes())


def truncate_it(path: Path, new: Path) -> None:
    del new
    os.truncate(path, path.stat().st_size * 2 // 3)


def touch_it(path: Path, new: Path) -> None:
    del new
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 10**9))


def copy_it_anew(path: Path, new: Path) -> None:
    """The same content in another file."""
    del new
    replace_it(path, Path(shutil.copy(path, path.with_suffix(".copy"))))


CHANGES = [
    replace_it,
    replace_it_under_its_size_and_date,
    write_over_it,
    truncate_it,
    touch_it,
    copy_it_anew,
]
HARMLESS = [touch_it, copy_it_anew]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("made")
    return make_media(folder / "old.mkv", OLD), make_media(folder / "new.mkv", NEW)


@pytest.fixture
def path(made: tuple[Path, Path], tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return Path(shutil.copy2(made[0], tmp_path / "in" / NAME))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def lasting(folder: Path) -> dict[str, Any]:
    """Everything in the folder but the time that the work took, and when the file was touched."""
    found: dict[str, Any] = {
        each.relative_to(folder).as_posix(): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file()
    }
    manifest = json.loads(found.pop("manifest.json"))
    del manifest["source"]["mtime_ns"]
    own = {"elapsed_s", "stages_s", "token"}
    return found | {key: value for key, value in manifest.items() if key not in own}


def undisturbed(path: Path, out: Path) -> dict[str, Any]:
    """What the file gives that is there now."""
    claim, ports = claim_of(job_of(path, out, min_gap_s=1.0)), Ports()
    run(claim, tools_of(Hearing()), ports, ports, unlimited_watch())
    publish(claim)
    return lasting(attempt_dir(claim).parent)


def attempts(
    path: Path, out: Path, ports: Ports, transcriber: StubTranscriber
) -> Iterator[VideobatchError | Path]:
    """Each try's error, and the folder of the one that came to its end."""
    job = job_of(path, out, min_gap_s=1.0)
    for number in range(1, TRIES + 1):
        claim = claim_of(job, str(number), ports.stored)
        try:
            run(claim, tools_of(transcriber), ports, ports, unlimited_watch())
        except VideobatchError as error:
            yield error
        else:
            publish(claim)
            yield attempt_dir(claim).parent
            return


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("change", CHANGES)
def test_the_document_is_of_the_file_that_is_there(
    made: tuple[Path, Path], path: Path, tmp_path: Path, step: str, change: Callable[..., None]
) -> None:
    transcriber = Hearing()
    ports = Disturbed(step, partial(change, path, made[1]))
    *errors, folder = attempts(path, tmp_path / "out", ports, transcriber)
    assert isinstance(folder, Path)
    for error in errors:
        assert isinstance(error, TransientError)
        assert error.code == CHANGED
    assert_whole(folder)
    source = manifest_of(folder)["source"]
    assert (source["content_hash"], source["size_bytes"]) == (sha256(path), path.stat().st_size)
    assert lasting(folder) == undisturbed(path, tmp_path / "undisturbed")
    if change in HARMLESS:
        assert errors == []
        assert transcriber.heard == [0, 1]


@pytest.mark.parametrize("step", STEPS)
def test_a_file_that_is_gone_is_said_to_be(path: Path, tmp_path: Path, step: str) -> None:
    away = path.with_suffix(".away")
    ports = Disturbed(step, lambda: path.rename(away))
    error = next(attempts(path, tmp_path / "out", ports, Hearing()))
    assert isinstance(error, InputError)
    assert (error.code, error.hint) == (
        "missing",
        "it may have been moved or deleted since it was submitted",
    )
    # Once it is back, nothing has to be done again.
    away.rename(path)
    heard = Hearing()
    (folder,) = attempts(path, tmp_path / "out", ports, heard)
    assert isinstance(folder, Path)
    stored = step in STEPS[STEPS.index("put transcribe") :]
    assert heard.heard == ([] if stored else heard.heard)
    assert lasting(folder) == undisturbed(path, tmp_path / "undisturbed")


FIRST, OTHER = (f"1\n00:00:00,200 --> 00:00:05,600\n{text}.\n" for text in ("One", "Two"))


def subtitle(path: Path) -> Path:
    return path.with_suffix(".srt")


def come(path: Path) -> None:
    subtitle(path).write_text(OTHER)


def change_subtitles(path: Path) -> None:
    come(path)
    os.utime(subtitle(path), ns=(1, 1))


def go(path: Path) -> None:
    subtitle(path).unlink()


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("change", [come, change_subtitles, go])
def test_the_words_are_those_of_the_subtitles_that_are_there(
    path: Path, tmp_path: Path, step: str, change: Callable[[Path], None]
) -> None:
    if change is not come:
        subtitle(path).write_text(FIRST)
    *errors, folder = attempts(
        path, tmp_path / "out", Disturbed(step, partial(change, path)), Hearing()
    )
    assert isinstance(folder, Path)
    for error in errors:
        assert isinstance(error, TransientError)
        assert error.code == CHANGED
    assert lasting(folder) == undisturbed(path, tmp_path / "undisturbed")


def test_no_more_is_heard_of_a_file_that_is_another_one(
    made: tuple[Path, Path], path: Path, tmp_path: Path
) -> None:
    transcriber = Hearing(max_segment_s=2.0)
    ports = Disturbed("put segment:0", partial(replace_it, path, made[1]))
    error = next(attempts(path, tmp_path / "out", ports, transcriber))
    assert isinstance(error, TransientError)
    assert (error.code, transcriber.heard) == (CHANGED, [0])


class Restless(Ports):
    """The file grows in each try."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def _breaks(self, event: str) -> bool:
        if event == "report frames":
            with self._path.open("ab") as file:
                file.write(bytes(100))
        return super()._breaks(event)


def test_a_file_that_never_stands_still_says_so(path: Path, tmp_path: Path) -> None:
    errors = list(attempts(path, tmp_path / "out", Restless(path), Hearing()))
    assert len(errors) == TRIES
    for error in errors:
        assert isinstance(error, TransientError)
        assert (error.code, error.message) == (CHANGED, f"{NAME} was changed while it was read")
        assert error.hint == "once nobody writes it any more, submit it again"


# Over the ledger: replaced after an attempt that ended once the words were stored.


def is_paused(world: AttemptWorld) -> None:
    world.ledger.steer("b", "pause", now=True)
    raise StoppingError("at its next checkpoint")


def is_cancelled(world: AttemptWorld) -> None:
    world.ledger.steer("b", "cancel", now=True)
    raise StoppingError("at its next checkpoint")


def dies_for_the_last_time(world: AttemptWorld) -> None:
    world.client.hset(KEYS.video("b", "v"), "alone", 1)
    (held,) = world.ledger.held("w1")
    assert world.ledger.release_dead(held, Death("SIGSEGV", suspect=True)) == "dead"
    raise StoppingError("it is gone")


def fails(world: AttemptWorld) -> None:
    raise PermanentError("it broke")


def fails_for_now(world: AttemptWorld) -> None:
    raise TransientError("it broke")


def is_lost(world: AttemptWorld) -> None:
    world.end_lease()
    raise KeyboardInterrupt


def submit(world: AttemptWorld, path: Path) -> None:
    job = job_of(path, world.out, name=NAME, min_gap_s=1.0)
    world.ledger.open_batch(
        "b", name="b", out_uri=to_uri(world.out), root_uri=job.root_uri, provider="offline"
    )
    assert world.ledger.add_videos("b", [NewVideo("v", job)])["v"] in {"open", "again"}


def retry(world: AttemptWorld, path: Path) -> None:
    del path
    assert world.ledger.retry("b", "v") == "pending"


def go_on(world: AttemptWorld, path: Path) -> None:
    del path
    world.ledger.steer("b", "resume")


ENDS = [
    (is_paused, submit),
    (is_paused, go_on),
    (is_cancelled, submit),
    (is_cancelled, retry),
    (dies_for_the_last_time, submit),
    (dies_for_the_last_time, retry),
    (fails, submit),
    (fails, retry),
    (fails_for_now, submit),
    (fails_for_now, go_on),
    (is_lost, submit),
    (is_lost, go_on),
]


@pytest.mark.real
@pytest.mark.parametrize("change", [replace_it, replace_it_under_its_size_and_date, touch_it])
@pytest.mark.parametrize(("end", "begin"), ENDS)
def test_what_an_earlier_attempt_heard_of_another_file_does_not_count(
    redis_server: RedisServer,
    made: tuple[Path, Path],
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    end: Callable[[AttemptWorld], None],
    begin: Callable[[AttemptWorld, Path], None],
    change: Callable[..., None],
) -> None:
    world = AttemptWorld(connect(redis_server.url), path, tmp_path / "out")
    world.stub = Hearing()
    with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
        patch.setattr(runner, "compose_stage", lambda *_: end(world))
        world.attempt()
    assert world.client.hexists(KEYS.checkpoints("b", "v"), "transcribe")
    old = job_of(path, world.out, name=NAME, min_gap_s=1.0)
    change(path, made[1])
    begin(world, path)
    wait_for(world.is_due, SOON_S, "it is its turn")
    world.attempt(world.taken("w2"))
    assert world.state() in {VideoState.DONE, VideoState.PARTIAL}
    assert lasting(world.folder) == undisturbed(path, tmp_path / "undisturbed")
    source = manifest_of(world.folder)["source"]
    assert (source["content_hash"], source["mtime_ns"]) == (sha256(path), path.stat().st_mtime_ns)
    if change is touch_it:
        assert world.stub.heard == [0, 1], "its words are kept"
    # The next submit finds it, and would not have found it for the file that was there before.
    now = job_of(path, world.out, name=NAME, min_gap_s=1.0)
    assert is_made(now, path, world.folder)
    if change is replace_it:
        assert not is_made(old, path, world.folder)
    world.client.close()


def is_made(job: VideoJob, path: Path, folder: Path) -> bool:
    found = InputFile(NAME, path, path.parent, job.size_bytes, job.mtime_ns)
    return made_before(found, folder, job) is not None
