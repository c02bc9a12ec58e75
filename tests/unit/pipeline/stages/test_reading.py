"""The slides of a video: each read once, kept, within a budget, and told where they belong."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from config.settings import PROJECT_ROOT
from tests.support.media import Recipe, Scenes, Sound, make_media
from tests.support.outputs import assert_whole, manifest_of
from tests.support.pages import StubReader, line, page, slide
from tests.support.pipeline import (
    CrashError,
    Made,
    Ports,
    StubTranscriber,
    claim_of,
    job_of,
    make_claimed,
)
from videobatch.errors import (
    NO_RECOGNISER,
    RECOGNISER_DIES,
    PermanentError,
    SettingsError,
    TimeLimitError,
    TransientError,
)
from videobatch.pipeline.stages import reading
from videobatch.records import AudioSegment, Claim, Page, Utterance, Word

SCHEMA = json.loads((PROJECT_ROOT / "docs/reference/transcript.schema.json").read_text("utf-8"))
# Three scenes of 3 s, each with a slide.
LECTURE = Recipe(
    seconds=9.0,
    scenes=Scenes(changes_s=(3.0, 6.0), gop=15, fps=5),
    sound=Sound(voiced=((0.2, 1.4), (3.6, 4.8), (7.0, 8.4))),
)
PAGES = (
    slide("The lever", "a bar that turns"),
    slide("The pulley", "a rope over a wheel"),
    slide("The plane", "a slope of any length"),
)


@pytest.fixture(scope="module")
def lecture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_media(tmp_path_factory.mktemp("in") / "lecture.mkv", LECTURE)


def claim(
    path: Path, out: Path, token: str = "1", ports: Ports | None = None, **more: Any
) -> Claim:
    stored = ports.stored if ports else {}
    options = {"slides": True, "min_gap_s": 1.0, **more}
    return claim_of(job_of(path, out, **options), token, stored)


def made(path: Path, out: Path, reader: StubReader | None, **more: Any) -> Made:
    return make_claimed(claim(path, out, **more), reader=reader)


def remarks(found: Made) -> dict[str, str]:
    return {remark.code.value: remark.message for remark in found.result.remarks}


def test_each_still_is_read_and_stands_beside_what_was_said(lecture: Path, tmp_path: Path) -> None:
    reader = StubReader(PAGES)
    found = made(lecture, tmp_path, reader)
    assert reader.count == 3
    shown = found.transcript["slides"]
    assert [each["title"] for each in shown] == ["The lever", "The pulley", "The plane"]
    assert [each["start_s"] for each in shown] == [0.0, 3.0, 6.0]
    assert [each["lines"][1]["text"] for each in shown] == [x.lines[1].text for x in PAGES]
    jsonschema.validate(found.transcript, SCHEMA)
    assert all((found.folder / "keyframes" / each["still"]).is_file() for each in shown)
    for each in PAGES:
        assert f"> On the slide: **{each.lines[0].text}**" in found.document
        assert f"> - {each.lines[1].text}" in found.document
    assert "slides" in manifest_of(found.folder)["stages_s"]
    assert remarks(found).keys() == set()
    assert_whole(found.folder)


def test_a_chapter_is_called_as_the_slide_that_opens_it(tmp_path: Path) -> None:
    recipe = Recipe(
        seconds=80.0,
        scenes=Scenes(changes_s=(40.0,), gop=10, fps=2),
        sound=Sound(voiced=((1.0, 3.0), (20.0, 22.0), (42.0, 44.0), (60.0, 62.0))),
    )
    path = make_media(tmp_path / "lecture.mkv", recipe)
    found = made(path, tmp_path / "out", StubReader(PAGES[:2]))
    headings = [x for x in found.document.splitlines() if x.startswith("### ")]
    assert [x.split(" ", 2)[2] for x in headings] == ["The lever", "The pulley"]


def test_without_the_option_nobody_reads(lecture: Path, tmp_path: Path) -> None:
    reader = StubReader(PAGES)
    found = made(lecture, tmp_path, reader, slides=False)
    assert reader.count == 0
    assert "slides" not in found.transcript
    assert "slides" not in manifest_of(found.folder)["stages_s"]


def test_what_a_killed_attempt_read_is_not_read_again(lecture: Path, tmp_path: Path) -> None:
    def crash(at: int) -> None:
        if at == 2:
            raise CrashError("killed")

    first, ports = StubReader(PAGES, crash), Ports()
    with pytest.raises(CrashError):
        make_claimed(claim(lecture, tmp_path), ports, reader=first)
    assert {name for name in ports.checkpoints() if "slide" in name} == {"slide:0", "slide:1"}
    second, again = StubReader(PAGES[2:]), Ports(ports.stored)
    found = make_claimed(claim(lecture, tmp_path, "2", again), again, reader=second)
    assert second.count == 1
    assert [each["title"] for each in found.transcript["slides"]] == [
        "The lever", "The pulley", "The plane",
    ]  # fmt: skip


def test_a_recogniser_is_told_what_slides_show_and_told_the_same_after_a_kill(
    lecture: Path, tmp_path: Path
) -> None:
    told: dict[int, tuple[str, ...]] = {}

    def on_segment(segment: AudioSegment) -> None:
        assert told.setdefault(segment.index, segment.terms) == segment.terms
        if segment.index == 1 and not again:
            raise CrashError("killed")

    again: list[bool] = []
    pages = (slide("The lever", "Archimedes"), slide("The pulley", "the thylakoid"), PAGES[2])
    first, transcriber = Ports(), StubTranscriber(on_segment=on_segment)
    with pytest.raises(CrashError):
        make_claimed(claim(lecture, tmp_path), first, transcriber, StubReader(pages))
    (kept,) = (name for name in first.stored if name.startswith("segment:0:"))
    again.append(True)
    second, unread = Ports(first.stored), StubReader(pages)
    make_claimed(claim(lecture, tmp_path, "2", second), second, transcriber, unread)
    assert transcriber.heard == [0, 1, 1, 2]
    assert unread.count == 0
    # Nobody is told of a lever: it is a word like others.
    assert told == dict.fromkeys(range(3), ("thylakoid",))
    # What was heard by other terms is no answer: they stand in the name.
    assert len(kept.split(":")) == 4


class Mishearing(StubTranscriber):
    """Hears what is nearly a term, and is not sure of it."""

    def transcribe(self, segment: AudioSegment) -> tuple[Utterance, ...]:
        start_s = segment.start_s
        words = (
            Word(start_s, start_s + 0.3, "the", 0.9),
            Word(start_s, start_s + 1, "silacoid", 0.4),
        )
        return (Utterance(start_s, start_s + 1, "the silacoid", words=words),)


def test_a_misheard_term_is_set_right_marked_and_counted(lecture: Path, tmp_path: Path) -> None:
    pages = (PAGES[0], slide("The pulley", "a thylakoid"), PAGES[2])
    found = make_claimed(
        claim(lecture, tmp_path), transcriber=Mishearing(), reader=StubReader(pages)
    )
    # The first and the last slide show nothing of the kind, but stand near the second.
    assert found.said == ["the thylakoid"] * 3
    jsonschema.validate(found.transcript, SCHEMA)
    told = [each["corrections"] for each in found.transcript["utterances"]]
    assert [(each["heard"], each["written"]) for (each,) in told] == [("silacoid", "thylakoid")] * 3
    assert manifest_of(found.folder)["corrected"] == 3
    assert "set right 3 words" in remarks(found)["corrected"]
    assert any("Set right 3 words" in note for note in found.notes)


def test_subtitles_are_never_set_right(lecture: Path, tmp_path: Path) -> None:
    path = tmp_path / lecture.name
    path.write_bytes(lecture.read_bytes())
    path.with_suffix(".en.srt").write_text("1\n00:00:00,200 --> 00:00:08,400\nthe silacoid\n")
    found = made(path, tmp_path / "out", StubReader([slide("The thylakoid", "a bar")]))
    assert found.said == ["the silacoid"]
    assert "corrected" not in remarks(found)
    assert manifest_of(found.folder)["corrected"] == 0


def test_stills_that_look_the_same_are_read_once(
    lecture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "are_alike", lambda _one, _other: True)
    reader = StubReader(PAGES)
    found = made(lecture, tmp_path, reader)
    assert reader.count == 1
    assert [each["title"] for each in found.transcript["slides"]] == ["The lever"] * 3
    # It is one slide, and said once.
    assert found.document.count("On the slide:") == 1


def test_no_more_are_read_than_may_be(lecture: Path, tmp_path: Path) -> None:
    reader = StubReader(PAGES)
    found = made(lecture, tmp_path, reader, max_slides=2)
    assert reader.count == 2
    told = (
        "2 of 3 pictures were read for their text, as many as VIDEOBATCH_SLIDES__MAX_COUNT allows"
    )
    assert remarks(found) == {"slides_budget": told}
    assert len(found.transcript["slides"]) == 2


def test_no_more_processor_time_is_spent_than_may_be(lecture: Path, tmp_path: Path) -> None:
    def busy(_at: int) -> None:
        until_s = time.process_time() + 0.02
        while time.process_time() < until_s:
            pass

    reader = StubReader(PAGES, busy)
    found = made(lecture, tmp_path, reader, slides_cpu_s=0.01)
    assert reader.count == 1
    assert "VIDEOBATCH_SLIDES__CPU_S" in remarks(found)["slides_budget"]


def test_a_worker_without_the_extra_says_so_and_loses_no_video(
    lecture: Path, tmp_path: Path
) -> None:
    found = made(lecture, tmp_path, None)
    assert "were not read" in remarks(found)["slides_unread"]
    assert found.result.words > 0
    assert "slides" not in found.transcript


@pytest.mark.parametrize("error", [PermanentError("no room", code="x"), SettingsError("no model")])
def test_a_picture_that_cannot_be_read_costs_its_own_text(
    lecture: Path, tmp_path: Path, error: PermanentError
) -> None:
    pages: tuple[Page | PermanentError, ...] = (PAGES[0], error, PAGES[2])
    found = made(lecture, tmp_path, StubReader(pages))
    assert [each["title"] for each in found.transcript["slides"]] == ["The lever", "The plane"]
    assert remarks(found)["slides_unread"] == (
        f"1 of 3 pictures could not be read: {error.message}"
    )


@pytest.mark.parametrize("code", [NO_RECOGNISER, RECOGNISER_DIES, "speech_wire"])
def test_a_reader_that_is_gone_is_waited_for_once_and_costs_no_document(
    lecture: Path, tmp_path: Path, code: str
) -> None:
    reader = StubReader((PAGES[0], TransientError("nobody answers", code=code)))
    found = made(lecture, tmp_path, reader)
    assert reader.count == 2
    assert [each["title"] for each in found.transcript["slides"]] == ["The lever"]
    assert remarks(found)["slides_unread"] == "2 of 3 pictures could not be read: nobody answers"
    assert found.result.words > 0


def test_what_was_lost_with_the_reader_is_read_by_the_next_attempt(
    lecture: Path, tmp_path: Path
) -> None:
    def crash(_part: AudioSegment) -> None:
        raise CrashError("killed")

    gone, ports = TransientError("nobody answers", code=NO_RECOGNISER), Ports()
    with pytest.raises(CrashError):
        make_claimed(
            claim(lecture, tmp_path),
            ports,
            transcriber=StubTranscriber(on_segment=crash),
            reader=StubReader((PAGES[0], gone)),
        )
    again = Ports(ports.stored)
    second = StubReader(PAGES[1:])
    found = make_claimed(claim(lecture, tmp_path, "2", again), again, reader=second)
    assert second.count == 2
    titles = [each["title"] for each in found.transcript["slides"]]
    assert titles == ["The lever", "The pulley", "The plane"]
    assert "slides_unread" not in remarks(found)


def test_a_time_limit_is_never_passed_over(lecture: Path, tmp_path: Path) -> None:
    with pytest.raises(TimeLimitError):
        made(lecture, tmp_path, StubReader((TimeLimitError("too long"),)))


def test_nothing_that_stands_on_a_slide_acts_in_the_document(lecture: Path, tmp_path: Path) -> None:
    hostile = page(
        line("<script>alert(1)</script>", 60, 50, 44),
        line("# heading [link](http://x.example) ```", 60, 160),
        *(line(text, 60, 260 + 30 * i, 22) for i, text in enumerate(
            ("def f():", "```", "<b>{{ title }}</b> = 3;", "return f(1);"))),
    )  # fmt: skip
    found = made(lecture, tmp_path, StubReader((hostile,)))
    text = found.document
    assert "<script>" not in text
    assert "[link](" not in text
    fences = [x for x in text.splitlines() if x.startswith("> ````")]
    assert len(fences) == 2
    assert "> <b>{{ title }}</b> = 3;" in text
    jsonschema.validate(found.transcript, SCHEMA)
