"""What the pipeline works with, in memory: a job, its ports, and a transcriber that counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from videobatch.errors import SettingsError, StoppingError
from videobatch.paths import to_uri
from videobatch.pipeline.options import DocumentOptions
from videobatch.pipeline.outputs.publication import attempt_dir, publish
from videobatch.pipeline.stages.runner import run
from videobatch.pipeline.stopwatch import Stopwatch, TimeLimits
from videobatch.pipeline.templates import Template, check_params, load_templates
from videobatch.pipeline.work import Tools
from videobatch.ports import SlideReader
from videobatch.records import (
    AudioSegment,
    Claim,
    Counted,
    Phase,
    Stage,
    Utterance,
    VideoJob,
    VideoResult,
    token_order,
)

TEMPLATE = "summary_report"
SOFTWARE = "videobatch test"
TODAY = date(2025, 1, 2)


@cache
def templates() -> Mapping[str, Template]:
    """The built-in templates."""
    return load_templates()


def template(name: str, content_hash: str) -> Template:
    """The built-in template. Raises SettingsError for another hash, as a worker's does."""
    found = templates()[name]
    if found.content_hash != content_hash:
        raise SettingsError(f"the template {name} is another one")
    return found


def job_of(
    path: Path, out: Path, *, template: str = TEMPLATE, name: str | None = None, **options: Any
) -> VideoJob:
    """The job that a submit would write for the file, to be made below `out`."""
    chosen = templates()[template]
    status = path.stat()
    return VideoJob(
        name=name or path.name,
        source_uri=to_uri(path),
        root_uri=to_uri(path.parent),
        out_uri=to_uri(out / (name or path.name)),
        template=template,
        fingerprint="0123456789abcdef",
        size_bytes=status.st_size,
        mtime_ns=status.st_mtime_ns,
        params=check_params(chosen, {}),
        settings=DocumentOptions(chosen.content_hash, **options).as_settings(),
    )


def claim_of(
    job: VideoJob, token: str = "1", checkpoints: Mapping[str, str] | None = None
) -> Claim:
    """The job as a worker holds it."""
    return Claim("b", "v", token, token_order(token), job, dict(checkpoints or {}))


class StubTranscriber:
    """Hears `words N` in segment N and counts; `on_segment` is called first and may raise."""

    name = "stub"
    model = "en-us"
    language: str | None = "en"
    languages = frozenset({"en"})
    parallel = 1
    rough = True

    def __init__(
        self,
        max_segment_s: float = 3.0,
        on_segment: Callable[[AudioSegment], object] | None = None,
    ) -> None:
        self.max_segment_s = max_segment_s
        self.on_segment = on_segment
        self.heard: list[int] = []

    def transcribe(self, segment: AudioSegment) -> tuple[Utterance, ...]:
        self.heard.append(segment.index)
        if self.on_segment is not None:
            self.on_segment(segment)
        text = f"These are the words of part {segment.index}."
        return (Utterance(segment.start_s, segment.end_s, text),)


class NotedPhases:
    """Notes each phase that is entered."""

    def __init__(self) -> None:
        self.marks: list[Phase] = []
        self.counted: Counter[Counted] = Counter()

    @contextmanager
    def mark(self, phase: Phase) -> Iterator[None]:
        self.marks.append(phase)
        yield

    def count(self, what: Counted, amount: int = 1) -> None:
        self.counted[what] += amount


def tools_of(
    transcriber: StubTranscriber,
    phases: NotedPhases | None = None,
    reader: SlideReader | None = None,
) -> Tools:
    """Tools whose documents are equal on each day."""
    return Tools(
        transcriber=lambda _: transcriber,
        template=template,
        phases=phases or NotedPhases(),
        software=SOFTWARE,
        today=lambda: TODAY,
        slide_reader=lambda: reader,
    )


@dataclass(frozen=True)
class Made:
    """A published document: the run's result, the video's folder, the segments recognised."""

    result: VideoResult
    folder: Path
    segments: int

    @property
    def document(self) -> str:
        return (self.folder / f"{TEMPLATE}.md").read_text()

    @property
    def notes(self) -> list[str]:
        """The document's warnings to its reader."""
        return [line[2:] for line in self.document.splitlines() if line.startswith("> ")]

    @property
    def transcript(self) -> Any:
        return json.loads((self.folder / "transcript.json").read_text())

    @property
    def said(self) -> list[str]:
        return [each["text"] for each in self.transcript["utterances"]]


def make(path: Path, out: Path) -> Made:
    """The document of a file, made and published by one attempt."""
    return make_claimed(claim_of(job_of(path, out)))


def make_claimed(
    claim: Claim,
    ports: Ports | None = None,
    transcriber: StubTranscriber | None = None,
    reader: SlideReader | None = None,
) -> Made:
    """The document of a claimed video, published."""
    transcriber = transcriber or StubTranscriber()
    ports = ports or Ports(claim.checkpoints)
    tools = tools_of(transcriber, reader=reader)
    result = run(claim, tools, ports, ports, unlimited_watch())
    publish(claim)
    return Made(result, attempt_dir(claim).parent, len(transcriber.heard))


def unlimited_watch() -> Stopwatch:
    """A watch whose limits are far away, and that ends nobody."""
    return Stopwatch(TimeLimits(), 0, lambda _deadline_s: None)


class CrashError(Exception):
    """The process ended here."""


class Ports:
    """Checkpoints and progress of one attempt; `events` says in which order they were used.

    The event at place `break_at` raises: a report StoppingError, a checkpoint CrashError. With
    `answer_lost` the checkpoint is stored before that.
    """

    def __init__(
        self,
        stored: Mapping[str, str] | None = None,
        *,
        break_at: int | None = None,
        answer_lost: bool = False,
    ) -> None:
        self.stored = dict(stored or {})
        self.events: list[str] = []
        self._break_at = break_at
        self._answer_lost = answer_lost

    def _breaks(self, event: str) -> bool:
        self.events.append(event)
        return len(self.events) - 1 == self._break_at

    def get(self, name: str) -> str | None:
        return self.stored.get(name)

    def put(self, name: str, payload: str) -> None:
        breaks = self._breaks(f"put {_short(name)}")
        if not breaks or self._answer_lost:
            self.stored[name] = payload
        if breaks:
            raise CrashError(name)

    def report(self, stage: Stage, done: float, total: float) -> None:
        assert 0 <= done <= total
        if self._breaks(f"report {stage.value}"):
            raise StoppingError("the worker is stopping")

    def checkpoints(self) -> set[str]:
        """The names of what is stored, without the hashes of segments."""
        return {_short(name) for name in self.stored}


def _short(name: str) -> str:
    return ":".join(name.split(":")[:2])
