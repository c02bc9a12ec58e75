"""The gallery is what the code makes now, and holds what was asked of it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from benchmarks.gallery.__main__ import files, prompt
from benchmarks.gallery.index import COMMAND
from benchmarks.gallery.making import load_talks
from config.settings import PROJECT_ROOT
from videobatch.pipeline.templates import load_templates
from videobatch.records import LineKind

GALLERY = PROJECT_ROOT / "docs" / "gallery"
MOST_BYTES = 1_500_000


@pytest.fixture(scope="module")
def made() -> Mapping[str, str]:
    return files()


def test_the_gallery_is_what_the_code_makes(made: Mapping[str, str]) -> None:
    there = {
        path.relative_to(GALLERY).as_posix(): path.read_text(encoding="utf-8")
        for path in GALLERY.rglob("*")
        if path.is_file()
    }
    changed = sorted(
        name for name in made.keys() | there.keys() if made.get(name) != there.get(name)
    )
    assert not changed, (
        f"{len(changed)} files of docs/gallery are not what the code makes now, {changed[0]} among "
        f"them: read what changed, then write them anew: {COMMAND}"
    )


def test_the_gallery_is_small() -> None:
    assert sum(path.stat().st_size for path in GALLERY.rglob("*") if path.is_file()) < MOST_BYTES


def test_ten_talks_of_the_kinds_that_teachers_have() -> None:
    talks = {talk.name: talk for talk in load_talks()}
    assert len(talks) == 10
    assert sum(talk.language == "zh" for talk in talks.values()) >= 2
    formulas = [line.text for slide in talks["newton"].slides for line in slide.body]
    assert "xₙ₊₁ = xₙ − f(xₙ) / f′(xₙ)" in formulas
    assert all(slide.is_code for slide in talks["generators"].slides)
    said = [line.text for line in talks["gongxu"].lines]
    assert sum(line.isascii() for line in said) >= len(said) // 3
    assert all(talk.source and talk.lines for talk in talks.values())


def test_a_slide_is_shown_from_where_it_stands_in_the_script() -> None:
    talk = next(talk for talk in load_talks() if talk.name == "generators")
    second = talk.slides[1]
    assert second.title == "The same with yield"
    assert [line.text for line in second.lines if line.kind is LineKind.CODE][1:] == [
        "    for i in range(n):",
        "        yield i * i",
    ]
    following = next(line for line in talk.lines if line.text.startswith("Now look at the second"))
    assert second.start_s == following.start_s > 0


@pytest.mark.parametrize("template", sorted(load_templates()))
def test_the_question_holds_the_talk_and_what_is_wanted(template: str) -> None:
    asked = prompt("gongxu", template)
    assert "Write in Simplified Chinese" in asked
    assert "需求是指在某个价格下" in asked
    assert "(on a slide) 均衡 Equilibrium" in asked
