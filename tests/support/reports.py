"""Batches whose reports are due, and what the reports say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from redis import Redis

from tests.support.world import World, job_named
from videobatch.pipeline.outputs.report_files import write_due_reports
from videobatch.records import VideoResult, VideoState
from videobatch.state.ledger import NewVideo


class Reported(World):
    """Batches in a ledger, each with a folder below `top`."""

    def __init__(self, client: Redis, top: Path) -> None:
        super().__init__(client)
        self.top = top

    def over(self, batch: str, videos: int = 1) -> Path:
        """A batch whose videos have ended; its folder."""
        folder = self.top / batch
        self.open(batch, out=folder)
        names = [f"v{n}" for n in range(videos)]
        made = VideoResult(VideoState.DONE, 1.0, 1.0, 1, 1, "")
        jobs = {name: job_named(name, folder / name) for name in names}
        self.add(*(NewVideo(n, job, result=made) for n, job in jobs.items()), batch=batch)
        return folder

    def write(self) -> None:
        write_due_reports(self.ledger, self.views)

    def due(self) -> set[str]:
        return set(self.ledger.reports_due())


def states(folder: Path) -> list[str]:
    """The states of the videos in both reports of a folder."""
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    assert (folder / "report.md").read_text().count("\n| ") == len(report["videos"]) + 1
    return [each["state"] for each in report["videos"]]


def revision_of(folder: Path) -> int:
    found = json.loads((folder / "report.json").read_text())["revision"]
    assert isinstance(found, int)
    return found
