"""Times as links into the video."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from markdown_it import MarkdownIt

from videobatch.paths import to_uri
from videobatch.pipeline.text.jumps import Jumps, LinkStyle, address


@pytest.mark.parametrize(
    ("jumps", "expected"),
    [
        (Jumps(), "01:15"),
        (Jumps("../a.mp4"), "[01:15](../a.mp4#t=75)"),
        (Jumps("../a%20b.mp4", LinkStyle.OBSIDIAN), "[[a b.mp4#t=75|01:15]]"),
        (Jumps("../a%23b.mp4", LinkStyle.OBSIDIAN), "[01:15](../a%23b.mp4#t=75)"),
        (Jumps("../a%7Cb.mp4", LinkStyle.OBSIDIAN), "[01:15](../a%7Cb.mp4#t=75)"),
        (Jumps("../%E9.mp4", LinkStyle.OBSIDIAN), "[01:15](../%E9.mp4#t=75)"),
        (Jumps("../a.mp4", LinkStyle.NONE), "01:15"),
    ],
)
def test_the_forms_of_a_time(jumps: Jumps, expected: str) -> None:
    assert jumps.at(75.9) == expected


def test_times_from_an_hour_on_and_before_the_beginning() -> None:
    assert Jumps("a.mp4").at(3_725) == "[01:02:05](a.mp4#t=3725)"
    assert Jumps("a.mp4").at(-1) == "[00:00](a.mp4#t=0)"


@pytest.mark.parametrize(
    "name", ["a.mp4", "a (1) [x] <b>.mp4", "第一讲.mp4", "100%.mp4", os.fsdecode(b"\xe9\n.mp4")]
)
def test_a_link_leads_to_the_file_whatever_its_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "documents" / "week 1" / name
    folder.mkdir(parents=True)
    video = tmp_path / "videos" / name
    video.parent.mkdir()
    video.write_bytes(b"moving pictures")
    target = address(to_uri(video), to_uri(folder))
    (link,) = (
        child.attrs["href"]
        for token in MarkdownIt("commonmark").parse(Jumps(target).at(75))
        for child in token.children or ()
        if child.type == "link_open"
    )
    path, _, fragment = str(link).partition("#")
    assert fragment == "t=75"
    assert Path(os.path.normpath(folder / os.fsdecode(unquote_to_bytes(path)))) == video
