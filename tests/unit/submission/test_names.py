"""Names of documents' files: safe, of one batch each once, the same whatever the order."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videobatch.errors import SettingsError
from videobatch.submission.names import MOST_BYTES, check_pattern, document_name, titles

PATTERN = "{title} – {template}"


def named(name: str, pattern: str = PATTERN, template: str = "summary_report") -> str:
    (title,) = titles([name])
    return document_name(pattern, name, title, template, "lectures")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("01 Intro.mp4", "01 Intro – summary_report"),
        ("week 1/Größe.mkv", "Größe – summary_report"),
        ("第一讲.mp4", "第一讲 – summary_report"),
        ("a:b?#[c]|^d.mp4", "a-b-c-d – summary_report"),
        ("...mp4", "video – summary_report"),
        ("name.with.dots.mp4", "name.with.dots – summary_report"),
        ("e\u0301.mp4", "\u00e9 – summary_report"),
        ("bad\udcff\n.mp4", "bad-xff-n – summary_report"),
        ("::.mp4", "- – summary_report"),
    ],
)
def test_a_note_is_named_after_its_video(name: str, expected: str) -> None:
    assert named(name) == expected


def test_the_fields_of_a_pattern() -> None:
    pattern = "{batch}, {folder}, {title} ({template})"
    assert named("week 1/a.mp4", pattern, "notes") == "lectures, week 1, a (notes)"
    assert named("a.mp4", "{template}", "notes") == "notes"


def test_no_device_of_another_system() -> None:
    assert document_name("{template}", "a.mp4", "a", "con", "b") == "con"  # a template's own name
    assert document_name("{title}{template}", "x.mp4", "co", "n", "b") == "_con"


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("{title}", "lacks {template}"),
        ("{template} {author}", "has no field {author}"),
        ("{template} {}", "has no field {}"),
        ("{template", "cannot be read"),
        ("{template:>9}", "fields and text alone"),
        ("{template!r}", "fields and text alone"),
        ("../{template}", "no part of a file's name"),
        ("{template}#1", "no part of a file's name"),
        ("x" * MOST_BYTES + "{template}", "is too long"),
    ],
)
def test_a_pattern_that_names_no_file_is_refused(pattern: str, why: str) -> None:
    with pytest.raises(SettingsError) as refused:
        check_pattern(pattern)
    assert why in refused.value.message
    assert "{title} – {template}" in refused.value.hint


TWINS = [
    "a.mp4",
    "a.mkv",
    "week 1/intro.mp4",
    "week 2/intro.mp4",
    "week 2/Intro.mkv",
    "x/y - z.mp4",
    "x - y/z.mp4",
    "x/y/z.mp4",
    "only.mp4",
]


def test_twins_are_told_apart_by_what_they_differ_in() -> None:
    found = dict(zip(TWINS, titles(TWINS), strict=True))
    assert found["a.mp4"] == "a.mp4"
    assert found["only.mp4"] == "only"
    assert found["week 1/intro.mp4"] == "week 1 - intro.mp4"
    assert found["week 2/Intro.mkv"] == "Intro.mkv"
    assert len({title.casefold() for title in found.values()}) == len(TWINS)


def test_the_order_of_the_videos_does_not_count() -> None:
    expected = dict(zip(TWINS, titles(TWINS), strict=True))
    shuffled = random.Random(3).sample(TWINS, len(TWINS))
    assert dict(zip(shuffled, titles(shuffled), strict=True)) == expected


SIGNS = st.text(st.sampled_from("aAbé中.:/ -1\udcff\n"), min_size=1, max_size=12)


@given(st.lists(SIGNS.map(lambda text: text.strip("/") or "v"), unique=True, max_size=12))
def test_any_names_make_names_that_are_safe_and_each_once(names: list[str]) -> None:
    found = [
        document_name(PATTERN, name, title, "notes", "b")
        for name, title in zip(names, titles(names), strict=True)
    ]
    assert len({each.casefold() for each in found}) == len(names)
    for each in found:
        assert not set(each) & set('\\/:*?"<>|#^[]\n')
        assert each == each.strip(". ")
        each.encode()


def test_a_name_that_is_too_long_is_cut_and_stays_its_own() -> None:
    long = ["长" * 80 + "a.mp4", "长" * 80 + "b.mp4"]
    first, second = (
        document_name(PATTERN, name, title, "notes", "b")
        for name, title in zip(long, titles(long), strict=True)
    )
    assert first != second
    assert max(len(first.encode()), len(second.encode())) <= MOST_BYTES
