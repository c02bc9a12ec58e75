"""One video through all stages: what it leaves, how it is stopped, and how it is taken up again."""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.media import Recipe, Scenes, Sound, make_media
from tests.support.outputs import assert_whole, manifest_of
from tests.support.pipeline import (
    SOFTWARE,
    TEMPLATE,
    CrashError,
    NotedPhases,
    Ports,
    StubTranscriber,
    claim_of,
    job_of,
    make_claimed,
    tools_of,
    unlimited_watch,
)
from videobatch.errors import SettingsError, StoppingError
from videobatch.media.files.atomic import KEYFRAMES
from videobatch.pipeline.outputs.publication import attempt_dir, publish
from videobatch.pipeline.stages.runner import run
from videobatch.records import AudioSegment, Claim, Phase, VideoState
from videobatch.telemetry.logging import TextFormatter, log_video

# Three scenes of 3 s, and three segments with silences of 2.2 s between them.
LECTURE = Recipe(
    seconds=9.0,
    scenes=Scenes(changes_s=(3.0, 6.0), gop=15, fps=5),
    sound=Sound(voiced=((0.2, 1.4), (3.6, 4.8), (7.0, 8.4))),
)
EVENTS = (
    "report probe",
    "put probe",
    "report frames",
    "report frames",
    "report frames",
    "put frames",
    "report transcribe",
    "put segment:0",
    "report transcribe",
    "put segment:1",
    "report transcribe",
    "put segment:2",
    "report transcribe",
    "put transcribe",
    "report compose",
    "report compose",
    "put compose",
    "report write",
    "report write",
)
BREAKS = [(at, False) for at in range(len(EVENTS))] + [
    (at, True) for at, event in enumerate(EVENTS) if event.startswith("put")
]


@pytest.fixture(scope="module")
def lecture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_media(tmp_path_factory.mktemp("in") / "lecture.mkv", LECTURE)


def lecture_claim(path: Path, out: Path, token: str = "1", ports: Ports | None = None) -> Claim:
    stored = ports.stored if ports else {}
    return claim_of(job_of(path, out, min_gap_s=1.0), token, stored)


def lasting(folder: Path) -> dict[str, Any]:
    """Everything in the folder but the time that the work took."""
    found: dict[str, Any] = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    manifest = json.loads(found.pop("manifest.json"))
    found["manifest"] = {
        key: value
        for key, value in manifest.items()
        if key not in {"elapsed_s", "stages_s", "token"}
    }
    return found


@pytest.fixture(scope="module")
def undisturbed(lecture: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a run from end to end leaves."""
    made = make_claimed(lecture_claim(lecture, tmp_path_factory.mktemp("out")))
    return lasting(made.folder)


def test_the_whole_way_leaves_what_the_manifest_names(lecture: Path, tmp_path: Path) -> None:
    transcriber, phases, ports = StubTranscriber(), NotedPhases(), Ports()
    claim = lecture_claim(lecture, tmp_path)
    result = run(claim, tools_of(transcriber, phases), ports, ports, unlimited_watch())
    assert ports.events == list(EVENTS)
    assert transcriber.heard == [0, 1, 2]
    io, cpu = Phase.IO, Phase.CPU
    assert phases.marks == [io, cpu, io, cpu, cpu, io]
    folder = attempt_dir(claim)
    assert_whole(folder)
    assert (result.state, result.note) == (VideoState.DONE, None)
    assert result.duration_s == pytest.approx(9.0, abs=0.1)
    assert (result.words, result.keyframes) == (21, 3)
    assert result.attempt_dir == folder.name
    manifest = manifest_of(folder)
    assert manifest["software"] == SOFTWARE
    assert manifest["transcriber"] == "stub en-us"
    assert set(manifest["stages_s"]) == {"probe", "transcribe", "frames", "compose"}
    assert 0 <= manifest["elapsed_s"] <= result.elapsed_s
    said = json.loads((folder / "transcript.json").read_text())
    assert [u["text"][-2] for u in said["utterances"]] == ["0", "1", "2"]
    pictures = re.findall(
        r"!\[[^]]*\]\((keyframes/[^)]+)\)", (folder / f"{TEMPLATE}.md").read_text()
    )
    assert pictures
    assert all((folder / name).read_bytes().startswith(b"\xff\xd8") for name in pictures)


@pytest.mark.parametrize(
    ("at", "answer_lost"),
    BREAKS,
    ids=[f"{at}-{EVENTS[at]}{' (stored)' if lost else ''}" for at, lost in BREAKS],
)
def test_a_run_that_was_cut_is_taken_up_where_it_stood(
    lecture: Path, tmp_path: Path, undisturbed: dict[str, Any], at: int, answer_lost: bool
) -> None:
    transcriber = StubTranscriber()
    first = Ports(break_at=at, answer_lost=answer_lost)
    claim = lecture_claim(lecture, tmp_path)
    error = StoppingError if EVENTS[at].startswith("report") else CrashError
    with pytest.raises(error):
        run(claim, tools_of(transcriber), first, first, unlimited_watch())
    assert first.events == list(EVENTS[: at + 1])
    # Nothing is left but the attempt's own folder.
    assert {path.name for path in lecture.parent.iterdir()} == {"lecture.mkv"}
    assert {path.parent.name for path in tmp_path.glob("*/*")} <= {"lecture.mkv"}
    assert {path.name for path in tmp_path.glob("*/*")} <= {attempt_dir(claim).name}

    second = Ports(first.stored)
    later = lecture_claim(lecture, tmp_path, token="2", ports=first)
    result = run(later, tools_of(transcriber), second, second, unlimited_watch())
    if "frames" in first.stored:
        assert not (attempt_dir(claim) / KEYFRAMES).exists(), "the stills were not taken over"
    publish(later)
    assert lasting(attempt_dir(later).parent) == undisturbed
    assert (result.words, result.keyframes, result.note) == (21, 3, None)

    # What was stored is not done again, and nothing is stored twice.
    again = {event.partition(" ")[2] for event in second.events}
    assert not again & (first.checkpoints() - {"transcribe"})
    assert "transcribe" not in first.stored or "transcribe" not in again
    is_lost = EVENTS[at].startswith("put segment") and not answer_lost
    twice = [int(EVENTS[at][-1])] if is_lost else []
    assert sorted(transcriber.heard) == sorted([0, 1, 2, *twice])


def crash_before_compose(lecture: Path, out: Path) -> tuple[Claim, Ports]:
    """An attempt with token 1 that ended once its stills and its words were stored."""
    ports, claim = Ports(break_at=EVENTS.index("put transcribe") + 1), lecture_claim(lecture, out)
    with pytest.raises(StoppingError):
        run(claim, tools_of(StubTranscriber()), ports, ports, unlimited_watch())
    return claim, ports


def test_the_log_tells_each_stage_and_which_were_kept(
    lecture: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "videobatch.pipeline")
    _, before = crash_before_compose(lecture, tmp_path)
    first = [line.partition(":")[0] for line in caplog.messages if "segment" not in line]
    assert first == ["probe", "frames", "transcribe"]
    caplog.clear()
    make_claimed(lecture_claim(lecture, tmp_path, token="2", ports=before), Ports(before.stored))
    told = [re.sub(r"[\d.]+ s$", "N s", message) for message in caplog.messages]
    assert told == [
        "probe: kept from an earlier attempt",
        "frames: kept from an earlier attempt",
        "transcribe: kept from an earlier attempt",
        "compose: N s",
        "write: N s",
    ]


def test_threads_that_wait_for_segments_log_under_the_video(lecture: Path, tmp_path: Path) -> None:
    lines: list[str] = []

    def log_of(segment: AudioSegment) -> None:
        record = logging.LogRecord("x", logging.INFO, "x", 1, f"at {segment.index}", None, None)
        lines.append(TextFormatter().format(record))

    transcriber = StubTranscriber(on_segment=log_of)
    transcriber.parallel = 2
    with log_video("b-1", "v-2"):
        make_claimed(lecture_claim(lecture, tmp_path), transcriber=transcriber)
    assert sorted(line.partition(" b-1/v-2 x: ")[2] for line in lines) == ["at 0", "at 1", "at 2"]


def remove_all(folder: Path) -> None:
    shutil.rmtree(folder)


def remove_one(folder: Path) -> None:
    next((folder / KEYFRAMES).iterdir()).unlink()


def damage_one(folder: Path) -> None:
    path = next((folder / KEYFRAMES).iterdir())
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("harm", [remove_all, remove_one, damage_one])
def test_stills_that_vanished_are_made_again(
    lecture: Path, tmp_path: Path, undisturbed: dict[str, Any], harm: Callable[[Path], None]
) -> None:
    claim, before = crash_before_compose(lecture, tmp_path)
    harm(attempt_dir(claim))
    ports = Ports(before.stored)
    later = lecture_claim(lecture, tmp_path, token="2", ports=before)
    made = make_claimed(later, ports)
    assert ports.events.count("report frames") == EVENTS.count("report frames")
    assert lasting(made.folder) == undisturbed


def test_stills_wander_through_several_attempts(
    lecture: Path, tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    _, before = crash_before_compose(lecture, tmp_path)
    for token in ("2", "3", "4"):
        ports = Ports(before.stored, break_at=0)
        with pytest.raises(StoppingError):
            make_claimed(lecture_claim(lecture, tmp_path, token, before), ports)
        assert ports.events == ["report compose"]
    made = make_claimed(lecture_claim(lecture, tmp_path, "5", before))
    assert lasting(made.folder) == undisturbed


def test_a_stale_folder_of_the_same_name_adds_nothing(
    lecture: Path, tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    """A process may be given its claim again."""
    claim = lecture_claim(lecture, tmp_path)
    (attempt_dir(claim) / KEYFRAMES).mkdir(parents=True)
    (attempt_dir(claim) / KEYFRAMES / "stale.jpg").write_bytes(b"x")
    (attempt_dir(claim) / "stale.md").write_text("x")
    assert lasting(make_claimed(claim).folder) == undisturbed


def test_a_stale_folder_does_not_keep_stills_from_being_taken_over(
    lecture: Path, tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    _, before = crash_before_compose(lecture, tmp_path)
    later = lecture_claim(lecture, tmp_path, token="2", ports=before)
    (attempt_dir(later) / KEYFRAMES).mkdir(parents=True)
    (attempt_dir(later) / KEYFRAMES / "stale.jpg").write_bytes(b"x")
    assert lasting(make_claimed(later).folder) == undisturbed


def test_two_documents_of_one_video_live_in_one_folder(lecture: Path, tmp_path: Path) -> None:
    folders = [
        make_claimed(claim_of(job_of(lecture, tmp_path, template=name))).folder
        for name in (TEMPLATE, "comprehensive_lesson")
    ]
    assert folders[0] == folders[1]
    assert {path.name for path in folders[0].glob("*.md")} == {
        f"{TEMPLATE}.md",
        "comprehensive_lesson.md",
    }
    assert [each["template"] for each in manifest_of(folders[0])["others"]] == [TEMPLATE]


def test_another_template_of_that_name_is_refused(lecture: Path, tmp_path: Path) -> None:
    job = job_of(lecture, tmp_path)
    other = replace(job, settings={**job.settings, "template_hash": "0" * 64})
    with pytest.raises(SettingsError, match=TEMPLATE):
        make_claimed(claim_of(other))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"template_hash": 1},
        {"template_hash": "a", "max_frames": "many"},
        {"template_hash": "a", "of_a_newer_version": 1},
    ],
)
def test_a_job_of_another_version_is_refused(
    lecture: Path, tmp_path: Path, settings: dict[str, Any]
) -> None:
    job = replace(job_of(lecture, tmp_path), settings=settings)
    with pytest.raises(SettingsError, match="another version") as refused:
        make_claimed(claim_of(job))
    assert refused.value.hint == "submit the folder again"
    assert list(tmp_path.iterdir()) == []
