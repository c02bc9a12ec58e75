"""What a model wrote, held against the video: asked for once more, mended, marked, counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.pipeline.test_document import MATERIAL, SILENT, TEMPLATES, front_matter
from tests.unit.pipeline.test_writing import PICTURES, StubWriter, full, long_talk, task
from videobatch.errors import (
    TOO_LARGE,
    BudgetError,
    PermanentError,
    StoppingError,
    ThrottledError,
    TransientError,
    VideobatchError,
)
from videobatch.pipeline.document import Document, compose
from videobatch.pipeline.quotations.claims import Claim, Finding, Proof
from videobatch.pipeline.quotations.source import Source
from videobatch.pipeline.sections.written import Written
from videobatch.pipeline.templates import check_params
from videobatch.pipeline.writing import write
from videobatch.pipeline.writing.again import MOST_ASKED
from videobatch.pipeline.writing.grounding import source_of
from videobatch.records import Checked, RemarkCode

Answer = Mapping[str, Any]
INVENTED = "nobody has said these words in this video at any time"
TRUE = {"at": 40, "quote": "Water number 2 fills the river", "text": "Water fills the river."}
LIST = re.compile(r"^(\d+)\. \[(\d+)\] (.*)$", re.MULTILINE)


class Pen(StubWriter):
    """Answers the first question by `first`, and the second by `second`."""

    def __init__(
        self,
        first: Callable[[Answer, str], Any],
        second: Callable[[str], Any] = lambda user: {"statements": []},
        **options: Any,
    ) -> None:
        super().__init__(
            lambda schema, user: (
                second(user) if "statements" in schema["properties"] else first(schema, user)
            ),
            **options,
        )

    @property
    def again(self) -> list[str]:
        return [user for _, user, _, _ in self.asked if "Statements:" in user]


def with_points(*points: dict[str, Any]) -> Callable[[Answer, str], Any]:
    def answer(schema: Answer, user: str) -> Any:
        return {**full(schema, user), "key_points": list(points)}

    return answer


def written_by(pen: Pen, **options: Any) -> Written:
    written = write(task(pen, template="summary_report", pictures=(), **options))
    assert written is not None
    return written


def document(written: Written, template: str = "summary_report") -> Document:
    chosen = TEMPLATES[template]
    return compose(chosen, check_params(chosen, {}), MATERIAL, written)


def test_where_all_is_found_nothing_is_asked_again() -> None:
    pen = Pen(full)
    written = written_by(pen)
    assert len(pen.asked) == 1
    assert {entry.proof for entry in written.entries} == {Proof.FOUND}
    assert written.checked == Checked(9, 9)
    made = document(written)
    assert "not found" not in made.markdown
    assert front_matter(made)["statements_found"] == 1.0
    assert made.checked == Checked(9, 9)


def test_what_is_not_found_is_asked_for_once_all_of_it_in_one_call_then_marked() -> None:
    false = [{**TRUE, "quote": INVENTED, "text": f"Claim {name}."} for name in "ab"]
    pen = Pen(with_points(TRUE, *false))
    written = written_by(pen)
    (user,) = pen.again
    assert [(n, text.split(" (")[0]) for n, _, text in LIST.findall(user)] == [
        ("0", "Claim a."),
        ("1", "Claim b."),
    ]
    assert "its quotation is not in what was said or shown" in user
    assert "[40] Water number 2 fills the river" in user
    assert [point.proof for point in written.key_points].count(Proof.MISSING) == 2
    assert written.checked == Checked(9, 7)
    made = document(written)
    assert made.markdown.count("(*not found in the video*)") == 2
    assert "- **00:40** Claim a. (*not found in the video*)" in made.markdown
    assert any("2 of 9 statements were not found in the video" in note for note in made.notes)
    assert front_matter(made)["statements_found"] == 0.77
    assert [remark.code for remark in made.remarks] == [RemarkCode.NOT_FOUND]


def test_what_the_model_puts_right_takes_its_place() -> None:
    def put_right(user: str) -> Any:
        return {"statements": [
            {"number": 0, **TRUE, "at": 60, "quote": "Water number 3 fills the river"},
            {"number": 1, **TRUE, "quote": INVENTED, "text": "Still invented."},
            {"number": 99, **TRUE}, {"number": -1, **TRUE}, {"number": 1}, None, "text",
        ]}  # fmt: skip

    false = [{**TRUE, "quote": INVENTED, "text": f"Claim {name}."} for name in "ab"]
    pen = Pen(with_points(*false), put_right)
    written = written_by(pen)
    assert [(each.start_s, each.text, each.proof) for each in written.key_points] == [
        (40.0, "Claim b.", Proof.MISSING),
        (60.0, "Water fills the river.", Proof.FOUND),
    ]
    assert len(pen.asked) == 2


@pytest.mark.parametrize(
    "answer",
    [{"statements": []}, {"statements": [{"number": 0, "at": 1, "text": ""}]}, [], {}, None],
)
def test_a_second_answer_of_no_use_leaves_the_mark(answer: Any) -> None:
    pen = Pen(with_points({**TRUE, "quote": INVENTED}), lambda user: answer)
    (point,) = written_by(pen).key_points
    assert (point.text, point.proof) == (TRUE["text"], Proof.MISSING)


def test_a_wrong_second_is_mended_without_asking() -> None:
    late = {**TRUE, "at": 390}
    pen = Pen(with_points(late, {**TRUE, "at": 380, "text": "Again water fills it."}))
    written = written_by(pen)
    assert len(pen.asked) == 1
    assert [(each.start_s, each.proof) for each in written.key_points] == [(40.0, Proof.MOVED)] * 2
    assert written.checked.missing == 0


def test_a_point_whose_second_was_mended_stands_in_its_chapter() -> None:
    def answer(schema: Answer, user: str) -> Any:
        point = {**TRUE, "at": 390}
        return {**full(schema, user), "chapters": [
            {"at": 0, "title": "Water", "points": []},
            {"at": 203, "title": "Engines", "points": [point]},
        ]}  # fmt: skip

    first, second = written_by(Pen(answer)).chapters
    assert [point.start_s for point in first.points] == [40.0]
    assert second.points == ()


def test_an_answer_without_any_quotation_is_unchecked() -> None:
    def older(schema: Answer, user: str) -> Any:
        made = full(schema, user)
        for entry in (*made["overview"], *made["key_points"]):
            del entry["quote"]
        for chapter in made["chapters"]:
            chapter["points"] = [{"at": 0, "text": "A point."}]
        return made

    pen = Pen(older)
    written = written_by(pen)
    assert len(pen.asked) == 1
    assert {entry.proof for entry in written.entries} == {Proof.UNCHECKED}
    made = document(written)
    assert "statements_found" not in front_matter(made)
    assert "not found" not in made.markdown


def test_one_without_a_quotation_among_others_is_missing_unless_pictures_were_shown() -> None:
    bare = {"at": 40, "quote": "", "text": "The board shows a river."}
    blind, seeing = Pen(with_points(TRUE, bare)), Pen(with_points(TRUE, bare))
    assert written_by(blind).checked.missing == 1
    shown = write(replace(task(seeing, template="summary_report"), pictures=PICTURES))
    assert shown is not None
    assert [point.proof for point in shown.key_points] == [Proof.FOUND, Proof.UNCHECKED]
    assert len(seeing.asked) == 1
    assert "`quote` is empty" in seeing.asked[0][0]


def test_where_nothing_was_said_nothing_is_checked() -> None:
    pen = Pen(full)
    written = write(task(pen, SILENT))
    assert written is not None
    assert written.checked == Checked()
    assert len(pen.asked) == 1


def test_terms_answers_and_own_sections_are_checked_and_objectives_are_not() -> None:
    def answer(schema: Answer, user: str) -> Any:
        made = full(schema, user)
        made["terms"][0].update(quote=INVENTED)
        made["questions"][1].update(answer="It was 77 times.")
        made["objectives"][0].update(text="Explain Galileo and 77 things.")
        return made

    pen = Pen(answer)
    written = write(task(pen, pictures=()))
    assert written is not None
    (user,) = pen.again
    assert "77 is not said there" in user
    assert [term.proof for term in written.terms].count(Proof.MISSING) == 1
    assert [each.proof for each in written.questions].count(Proof.MISSING) == 1
    made = document(written, "comprehensive_lesson").markdown
    assert made.count("(*not found in the video*)") == 2
    assert "2. It was 77 times. (*not found in the video*)" in made


def test_notes_of_a_long_talk_keep_what_they_quote_and_all_is_held_against_the_talk() -> None:
    pen = Pen(full, context_tokens=20_000)
    written = write(task(pen, long_talk(2000), pictures=()))
    assert written is not None
    system, user, _, _ = next(asked for asked in pen.asked if "Parts:" in asked[1])
    assert "{said: Line number" in user
    assert "{said: …}" in system
    assert written.checked.statements == written.checked.found > 0
    assert not pen.again


def test_of_a_long_talk_the_second_call_shows_what_is_around() -> None:
    false = {"at": 10_000, "quote": INVENTED, "text": "Claim."}
    pen = Pen(with_points(false), context_tokens=200_000)
    write(task(pen, long_talk(2000), template="summary_report", pictures=()))
    (user,) = pen.again
    shown = [int(number) for number in re.findall(r"Line number (\d+)", user)]
    assert 1000 in shown
    assert len(shown) < 50


def test_no_more_is_asked_for_than_one_answer_holds() -> None:
    false = [{**TRUE, "quote": INVENTED, "text": f"Claim {n}."} for n in range(MOST_ASKED)]
    pen = Pen(with_points(*false))
    written = written_by(pen, material=long_talk(2000), key_points="50")
    assert len(pen.asked) == 2
    assert len(LIST.findall(pen.again[0])) == len(written.key_points) == 50


def test_a_source_is_what_was_said() -> None:
    assert source_of(SILENT) is None
    assert source_of(MATERIAL) is not None


WRONG = with_points({**TRUE, "quote": INVENTED})


def failing(error: VideobatchError) -> Pen:
    def fail(user: str) -> Any:
        raise error

    return Pen(WRONG, fail)


@pytest.mark.parametrize(
    "error",
    [
        PermanentError("it refused", code="refused"),
        BudgetError("larger than the bucket", reset_s=None, code=TOO_LARGE),
    ],
)
def test_a_second_call_that_cannot_be_had_costs_nothing_of_the_first(
    error: VideobatchError,
) -> None:
    pen = failing(error)
    assert written_by(pen).checked.missing == 1
    assert len(pen.again) == 1


@pytest.mark.parametrize(
    ("error", "is_last_try", "is_raised"),
    [
        (TransientError("HTTP 500", code="api_down"), False, True),
        (TransientError("HTTP 500", code="api_down"), True, False),
        (ThrottledError("wait", retry_after_s=1.0), True, True),
        (BudgetError("the day is used up", reset_s=1.0), True, True),
    ],
)
def test_what_may_pass_is_waited_for_and_on_the_last_try_done_without(
    error: VideobatchError, *, is_last_try: bool, is_raised: bool
) -> None:
    asked = task(failing(error), template="summary_report", pictures=())
    asked = replace(asked, is_last_try=is_last_try)
    if is_raised:
        with pytest.raises(type(error)):
            write(asked)
    else:
        written = write(asked)
        assert written is not None
        assert written.checked.missing == 1


class Torn(Source):
    """Fails at each claim whose statement has "number 7" in it."""

    def check(self, claim: Claim) -> Finding:
        if "number 7" in claim.text:
            raise ZeroDivisionError(claim.text)
        return super().check(claim)


def torn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("videobatch.pipeline.writing.grounding.Source", Torn)


def test_a_document_is_never_lost_to_its_check(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    torn(monkeypatch)
    point = {**TRUE, "text": "Water number 7 fills the river."}
    pen = Pen(with_points(point))
    written = written_by(pen)
    assert [each.text for each in written.key_points] == [point["text"]]
    assert {entry.proof for entry in written.entries} == {Proof.UNCHECKED}
    assert pen.again == []
    assert "ZeroDivisionError" in caplog.text


def test_what_cannot_be_checked_of_the_second_answer_leaves_the_mark(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    torn(monkeypatch)
    again = {**TRUE, "number": 0, "text": "Water number 7 fills the river."}
    pen = Pen(WRONG, lambda user: {"statements": [again]})
    assert written_by(pen).checked.missing == 1
    assert "ZeroDivisionError" in caplog.text


def test_a_stop_in_the_middle_of_the_check_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(self: Source, claim: Claim) -> Finding:
        raise StoppingError("the worker stops")

    monkeypatch.setattr(Source, "check", stop)
    with pytest.raises(StoppingError):
        written_by(Pen(WRONG))


def test_a_chinese_document_marks_in_chinese() -> None:
    written = written_by(Pen(WRONG))
    chosen = TEMPLATES["chinese_transcript"]
    made = compose(chosen, check_params(chosen, {}), MATERIAL, written)
    assert any("1 条在视频中未找到" in note for note in made.notes)
    own = compose(TEMPLATES["summary_report"], check_params(TEMPLATES["summary_report"], {}),
                  MATERIAL, written, "zh")  # fmt: skip
    assert "（*视频中未找到*）" in own.markdown
