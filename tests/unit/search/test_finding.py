"""What is found: by words, phrases, beginnings and filters, each moment once, the best first."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.searched import DATED_S, Lecture, SearchedFolder, spoken_lecture
from videobatch.search import finding
from videobatch.search.records import Hit, Kind

DAY_S = 86_400


def once(out: SearchedFolder, *words: str, **filters: Any) -> Hit:
    (hit,) = out.find(*words, **filters).hits
    return hit


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["hash"], {"en", "mixed"}),
        (["HASH", "table"], {"en"}),
        (['"table hash"'], set()),
        (['"hash table"'], {"en"}),
        (["tab*"], {"en"}),
        (["tab"], set()),
        (["hash", "-table"], {"mixed"}),
        (["机器"], {"simplified", "traditional"}),
        (["機器學習"], {"simplified", "traditional"}),
        (["器学"], {"simplified", "traditional"}),
        (["学"], {"simplified", "traditional", "mixed"}),
        (["学*"], {"simplified", "traditional", "mixed"}),
        (["学机"], set()),
        (["机器", "-traditional"], {"simplified"}),
        (["Ｃａｆｅ"], {"mixed"}),
        (["CAFÉ"], {"mixed"}),
    ],
)
def test_words_are_found_as_they_are_meant(
    out: SearchedFolder, words: list[str], found: set[str]
) -> None:
    for name, text in {
        "en": "A hash table keeps names.",
        "simplified": "今天讲机器学习的基础。",
        "traditional": "今天講機器學習的基礎，traditional。",
        "mixed": "Café hash 同学们好。",
    }.items():
        out.put(f"b/{name}", spoken_lecture(text))
    assert set(out.videos(*words)) == found


def test_a_hit_is_a_sentence_with_its_second_and_its_place(out: SearchedFolder) -> None:
    said = [(0, 2, "First of all."), (2, 4, "A hash table"), (4, 6, "has boxes. And more.")]
    document = "- **[00:02](../../../in/a.mp4#t=2)** Nothing of it.\n"
    out.put("b-1/week 2/a.mp4", Lecture(said, document=document, title="Tables"))
    hit = once(out, "boxes")
    assert hit == Hit(
        batch="b-1", course="week 2", video="a.mp4", title="Tables", kind=Kind.SPEECH, also=(),
        at_s=2.0, text="A hash table has boxes.", marks=((17, 22),), folder="b-1/week 2/a.mp4",
        source="transcript.json", media="../../../in/a.mp4", dated_s=DATED_S,
    )  # fmt: skip


def test_a_moment_counts_once_wherever_it_stands(out: SearchedFolder) -> None:
    said = [(60.0, 64.0, "A hash table has boxes."), (300.0, 304.0, "A hash table has boxes!")]
    lecture = Lecture(
        said=[said[0], (100.0, 130.0, "Something else."), said[1]],
        slides=[(59.0, ["hash table"]), (70.0, ["hash table", "more"]), (400.0, ["Hash Table"])],
        document="- **01:00** A hash table has boxes.\n\nNo time: a hash table has boxes.\n",
    )
    out.put("b/a.mp4", lecture)
    out.put("b/other.mp4", spoken_lecture("A hash table has boxes.", at_s=60.0))
    found = out.find("hash", "table")
    places = [(hit.video, round(hit.at_s or 0, -1)) for hit in found.hits]
    assert sorted(places) == [("a.mp4", 60), ("a.mp4", 300), ("other.mp4", 60)]
    kinds = {kind for hit in found.hits for kind in (hit.kind, *hit.also) if hit.video == "a.mp4"}
    assert kinds == set(Kind)
    assert not found.has_more


def test_filters_narrow_what_is_searched(out: SearchedFolder) -> None:
    for number, path in enumerate(
        ["one-1/week 1/a", "one-1/week 10/b", "two-2/x/week 1/c", "two-2/d"]
    ):
        lecture = Lecture([(0, 1, "alpha said")], [(1, ["alpha shown"])], "alpha written")
        out.put(path, Lecture(**{**vars(lecture), "dated_s": DATED_S + number * DAY_S}))

    def found(**filters: Any) -> str:
        hits = out.find("alpha", limit=100, **filters).hits
        return "".join(sorted({hit.video for hit in hits}))

    assert found() == "abcd"
    assert found(batch="one") == found(batch="one-1") == "ab"
    assert found(batch="ne-1") == ""
    assert found(course="week 1") == found(course="/week 1/") == "ac"
    assert found(course="x/week 1") == found(course="x") == "c"
    assert found(course="week") == ""
    assert found(since_s=DATED_S + DAY_S) == "bcd"
    assert found(until_s=DATED_S + DAY_S) == "a"
    assert found(since_s=DATED_S + DAY_S, until_s=DATED_S + 3 * DAY_S, course="week 1") == "c"
    for kind in Kind:
        hits = out.find("alpha", limit=100, kinds=frozenset({kind})).hits
        assert [hit.kind for hit in hits] == [kind] * 4
    both = frozenset({Kind.SLIDE, Kind.DOCUMENT})
    assert {hit.kind for hit in out.find("alpha", limit=100, kinds=both).hits} == both


def test_what_speaks_of_it_most_comes_first_and_the_limit_is_kept(out: SearchedFolder) -> None:
    for number in range(6):
        out.put(f"b/{number}", spoken_lecture(f"alpha {'other words ' * 9}{number}"))
    out.put("b/most", spoken_lecture("alpha alpha alpha"))
    found = out.find("alpha", limit=3)
    assert (found.hits[0].video, len(found.hits)) == ("most", 3)
    assert (found.has_more, found.is_ranked) == (True, True)
    assert not out.find("alpha", limit=7).has_more


def test_of_words_that_are_everywhere_the_latest_come_first(
    out: SearchedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MOST_RANKED", 3)
    for number in range(5):
        out.put(f"b/{number}", Lecture([(0, 1, f"alpha {number}")], dated_s=DATED_S + number))
    found = out.find("alpha", limit=2)
    assert ([hit.video for hit in found.hits], found.is_ranked) == (["4", "3"], False)
    assert out.find("alpha", "2").is_ranked
    early = out.find("alpha", until_s=DATED_S + 2)
    assert [hit.video for hit in early.hits] == ["1", "0"]


def test_one_sentence_said_again_and_again_is_no_end(
    out: SearchedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MOST_LOOKED", 3)
    out.put("b/a", Lecture(slides=[(n, ["alpha"]) for n in range(40)]))
    found = out.find("alpha", limit=2)
    assert (len(found.hits), found.has_more) == (1, True)


def test_markup_and_control_characters_are_text(out: SearchedFolder) -> None:
    text = "<script>alert(1)</script> \x1b[2J needle \u202e[bold]x[/bold]"
    out.put("b/a", spoken_lecture(text))
    assert "<script>" in once(out, "needle").text
    assert out.videos("'); DROP TABLE videos; --") == []
    assert out.videos("needle") == ["a"]
