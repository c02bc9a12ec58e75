"""What must be true when all is over: nothing lost, torn, doubled, or other than undisturbed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.fleet import Fleet
from tests.support.outputs import assert_whole, batch_folder, report_of
from videobatch.records import VideoState

LEFT_OVER = (".attempt-*", "*.part", ".checkpoints-*")
# What may differ in a manifest: how long it took, and which attempt it was.
_OWN = ("elapsed_s", "stages_s", "token")


@dataclass(slots=True)
class Hits:
    """How many segments of the videos that were worked on in what was killed, stopped or forgotten
    may have been recognised again, and how often a document may have been made again, because Redis
    forgot that it was there."""

    segments: int = 0
    documents: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of a run that is over."""

    done: int
    recognised: int
    repeated: int
    made_again: int


def judge(fleet: Fleet, outs: list[Path], undisturbed: Path, hits: Hits) -> Outcome:
    """Asserts that every batch came out as the undisturbed one did: nothing lost, torn, committed
    twice or given up."""
    done = 0
    for out in outs:
        folder = batch_folder(out)
        report = report_of(folder)
        for video in fleet.views.all_videos(folder.name):
            assert video.state is VideoState.DONE, (folder, video)
            assert fleet.field(folder.name, video.video_id, "commits") == ["1"], (folder, video)
            assert_equal(folder / video.name, undisturbed / video.name)
            assert report[video.name]["state"] == "done"
            done += 1
        assert len(report) == len(report_of(undisturbed)), folder
    recognised, made = fleet.recognised(), fleet.made()
    repeated = len(recognised) - len(set(recognised))
    assert repeated <= hits.segments, f"{repeated} segments repeated, {hits.segments} hit"
    made_again = len(made) - len(set(made))
    assert made_again <= hits.documents, f"{made_again} made again, {hits.documents} forgotten"
    return Outcome(done, len(recognised), repeated, made_again)


def assert_equal(folder: Path, undisturbed: Path) -> None:
    """Whole, nothing left over, and byte for byte the same but for times in the manifest."""
    assert_whole(folder)
    assert not [path for pattern in LEFT_OVER for path in folder.rglob(pattern)]
    names = files_below(undisturbed)
    assert files_below(folder) == names
    for name in names:
        if name == "manifest.json":
            assert _lasting(folder / name) == _lasting(undisturbed / name), folder
        else:
            assert (folder / name).read_bytes() == (undisturbed / name).read_bytes(), folder / name


def files_below(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def _lasting(manifest: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(manifest.read_text())
    return {name: value for name, value in found.items() if name not in _OWN}
