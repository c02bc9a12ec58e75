"""The report of a batch: what became of each video, as JSON and as Markdown."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from videobatch.pipeline.text.markdown import escape, stamp
from videobatch.records import UNCHECKED, Checked, ErrorRecord, Remark, VideoState

MADE = frozenset({VideoState.DONE, VideoState.PARTIAL})
FAILED = frozenset({VideoState.FAILED, VideoState.DEAD})


@dataclass(frozen=True, slots=True)
class VideoReport:
    """One video's outcome. `document` is its path from the batch's folder, with `/`, None
    where there is none; durations are seconds, None where they are not known; `cost_usd` is what
    its calls cost, those of models whose price is known; `checked` what became of the statements
    that a language model wrote."""

    name: str
    state: VideoState
    template: str
    duration_s: float | None = None
    elapsed_s: float | None = None
    words: int | None = None
    keyframes: int | None = None
    attempts: int = 0
    document: str | None = None
    note: str | None = None
    remarks: tuple[Remark, ...] = ()
    error: ErrorRecord | None = None
    cost_usd: float = 0.0
    checked: Checked = UNCHECKED

    @property
    def speed(self) -> float | None:
        """Seconds of video per second of work, None where either is unknown."""
        if not self.duration_s or not self.elapsed_s:
            return None
        return self.duration_s / self.elapsed_s


@dataclass(frozen=True, slots=True)
class BatchReport:
    """A batch at one moment. `created_at_s` and `finished_at_s` are Unix seconds; a report that was
    read later has a higher `revision`."""

    batch_id: str
    name: str
    state: str
    created_at_s: float
    finished_at_s: float | None
    videos: tuple[VideoReport, ...]
    revision: int = 0


def totals(batch: BatchReport) -> dict[str, Any]:
    """The batch in figures: documents by state, durations in seconds, words, wall-clock speed. A
    video of which several documents are made counts once, with its time and its words."""
    counts: dict[str, int] = {}
    for video in batch.videos:
        counts[video.state.value] = counts.get(video.state.value, 0) + 1
    made = [video for video in batch.videos if video.state in MADE]
    each_once = {video.name: video for video in made}.values()
    duration_s = sum(video.duration_s or 0.0 for video in each_once)
    wall_s = (
        None if batch.finished_at_s is None else max(0.0, batch.finished_at_s - batch.created_at_s)
    )
    return {
        "videos": len({video.name for video in batch.videos}),
        "documents": len(batch.videos),
        "counts": counts,
        "duration_s": round(duration_s, 3),
        "work_s": round(sum(video.elapsed_s or 0.0 for video in made), 3),
        "wall_s": None if wall_s is None else round(wall_s, 3),
        "speed": round(duration_s / wall_s, 2) if wall_s else None,
        "words": sum(video.words or 0 for video in each_once),
        "cost_usd": round(sum(video.cost_usd for video in batch.videos), 6),
        "statements": _statements(_checked(made)),
    }


def _checked(videos: Iterable[VideoReport]) -> Checked:
    found = [video.checked for video in videos]
    return Checked(sum(each.statements for each in found), sum(each.found for each in found))


def _statements(checked: Checked) -> dict[str, Any] | None:
    """The counts of a language model's statements; None where none was looked for."""
    if checked.share is None:
        return None
    share = round(checked.share, 4)
    return {"checked": checked.statements, "found": checked.found, "share": share}


def report_json(batch: BatchReport) -> str:
    """The report for programs."""
    fields = {
        # The first two are read without the rest.
        "schema_version": 1,
        "revision": batch.revision,
        "batch": batch.batch_id,
        "name": batch.name,
        "state": batch.state,
        "created_at_s": batch.created_at_s,
        "finished_at_s": batch.finished_at_s,
        "totals": totals(batch),
        "videos": [_fields(video) for video in batch.videos],
    }
    return json.dumps(fields, ensure_ascii=True, indent=2) + "\n"


def _fields(video: VideoReport) -> dict[str, Any]:
    error = video.error
    return {
        "path": video.name,
        "state": video.state.value,
        "template": video.template,
        "duration_s": video.duration_s,
        "elapsed_s": video.elapsed_s,
        "speed": None if video.speed is None else round(video.speed, 2),
        "words": video.words,
        "keyframes": video.keyframes,
        "attempts": video.attempts,
        "cost_usd": round(video.cost_usd, 6),
        "statements": _statements(video.checked),
        "document": video.document,
        "note": video.note,
        "remarks": [{"code": r.code.value, "message": r.message} for r in video.remarks],
        "error": error
        and {
            "kind": error.kind.value,
            "code": error.code,
            "message": error.message,
            "hint": error.hint,
        },
    }


def report_markdown(batch: BatchReport) -> str:
    """The report for people: totals, what failed and why, then every video in a table."""
    parts = [
        f"# {escape(batch.name, 200)}",
        "\n".join(_summary(batch)),
        *_failures(batch),
        "## Videos" if batch.videos else "There are no videos in this batch.",
        "\n".join(_table(batch.videos)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _summary(batch: BatchReport) -> Iterable[str]:
    figures = totals(batch)
    counts = ", ".join(f"{count} {state}" for state, count in sorted(figures["counts"].items()))
    yield f"- **Batch:** {escape(batch.batch_id)} ({escape(batch.state)})"
    several = figures["documents"] > figures["videos"]
    documents = f", {figures['documents']} documents" if several else ""
    yield f"- **Videos:** {figures['videos']}{documents}" + (f" ({counts})" if counts else "")
    yield f"- **Material:** {stamp(figures['duration_s'])}, {figures['words']} words"
    if figures["wall_s"] is not None:
        speed = "" if figures["speed"] is None else f", {figures['speed']:.1f} × real time"
        yield f"- **Time taken:** {stamp(figures['wall_s'])}{speed}"
    remarked = sum(1 for video in batch.videos if video.remarks)
    if remarked:
        yield f"- **With remarks:** {remarked}, in the table below"
    if told := figures["statements"]:
        percent = math.floor(100 * told["found"] / told["checked"])
        yield (
            f"- **Statements found in the videos:** {percent} % "
            f"({told['found']} of {told['checked']})"
        )
    if figures["cost_usd"]:
        yield f"- **Paid calls:** {_dollars(figures['cost_usd'])}"


def _failures(batch: BatchReport) -> Iterable[str]:
    failed = [video for video in batch.videos if video.state in FAILED]
    if not failed:
        return
    yield "## What failed"
    yield "\n".join(f"- **{escape(video.name, 300)}**: {_reason(video)}" for video in failed)


def _reason(video: VideoReport) -> str:
    if video.error is None:
        return "no reason is known"
    message, hint = escape(video.error.message, 500), escape(video.error.hint, 500)
    return f"{message}. *What to do:* {hint}" if hint else message


def _table(videos: Iterable[VideoReport]) -> Iterable[str]:
    found = list(videos)
    if not found:
        return
    paid = any(video.cost_usd for video in found)
    yield f"| Video | State | Duration | Took | Speed | Words |{' Cost |' * paid} Remark |"
    yield f"|---|---|---:|---:|---:|---:|{'---:|' * paid}---|"
    # Of a video with several documents each row tells which it is of.
    several = len({video.template for video in found}) > 1
    yield from (_row(video, paid=paid, names_template=several) for video in found)


def _dollars(usd: float) -> str:
    # A dollar sign begins mathematics in some readers.
    return f"\\${usd:.2f}" if usd >= 0.01 or not usd else f"\\${usd:.4f}"


def link(path: str) -> str:
    """The path percent-encoded, as the bytes that it has on disk: names need not be UTF-8."""
    try:
        return quote(path.encode(errors="surrogateescape"), safe="/")
    except UnicodeEncodeError:  # a surrogate that no file name can hold
        return quote(path.encode(errors="replace"), safe="/")


def _remark(video: VideoReport) -> str:
    """A remark on a video, in one line; the rest stands in its document."""
    if video.error:
        return video.error.message
    return "; ".join(filter(None, (video.note, *(remark.message for remark in video.remarks))))


def _row(video: VideoReport, *, paid: bool, names_template: bool) -> str:
    name = escape(video.name, 300)
    if video.document and video.state in MADE:
        name = f"[{name}]({link(video.document)})"
    if names_template:
        name = f"{name}, {escape(video.template, 100)}"
    cells = [
        name,
        video.state.value,
        "" if video.duration_s is None else stamp(video.duration_s),
        "" if video.elapsed_s is None else f"{video.elapsed_s:.1f} s",
        "" if video.speed is None else f"{video.speed:.1f} ×",
        "" if video.words is None else str(video.words),
        *([_dollars(video.cost_usd)] if paid else []),
        escape(_remark(video), 300),
    ]
    return f"| {' | '.join(cells)} |"
