"""What must be true when all is over: nothing lost, torn, doubled, or other than undisturbed."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.fleet import Fleet
from tests.support.outputs import assert_whole, batch_folder, report_of
from videobatch.records import VideoState
from videobatch.state.views import VideoView

DEATHS_ALLOWED = 3
LEFT_OVER = (".attempt-*", "*.part", ".checkpoints-*")
# What may differ in a manifest: how long it took, and which attempt it was.
_OWN = ("elapsed_s", "stages_s", "token")


@dataclass(slots=True)
class Hits:
    """How many videos were being worked on in the processes that were killed or stopped, and how
    often the child of each was killed."""

    videos: int = 0
    deaths: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of a run that is over."""

    done: int
    recognised: int
    repeated: int


def dead_letters(fleet: Fleet, outs: list[Path], hits: Hits) -> dict[str, int]:
    """How many dead letters each batch has, each of which was killed as often as that takes."""
    found: Counter[str] = Counter()
    for out in outs:
        batch_id = batch_folder(out).name
        for video in fleet.views.all_videos(batch_id):
            if video.state is VideoState.DEAD:
                assert_died_often(video, hits.deaths[batch_id, video.video_id])
                found[batch_id] += 1
    return dict(found)


def judge(fleet: Fleet, outs: list[Path], undisturbed: Path, hits: Hits) -> Outcome:
    """Asserts that every batch came out as the undisturbed one did."""
    done = 0
    for out in outs:
        folder = batch_folder(out)
        for video in fleet.views.all_videos(folder.name):
            assert video.state is VideoState.DONE, (folder, video)
            assert fleet.field(folder.name, video.video_id, "commits") == ["1"], (folder, video)
            assert_equal(folder / video.name, undisturbed / video.name)
            assert report_of(folder)[video.name]["state"] == "done"
            done += 1
    recognised = fleet.recognised()
    repeated = len(recognised) - len(set(recognised))
    assert repeated <= hits.videos, f"{repeated} segments repeated, {hits.videos} videos hit"
    return Outcome(done, len(recognised), repeated)


def assert_died_often(video: VideoView, deaths: int) -> None:
    assert video.error is not None, video
    assert video.error.code == "worker_died", video
    assert video.death == "SIGKILL", video
    assert deaths >= DEATHS_ALLOWED, f"its child was killed {deaths} times only: {video}"


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
