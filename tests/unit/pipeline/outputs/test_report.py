"""The report of a batch."""

from __future__ import annotations

import json
from dataclasses import replace

from markdown_it import MarkdownIt

from tests.unit.pipeline.text.test_markdown import HOSTILE
from videobatch.pipeline.outputs.report import (
    BatchReport,
    VideoReport,
    report_json,
    report_markdown,
)
from videobatch.records import Checked, ErrorKind, ErrorRecord, Remark, RemarkCode, VideoState

DONE = VideoReport(
    name="week 1/lecture #2 (a).mkv",
    state=VideoState.DONE,
    template="summary_report",
    duration_s=120.0,
    elapsed_s=30.0,
    words=250,
    keyframes=4,
    attempts=1,
    document="week 1/lecture #2 (a).mkv/summary_report.md",
)
PARTIAL = VideoReport(
    name="cut.mp4",
    state=VideoState.PARTIAL,
    template="summary_report",
    duration_s=60.0,
    elapsed_s=10.0,
    words=50,
    document="cut.mp4/summary_report.md",
    note="the file is cut off",
)
FAILED = VideoReport(
    name="empty.mp4",
    state=VideoState.FAILED,
    template="summary_report",
    attempts=1,
    error=ErrorRecord(ErrorKind.PERMANENT, "empty", "the file is empty", "copy it again"),
)


def batch(*videos: VideoReport, finished_at_s: float | None = 1090.0) -> BatchReport:
    return BatchReport("b-1", "course", "done", 1000.0, finished_at_s, videos)


def test_json() -> None:
    fields = json.loads(report_json(batch(DONE, PARTIAL, FAILED)))
    assert fields["totals"] == {
        "videos": 3,
        "documents": 3,
        "counts": {"done": 1, "partial": 1, "failed": 1},
        "duration_s": 180.0,
        "work_s": 40.0,
        "wall_s": 90.0,
        "speed": 2.0,
        "words": 300,
        "cost_usd": 0.0,
        "statements": None,
    }
    done, _, failed = fields["videos"]
    assert (done["path"], done["speed"], done["error"]) == (DONE.name, 4.0, None)
    assert (failed["speed"], failed["document"]) == (None, None)
    assert failed["error"] == {
        "kind": "permanent",
        "code": "empty",
        "message": "the file is empty",
        "hint": "copy it again",
    }


def test_markdown() -> None:
    text = report_markdown(batch(DONE, PARTIAL, FAILED))
    assert text.index("**Videos:** 3 (1 done, 1 failed, 1 partial)") < text.index("## Videos")
    assert "- **Time taken:** 01:30, 2.0 × real time" in text
    assert "- **empty.mp4**: the file is empty. *What to do:* copy it again" in text
    link = "(week%201/lecture%20%232%20%28a%29.mkv/summary_report.md)"
    assert f"| [week 1/lecture \\#2 (a).mkv]{link} | done | 02:00 | 30.0 s | 4.0 × | 250 |" in text
    assert "| the file is cut off |" in text


def test_remarks_are_told_in_both_forms() -> None:
    remark = Remark(RemarkCode.WRITER_UNUSABLE, "it was made without | pen-1")
    text = report_markdown(batch(replace(DONE, remarks=(remark,)), PARTIAL))
    assert "- **With remarks:** 1, in the table below" in text
    assert "| 250 | it was made without \\| pen-1 |" in text
    assert "With remarks" not in report_markdown(batch(DONE))
    done, _ = json.loads(report_json(batch(replace(DONE, remarks=(remark,)), PARTIAL)))["videos"]
    assert done["remarks"] == [{"code": "writer_unusable", "message": remark.message}]


def test_costs_stand_in_the_table_where_something_was_paid() -> None:
    paid = replace(DONE, cost_usd=1.255)
    text = report_markdown(batch(paid, replace(PARTIAL, cost_usd=0.0042), FAILED))
    assert "- **Paid calls:** \\$1.26" in text
    assert "| Words | Cost | Remark |" in text
    assert " | 250 | \\$1.25 |" in text or " | 250 | \\$1.26 |" in text
    assert " | \\$0.0042 |" in text
    assert " | \\$0.00 |" in text
    assert json.loads(report_json(batch(paid)))["totals"]["cost_usd"] == 1.255
    assert "Cost" not in report_markdown(batch(DONE, FAILED))


def test_a_video_of_several_documents_counts_once() -> None:
    lesson = replace(
        DONE,
        template="comprehensive_lesson",
        document=f"{DONE.name}/comprehensive_lesson.md",
        elapsed_s=50.0,
    )
    both = batch(DONE, lesson, PARTIAL)
    totals = json.loads(report_json(both))["totals"]
    assert (totals["videos"], totals["documents"]) == (2, 3)
    assert (totals["duration_s"], totals["words"], totals["work_s"]) == (180.0, 300, 90.0)
    text = report_markdown(both)
    assert "- **Videos:** 2, 3 documents (2 done, 1 partial)" in text
    assert "- **Material:** 03:00, 300 words" in text
    rows = [line for line in text.splitlines() if "lecture" in line]
    assert [row.split(" | ")[0].rsplit(", ")[-1] for row in rows] == [
        "summary\\_report",
        "comprehensive\\_lesson",
    ]


def test_statements_that_were_found_are_told_where_some_were_looked_for() -> None:
    videos = (replace(DONE, checked=Checked(20, 19)), replace(PARTIAL, checked=Checked(10, 8)))
    assert "- **Statements found in the videos:** 90 % (27 of 30)" in report_markdown(
        batch(*videos, FAILED)
    )
    fields = json.loads(report_json(batch(*videos, FAILED)))
    assert fields["totals"]["statements"] == {"checked": 30, "found": 27, "share": 0.9}
    told = [video["statements"] for video in fields["videos"]]
    assert told[0] == {"checked": 20, "found": 19, "share": 0.95}
    assert told[2] is None
    assert "Statements found" not in report_markdown(batch(DONE))


def test_an_unfinished_batch_and_an_empty_one() -> None:
    assert "Time taken" not in report_markdown(batch(DONE, finished_at_s=None))
    assert json.loads(report_json(batch(finished_at_s=1000.0)))["totals"]["speed"] is None
    assert "There are no videos" in report_markdown(batch())


def test_hostile_names_and_reasons_do_nothing() -> None:
    videos = [
        VideoReport(
            name=text,
            state=state,
            template="summary_report",
            document=f"{text}/summary_report.md" if state is VideoState.DONE else None,
            note=text,
            error=ErrorRecord(ErrorKind.PERMANENT, "x", text, text)
            if state is VideoState.FAILED
            else None,
        )
        for text in HOSTILE
        for state in (VideoState.DONE, VideoState.FAILED)
    ]
    text = report_markdown(BatchReport("b", HOSTILE[0], "done", 0.0, 1.0, tuple(videos)))
    blocks = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(text)
    inline = [child for block in blocks for child in block.children or []]
    kinds = {token.type for token in [*blocks, *inline]}
    assert not kinds & {"html_block", "html_inline", "image", "code_inline", "fence", "hr"}
    rows = sum(token.type == "tr_open" for token in blocks)
    assert rows == 1 + len(videos)
    cells = sum(token.type in ("td_open", "th_open") for token in blocks)
    assert cells == 7 * rows
    links = [str(t.attrs["href"]) for t in inline if t.type == "link_open"]
    assert len(links) == len(HOSTILE)
    assert all(link.endswith("/summary_report.md") and ":" not in link for link in links)
    json.loads(report_json(batch(*videos)))
