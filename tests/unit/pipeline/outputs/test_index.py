"""The index of a folder of documents."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
import yaml
from markdown_it import MarkdownIt

from tests.unit.pipeline.text.test_markdown import HOSTILE
from videobatch.pipeline.outputs import index
from videobatch.pipeline.outputs.index import (
    MARK,
    MOST_CHAPTERS,
    IndexDocument,
    IndexedVideo,
    indexes,
)
from videobatch.records import Chapter

CHAPTERS = (Chapter(0, 60, "Sets"), Chapter(60, 120, "Maps of sets"))


def video(path: str, *templates: str, **fields: object) -> IndexedVideo:
    documents = tuple(
        IndexDocument(each, f"{path}/{each}.md") for each in templates or ("summary_report",)
    )
    values = {"title": path.rpartition("/")[2].partition(".")[0], "duration_s": 125.0}
    return IndexedVideo(path=path, documents=documents, **{**values, **fields})  # type: ignore[arg-type]


def body(text: str) -> list[str]:
    return text.split("---\n", 2)[2].strip().splitlines()


def test_videos_stand_in_the_order_of_the_course_with_what_each_holds() -> None:
    videos = [video("lecture 10.mp4"), video("lecture 2.mp4", chapters=CHAPTERS)]
    (text,) = indexes("algebra", videos).values()
    assert body(text) == [
        "# algebra",
        "",
        "1. [lecture 2](lecture%202.mp4/summary_report.md) (02:05)",
        "   - 00:00 Sets",
        "   - 01:00 Maps of sets",
        "2. [lecture 10](lecture%2010.mp4/summary_report.md) (02:05)",
    ]
    front = yaml.safe_load(text.split("---\n")[1])
    assert front == {"title": "algebra", "generator": "videobatch"}
    assert f"\n{MARK}\n" in text


def test_a_video_of_several_documents_stands_once() -> None:
    both = video("a.mp4", "summary_report", "comprehensive_lesson", duration_s=None)
    (text,) = indexes("algebra", [both]).values()
    assert body(text)[2:] == [
        (
            "1. a: [comprehensive\\_lesson](a.mp4/comprehensive_lesson.md)"
            " · [summary\\_report](a.mp4/summary_report.md)"
        )
    ]


def test_videos_of_one_title_are_told_apart() -> None:
    (text,) = indexes("algebra", [video("a.mp4"), video("a.mkv"), video("b.mp4")]).values()
    assert [line.split("]")[0] for line in body(text)[2:]] == [
        "1. [a (a.mkv)",
        "2. [a (a.mp4)",
        "3. [b",
    ]


def test_each_folder_has_its_own_and_leads_to_those_below() -> None:
    videos = [video("week 1/a.mp4"), video("week 2/part/b.mp4"), video("intro.mp4")]
    found = indexes("algebra", videos)
    assert set(found) == {"", "week 1", "week 2", "week 2/part"}
    assert body(found[""])[2:] == [
        "1. [intro](intro.mp4/summary_report.md) (02:05)",
        "",
        "- [week 1/](week%201/index.md)",
        "- [week 2/](week%202/index.md)",
    ]
    assert body(found["week 2"])[2:] == ["- [part/](part/index.md)"]
    assert body(found["week 2/part"]) == [
        "# part",
        "",
        "1. [b](b.mp4/summary_report.md) (02:05)",
    ]


def test_many_chapters_are_cut_and_one_alone_tells_nothing() -> None:
    many = tuple(Chapter(n, n + 1, f"c{n}") for n in range(MOST_CHAPTERS + 1))
    (text,) = indexes("x", [video("a.mp4", chapters=many)]).values()
    assert body(text)[-2:] == [f"   - 00:{MOST_CHAPTERS - 1:02} c{MOST_CHAPTERS - 1}", "   - …"]
    (text,) = indexes("x", [video("a.mp4", chapters=many[:1])]).values()
    assert len(body(text)) == 3


def test_of_very_many_folders_there_is_one_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "MOST_FOLDERS", 3)
    (text,) = indexes("algebra", [video(f"{n}/part/v.mp4") for n in (10, 2)]).values()
    assert body(text)[2:] == [
        "1. [2/part/v.mp4](2/part/v.mp4/summary_report.md) (02:05)",
        "2. [10/part/v.mp4](10/part/v.mp4/summary_report.md) (02:05)",
    ]


def test_nothing_made_makes_no_index() -> None:
    assert indexes("algebra", []) == {}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_names_and_titles_do_nothing(hostile: str) -> None:
    name = hostile.replace("/", "-").strip() or "x"
    videos = [
        IndexedVideo(
            path=f"{name}/{name}.mp4",
            title=hostile,
            duration_s=1.0,
            documents=(IndexDocument("notes", f"{name}/{name}.mp4/notes.md"),),
            chapters=(Chapter(0, 1, hostile), Chapter(1, 2, hostile)),
        )
    ]
    for text in indexes(hostile, videos).values():
        assert yaml.safe_load(text.split("---\n")[1])["generator"] == "videobatch"
        html = MarkdownIt("commonmark").render(text.split("---\n", 2)[2])
        tags = set(re.findall(r"<(\w+)", html))
        assert tags <= {"h1", "ol", "ul", "li", "a", "p"}
        for target in re.findall(r'href="([^"]+)"', html):
            assert unquote(target).endswith(".md")
            assert ":" not in target
            assert not target.startswith("/")


def test_the_same_videos_in_another_order_make_the_same_index() -> None:
    videos = [video("b.mp4"), video("c/a.mp4"), video("a.mp4"), video("c/B.mp4")]
    forward, backward = indexes("x", videos), indexes("x", videos[::-1])
    assert forward == backward
