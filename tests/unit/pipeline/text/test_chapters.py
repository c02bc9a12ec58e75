"""Chapters from pauses, pictures and words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videobatch.pipeline.text.chapters import ChapterOptions, find_chapters, within
from videobatch.records import Utterance


def lines_of(*times: tuple[float, float, str]) -> list[Utterance]:
    return [Utterance(start, end, text) for start, end, text in times]


def steady(seconds: int, text: str = "water falls as rain", step: int = 5) -> list[Utterance]:
    return [Utterance(at, at + step, text) for at in range(0, seconds, step)]


PAUSED = lines_of((0, 50, "water and rain"), (50, 95, "rain and water"), (100, 180, "an engine"))
ENGINE = [
    Utterance(u.start_s + 300.5, u.end_s + 300.5, "the engine burns fuel") for u in steady(300)
]


@pytest.mark.parametrize(
    ("lines", "scenes", "duration_s", "starts"),
    [
        ([], [], 0.0, []),
        ([], [], 30.0, [0]),
        ([], [10.0, 200.0, 390.0], 600.0, [0, 200.0, 390.0]),
        ([], [1.0, 2.0, 3.0], 600.0, [0]),
        (PAUSED, [], 180.0, [0, 100]),
        (steady(600), [], 600.0, [0]),
        (steady(600), [250.0], 600.0, [0, 250]),
        ([*steady(300), *ENGINE], [], 601.0, [0, 300.5]),
        (lines_of((0, 3, "hi")), [], 0.0, [0]),
    ],
)
def test_where_chapters_begin(
    lines: list[Utterance], scenes: list[float], duration_s: float, starts: list[float]
) -> None:
    found = find_chapters(lines, scenes, duration_s)
    assert [chapter.start_s for chapter in found][: len(starts)] == starts[: len(found)]
    assert set(starts) <= {chapter.start_s for chapter in found}


def test_titles_tell_what_a_chapter_is_about() -> None:
    first, second = find_chapters([*steady(300), *ENGINE], [], 600.5)[:2]
    assert "water" in first.title.lower()
    assert "engine" in second.title.lower()


def test_without_words_chapters_are_numbered() -> None:
    found = find_chapters([], [200.0], 400.0, ChapterOptions(part="第 {number} 部分"))
    assert [chapter.title for chapter in found] == ["第 1 部分", "第 2 部分"]


@given(
    st.lists(st.tuples(st.floats(0.1, 20), st.floats(0, 5)), max_size=80),
    st.lists(st.floats(0, 3000), max_size=20),
    st.floats(0, 5000),
)
def test_chapters_cover_the_video_without_gaps(
    times: list[tuple[float, float]], scenes: list[float], duration_s: float
) -> None:
    at_s, lines = 0.0, []
    for length_s, pause_s in times:
        lines.append(Utterance(at_s, at_s + length_s, "water falls as rain"))
        at_s += length_s + pause_s
    found = find_chapters(lines, scenes, duration_s)
    assert len(found) <= ChapterOptions().most
    if not found:
        assert duration_s == 0
        assert not lines
        return
    edges = [chapter.start_s for chapter in found] + [found[-1].end_s]
    assert edges[0] == 0
    assert edges == sorted(set(edges))
    assert edges[1:] == [chapter.end_s for chapter in found]
    assert edges[-1] >= duration_s
    said = [line for c in found for line in within(lines, c.start_s, c.end_s)]
    assert said == lines


def test_subtitles_without_pauses_have_chapters_too() -> None:
    assert len(find_chapters(steady(900), [], 900.0)) == 5
    long = find_chapters(steady(7200), [1000.0], 7200.0)
    assert len(long) == ChapterOptions().most
    assert 1000 in {chapter.start_s for chapter in long}
    assert long[-1].start_s > 3600 * 0.6


SPEAKING = steady(240, "water falls as rain", 6)
# Somebody moves beside the slides: the picture changes every four seconds.
MOVING = [4.0 * n for n in range(1, 60)]


def test_a_new_heading_opens_a_chapter_where_pictures_tell_nothing() -> None:
    before = [chapter.start_s for chapter in find_chapters(SPEAKING, MOVING, 240.0)]
    found = find_chapters(SPEAKING, MOVING, 240.0, text_changes_s=[66.0, 150.0])
    assert {66.0, 150.0} <= {chapter.start_s for chapter in found}
    assert not {66.0, 150.0} <= set(before)


def test_a_new_heading_opens_a_chapter_where_the_picture_stays() -> None:
    found = find_chapters(SPEAKING, [], 240.0, text_changes_s=[66.0, 150.0])
    assert {66.0, 150.0} <= {chapter.start_s for chapter in found}
    silent = find_chapters([], [], 240.0, text_changes_s=[100.0])
    assert [chapter.start_s for chapter in silent] == [0.0, 100.0]


@pytest.mark.parametrize("scenes", [[], MOVING, [66.0, 150.0]])
def test_headings_that_change_with_the_picture_alone_change_nothing(scenes: list[float]) -> None:
    with_text = find_chapters(SPEAKING, scenes, 240.0, text_changes_s=())
    assert with_text == find_chapters(SPEAKING, scenes, 240.0)
    if len(scenes) == 2:
        assert with_text == find_chapters(SPEAKING, scenes, 240.0, text_changes_s=scenes)
