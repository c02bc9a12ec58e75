"""What a submit left in its output folder, for tests."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

TRANSCRIPTS = ("transcript.json", "transcript.srt", "transcript.vtt")


def batch_folder(out: Path) -> Path:
    """The only batch below `out`."""
    (folder,) = [path for path in out.iterdir() if path.is_dir()]
    return folder


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of a video's folder."""
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return found


def report_of(batch: Path) -> dict[str, dict[str, Any]]:
    """The report's entries by the path of the video."""
    report = json.loads((batch / "report.json").read_text())
    return {video["path"]: video for video in report["videos"]}


def assert_whole(folder: Path, template: str = "summary_report") -> None:
    """Every file that the manifest names is there as it says, and there is no other."""
    made = {each["name"]: each["sha256"] for each in manifest_of(folder)["files"]}
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
    del found["manifest.json"]
    assert found == made
    assert {f"{template}.md", *TRANSCRIPTS} <= set(made)
