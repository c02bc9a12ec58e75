"""Slides: what stands on the stills, read one by one, and each kept."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from videobatch.errors import PermanentError, TimeLimitError, TransientError
from videobatch.media.files.atomic import KEYFRAMES, as_our_errors
from videobatch.media.files.folders import Folder, open_folder
from videobatch.media.pictures.likeness import Look, are_alike, look_of
from videobatch.pipeline.outputs.place import own_names
from videobatch.pipeline.outputs.publication import attempt_dir
from videobatch.pipeline.slides.changes import without_margins
from videobatch.pipeline.slides.layout import arrange
from videobatch.pipeline.stages.picturing import Still, Stills
from videobatch.pipeline.text.phrases import remark
from videobatch.pipeline.work import Work
from videobatch.ports import SlideReader
from videobatch.records import (
    Page,
    Phase,
    Remark,
    RemarkCode,
    SlideText,
    Stage,
    from_json,
    to_json,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Slides:
    """The text of each still that was read, in order of time, and who read them (None: nobody);
    `lost` where whoever was to read them went meanwhile: another attempt reads what is missing."""

    stills: tuple[SlideText, ...] = ()
    reader: str | None = None
    remarks: tuple[Remark, ...] = ()
    lost: bool = False


NONE_READ = Slides()


@dataclass(frozen=True, slots=True)
class _KeptPage:
    """A still's checkpoint: what was read, and the CPU seconds that it took."""

    page: Page
    cpu_s: float


@dataclass(slots=True)
class _Budget:
    """The stills and the CPU seconds that are left."""

    stills: int
    cpu_s: float

    @property
    def why_empty(self) -> str | None:
        """The setting that is used up, in words; None while there is something left."""
        if self.stills <= 0:
            return "as many as VIDEOBATCH_SLIDES__MAX_COUNT allows"
        if self.cpu_s <= 0:
            return "as many as VIDEOBATCH_SLIDES__CPU_S gives time for"
        return None


@dataclass(slots=True)
class _Reading:
    """The pages so far, each with the look of its still. `why` no more are read, `lost` why nobody
    reads any more."""

    reader: SlideReader
    left: _Budget
    pages: list[tuple[Look, Page]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    passed_over: int = 0
    why: str | None = None
    lost: str | None = None


def slides_stage(work: Work, seen: Stills) -> Slides:
    """The texts of the stills.

    MUST keep each page as a checkpoint, MUST NOT read a still that looks like one before it, and
    MUST NOT fail the video: what could not be read is told in remarks. Raises TransientError where
    the stills cannot be opened.
    """
    reader = work.tools.slide_reader()
    if reader is None:
        unread = remark(RemarkCode.SLIDES_UNREAD, lambda say: say.tell("no_slide_reader"))
        return Slides(remarks=(unread,))
    options = work.options
    reading = _Reading(reader, _Budget(options.max_slides, options.slides_cpu_s))
    texts: list[SlideText] = []
    with work.tools.phases.mark(Phase.CPU), _keyframes(work) as keyframes:
        for number, still in enumerate(seen.stills):
            work.progress.report(Stage.SLIDES, number, len(seen.stills))
            page = _page(work, reading, number, still, keyframes)
            if page is not None:
                start_s = max((at for at in seen.scene_changes_s if at <= still.at_s), default=0.0)
                texts.append(SlideText(start_s, still.at_s, still.name, arrange(page)))
    work.progress.report(Stage.SLIDES, len(seen.stills), len(seen.stills))
    height = max((page.height for _, page in reading.pages), default=1)
    by = f"{reader.name} {reader.model}"
    remarks = _remarks(reading, len(seen.stills))
    return Slides(without_margins(texts, height), by, remarks, lost=reading.lost is not None)


@contextmanager
def _keyframes(work: Work) -> Iterator[Folder]:
    folder = attempt_dir(work.claim) / KEYFRAMES
    own = own_names(work.claim.job.name) + 2
    with as_our_errors(folder), open_folder(folder, own=own) as keyframes:
        yield keyframes


def _page(
    work: Work, reading: _Reading, number: int, still: Still, keyframes: Folder
) -> Page | None:
    """The text of the still: of one that looks the same, or as it was kept, or read now."""
    content = keyframes.read(still.name, still.size_bytes)
    look = look_of(content)
    for earlier, page in reading.pages:
        if are_alike(earlier, look):
            return page
    name = f"slide:{number}:{still.sha256[:16]}"
    stored = work.checkpoints.get(name)
    if stored is None and (why := reading.left.why_empty) is not None:
        reading.why = reading.why or why
        reading.passed_over += 1
        return None
    kept = from_json(_KeptPage, stored) if stored else _read(reading, still, content)
    if kept is None:
        return None
    if stored is None:
        work.checkpoints.put(name, to_json(kept))
    reading.left.stills -= 1
    reading.left.cpu_s -= kept.cpu_s
    reading.pages.append((look, kept.page))
    return kept.page


def _read(reading: _Reading, still: Still, content: bytes) -> _KeptPage | None:
    if reading.lost is not None:
        reading.failed.append(reading.lost)
        return None
    reader = reading.reader
    began_s = reader.cpu_s()
    try:
        page = reader.read(content)
    except PermanentError as error:
        log.warning("%s: %s", still.name, error.message)
        reading.failed.append(error.message)
        reading.left.cpu_s -= reader.cpu_s() - began_s
        return None
    except TimeLimitError:
        raise
    except TransientError as error:
        # Whoever reads was waited for long enough, once in an attempt.
        log.warning("%s", error.message)
        reading.lost = error.message
        reading.failed.append(error.message)
        return None
    return _KeptPage(page, round(reader.cpu_s() - began_s, 3))


def _remarks(reading: _Reading, stills: int) -> tuple[Remark, ...]:
    found: list[Remark] = []
    if reading.passed_over:
        read = stills - reading.passed_over
        found.append(
            remark(
                RemarkCode.SLIDES_BUDGET,
                lambda say: say.tell("slides_budget", read=read, count=stills, why=reading.why),
            )
        )
    if reading.failed:
        failed, problem = len(reading.failed), reading.failed[0]
        found.append(
            remark(
                RemarkCode.SLIDES_UNREAD,
                lambda say: say.tell("slides_unread", failed=failed, count=stills, problem=problem),
            )
        )
    return tuple(found)
