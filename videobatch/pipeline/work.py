"""The work on one video: what its stages work with, and how each result is kept."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from videobatch.heap import give_back
from videobatch.paths import from_uri
from videobatch.pipeline.options import DocumentOptions
from videobatch.pipeline.original import Original
from videobatch.pipeline.retry import RetryOptions
from videobatch.pipeline.stopwatch import Stopwatch
from videobatch.pipeline.templates import Template
from videobatch.ports import (
    Checkpoints,
    Phases,
    Progress,
    SlideReader,
    Transcriber,
    VideoTranscriber,
    Writer,
)
from videobatch.records import Claim, GlossaryTerm, Stage, VideoJob, from_json, to_json

log = logging.getLogger(__name__)

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Tools:
    """The tools that a process has for all of its videos.

    `transcriber` makes the one that a video's options name, `writer` and `video_transcriber` too,
    where they name one; `template` finds a template by name and hash; all raise SettingsError.
    `slide_reader` gives who reads slides here, if anybody does.
    `software` is name and version, `today` the date that documents bear, `paid_usd` what a video's
    calls cost, `tries` how often a video is tried. `share_terms` adds the terms of a claimed
    video to those of its folder, and gives all of them: of two that translate one, the first stays.
    """

    transcriber: Callable[[DocumentOptions], Transcriber]
    template: Callable[[str, str], Template]
    phases: Phases
    software: str
    today: Callable[[], date] = date.today
    writer: Callable[[DocumentOptions], Writer | None] = lambda options: None
    video_transcriber: Callable[[DocumentOptions], VideoTranscriber | None] = lambda options: None
    slide_reader: Callable[[], SlideReader | None] = lambda: None
    share_terms: Callable[[Claim, Sequence[GlossaryTerm]], Sequence[GlossaryTerm]] = (
        lambda claim, terms: terms
    )
    paid_usd: Callable[[str, str], float] = lambda batch_id, video_id: 0.0
    tries: int = RetryOptions().attempts


@dataclass(slots=True)
class Work:
    """One claimed video on its way through the stages. `took_s` fills up as they end; `original` is
    the file that it is made of."""

    claim: Claim
    tools: Tools
    checkpoints: Checkpoints
    progress: Progress
    options: DocumentOptions
    watch: Stopwatch
    took_s: dict[str, float] = field(default_factory=dict)
    original: Original = field(init=False)

    def __post_init__(self) -> None:
        self.original = Original(self.path, self.root)

    @property
    def path(self) -> Path:
        return from_uri(self.claim.job.source_uri)

    @property
    def root(self) -> Path:
        return from_uri(self.claim.job.root_uri)

    @property
    def job(self) -> VideoJob:
        """The job, of the file as it was read: it may be another one than was submitted."""
        mark = self.original.mark
        if mark is None:
            return self.claim.job
        return replace(self.claim.job, size_bytes=mark.size_bytes, mtime_ns=mark.mtime_ns)

    @property
    def is_last_try(self) -> bool:
        """True where a failure that may pass ends the video."""
        return self.claim.attempt >= self.tools.tries

    def kept(
        self,
        stage: Stage,
        cls: type[R],
        make: Callable[[], R],
        *,
        beside: str = "",
        is_whole: Callable[[R], bool] = lambda _: True,
    ) -> R:
        """The stage's result: what an earlier attempt made of the same content, and of the same
        files beside it, else `make()`, which is then stored if it `is_whole`.

        Raises what `make` raises, TimeLimitError and StaleTokenError.
        """
        stored = self.checkpoints.get(stage.value) or ""
        took, _, rest = stored.partition(" ")
        content, _, text = rest.partition(" ")
        made_of = f"{self._content}{beside and '+'}{beside}"
        if content and self._content and content == made_of:
            self.took_s[stage.value] = float(took)
            log.info("%s: kept from an earlier attempt", stage.value)
            return from_json(cls, text)
        with self.timed(stage):
            result = make()
        if is_whole(result):
            took_s = self.took_s[stage.value]
            self.checkpoints.put(stage.value, f"{took_s:.3f} {made_of} {to_json(result)}")
        return result

    @property
    def _content(self) -> str:
        """The mark of the content that a result is bound to."""
        return self.original.content_hash[:16]

    @contextmanager
    def timed(self, stage: Stage) -> Iterator[None]:
        """Notes how long the block took, as that stage, holds it to the stage's limit, and gives
        back the memory that it left."""
        started_s = time.monotonic()
        with self.watch.stage(stage):
            yield
        give_back()
        took_s = self.took_s[stage.value] = time.monotonic() - started_s
        log.info("%s: %.1f s", stage.value, took_s)
