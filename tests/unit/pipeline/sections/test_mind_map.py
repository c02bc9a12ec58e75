"""The mind map of a video."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.unit.pipeline.test_document import MATERIAL, TEMPLATES, made
from tests.unit.pipeline.text.test_markdown import HOSTILE
from videobatch.pipeline.document import compose
from videobatch.pipeline.sections.written import Written, WrittenChapter, WrittenTerm
from videobatch.pipeline.templates import check_params
from videobatch.records import Coverage, Transcript, Utterance

NODE = re.compile(r'( {2,6})(root\(\(|\[)"([^"]+)"(\)\)|\])')


def nodes(markdown: str) -> list[tuple[int, str]]:
    """The nodes of the only map, by their depth; each line of it must be one."""
    (fence,) = re.findall(r"```mermaid\nmindmap\n(.*?)\n```", markdown, re.DOTALL)
    lines = fence.split("\n")
    found = [each for each in map(NODE.fullmatch, lines) if each is not None]
    assert len(found) == len(lines), fence
    return [(len(each[1]) // 2, each[3]) for each in found]


def test_chapters_hang_at_the_title_and_terms_at_chapters() -> None:
    document = made(MATERIAL, "flash_cards")
    found = nodes(document.markdown)
    assert found[0] == (1, document.title)
    assert [text for depth, text in found if depth == 2] == [c.title for c in document.chapters]
    terms = [text for depth, text in found if depth == 3]
    said = " ".join(u.text for u in MATERIAL.transcript.utterances) if MATERIAL.transcript else ""
    assert terms
    assert all(term.casefold() in said.casefold() for term in terms)


def test_terms_that_a_model_explains_stand_in_their_chapter() -> None:
    chapters = (WrittenChapter(0.0, "Water", ()), WrittenChapter(200.0, "Engines", ()))
    terms = (WrittenTerm(30.0, "river", "m"), WrittenTerm(250.0, "piston", "m"))
    written = Written("stub pen-1", chapters=chapters, terms=terms)
    template = TEMPLATES["flash_cards"]
    found = nodes(compose(template, check_params(template, {}), MATERIAL, written).markdown)
    assert found[1:] == [(2, "Water"), (3, "river"), (2, "Engines"), (3, "piston")]


def test_a_video_of_one_chapter_has_none() -> None:
    short = replace(MATERIAL, coverage=Coverage(10.0, 10.0), transcript=None, scene_changes_s=())
    assert "mermaid" not in made(short, "flash_cards").markdown


def test_no_terms_where_none_are_wanted() -> None:
    assert {depth for depth, _ in nodes(made(MATERIAL, "flash_cards", map_terms="0").markdown)} == {
        1,
        2,
    }


@pytest.mark.parametrize("hostile", [*HOSTILE, '"]\n```\n# out', "a::b(c)[d]{e}"])
def test_hostile_titles_are_nodes(hostile: str) -> None:
    chapters = (WrittenChapter(0.0, hostile, ()), WrittenChapter(200.0, hostile, ()))
    written = Written("stub pen-1", chapters=chapters)
    template = TEMPLATES["flash_cards"]
    hurt = replace(MATERIAL, probe=replace(MATERIAL.probe, title=hostile))
    found = nodes(compose(template, check_params(template, {}), hurt, written).markdown)
    assert [depth for depth, _ in found if depth < 3] == [1, 2, 2]


def test_words_that_are_said_once_hang_nowhere_and_others_as_they_are_written() -> None:
    said = [
        "Newton's method is welcome in every course, and Newton's step is small.",
        "The method of Newton takes a tangent, and a tangent is straight.",
        "A lesson on Fibonacci begins here.",
    ]
    lines = tuple(Utterance(100.0 * i, 100.0 * i + 9, text) for i, text in enumerate(said * 2))
    material = replace(
        MATERIAL,
        coverage=Coverage(700.0, 700.0),
        transcript=Transcript("en", "stub", lines),
        scene_changes_s=(300.0,),
    )
    found = [text for depth, text in nodes(made(material, "flash_cards").markdown) if depth == 3]
    assert not {"welcome", "course", "lesson", "straight", "newton", "fibonacci"} & set(found)


def test_an_apostrophe_stays_one() -> None:
    chapters = (WrittenChapter(0.0, "Newton's formula", ()), WrittenChapter(200.0, "More", ()))
    template = TEMPLATES["flash_cards"]
    document = compose(
        template, check_params(template, {}), MATERIAL, Written("stub pen-1", chapters=chapters)
    )
    assert (2, "Newton’s formula") in nodes(document.markdown)
