"""Times as links into the video."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from markdown_it import MarkdownIt

from tests.unit.pipeline.test_document import MATERIAL, TEMPLATES, made
from videobatch.errors import SettingsError
from videobatch.paths import to_uri
from videobatch.pipeline.document import compose
from videobatch.pipeline.sections.material import Material
from videobatch.pipeline.templates import check_params
from videobatch.pipeline.templates.definition import Limits
from videobatch.pipeline.text.jumps import NO_JUMPS, Jumps, LinkStyle, address


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


def test_no_document_is_too_long_for_its_links_alone() -> None:
    template = TEMPLATES["comprehensive_lesson"]
    long = replace(MATERIAL, jumps=Jumps("../" * 300 + "a.mp4"))

    def made_within(most: int, material: Material = long) -> str:
        chosen = template.model_copy(update={"limits": Limits(document_chars=most)})
        return compose(chosen, check_params(chosen, {}), material).markdown

    plain = made_within(1_000_000, replace(long, jumps=NO_JUMPS))
    assert "#t=" in made_within(1_000_000)
    assert made_within(len(plain)) == plain
    with pytest.raises(SettingsError):
        made_within(1_000)


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_every_time_in_a_document_leads_into_the_video(template: str) -> None:
    """But for its length, which is no time in it."""
    linked = replace(MATERIAL, jumps=Jumps("../a.mp4"))
    for material in (linked, replace(linked, transcript=None)):
        text = made(material, template).markdown.split("---\n", 2)[2]
        bare = re.sub(r"\[(?:!\[[^\]]*\]\([^)]*\)|[^\]]*)\]\(\.\./a\.mp4#t=\d+\)", "", text)
        assert bare != text
        assert re.findall(r"\d\d:\d\d", bare) == ["06:40"]
        plain = made(replace(material, jumps=Jumps()), template).markdown.split("---\n", 2)[2]
        assert re.sub(r"\]\(\.\./a\.mp4#t=\d+\)", "", text).replace("[", "") == plain.replace(
            "[", ""
        )
