"""The segments of a sound track, recognised one by one or several at a time, and each kept."""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace

from videobatch.heap import give_back
from videobatch.pipeline.words.gaps import Losses
from videobatch.pipeline.work import Work
from videobatch.ports import Spoken, Transcriber
from videobatch.providers.hearing.parts import LEAST_PART_S, hear
from videobatch.records import (
    SAMPLE_RATE_HZ,
    AudioSegment,
    Gap,
    Phase,
    Probe,
    Stage,
    Utterance,
    from_json,
    to_json,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _KeptSegment:
    """A segment's checkpoint."""

    utterances: tuple[Utterance, ...]


def recognised(
    work: Work,
    probe: Probe,
    segments: Iterable[AudioSegment],
    transcriber: Transcriber,
    losses: Losses,
) -> tuple[Utterance, ...]:
    """The utterances of all segments, in order; what is not heard of them is noted in `losses`.

    A segment that an earlier attempt kept is not heard again. Raises as the transcriber does.
    """
    if transcriber.parallel > 1:
        return tuple(_in_flight(work, probe, segments, transcriber, losses))
    with work.tools.phases.mark(Phase.CPU):
        return tuple(_one_by_one(work, probe, segments, transcriber, losses))


def _one_by_one(
    work: Work,
    probe: Probe,
    segments: Iterable[AudioSegment],
    transcriber: Transcriber,
    losses: Losses,
) -> Iterator[Utterance]:
    for segment in segments:
        spoken = _heard(work, segment, transcriber)
        _keep(work, segment, spoken)
        yield from losses.note(spoken)
        total_s = max(probe.duration_s, segment.end_s)
        work.progress.report(Stage.TRANSCRIBE, segment.end_s, total_s)


def _in_flight(
    work: Work,
    probe: Probe,
    segments: Iterable[AudioSegment],
    transcriber: Transcriber,
    losses: Losses,
) -> Iterator[Utterance]:
    """Several segments at once, each kept as soon as those before it are; in their order.

    What is out when one fails is waited for: its answer may be paid for, and is kept.
    """
    waiting = iter(segments)
    out: deque[tuple[AudioSegment, Future[Spoken]]] = deque()
    with ThreadPoolExecutor(transcriber.parallel, thread_name_prefix="segment") as threads:

        def first() -> tuple[Utterance, ...]:
            segment, future = out.popleft()
            spoken = future.result()
            _keep(work, segment, spoken)
            total_s = max(probe.duration_s, segment.end_s)
            work.progress.report(Stage.TRANSCRIBE, segment.end_s, total_s)
            return losses.note(spoken)

        try:
            while True:
                with work.tools.phases.mark(Phase.CPU):
                    segment = next(waiting, None)
                if segment is None:
                    break
                out.append(
                    (
                        segment,
                        threads.submit(copy_context().run, _heard, work, segment, transcriber),
                    )
                )
                if len(out) >= transcriber.parallel:
                    yield from first()
            while out:
                yield from first()
        except BaseException:
            for _, future in out:
                future.cancel()
            raise


def _heard(work: Work, segment: AudioSegment, transcriber: Transcriber) -> Spoken:
    stored = work.checkpoints.get(_name(segment))
    if stored is not None:
        return Spoken(from_json(_KeptSegment, stored).utterances)
    by = f"{transcriber.name} {transcriber.model}"
    return hear(
        segment,
        transcriber.transcribe,
        _halves,
        lambda part, why: Gap(round(part.start_s, 2), round(part.end_s, 2), by, why),
    )


def _halves(segment: AudioSegment) -> tuple[AudioSegment, ...]:
    """The two halves; none of what is too short for that."""
    if segment.duration_s < 2 * LEAST_PART_S:
        return ()
    middle = len(segment.samples) // 2
    middle_s = segment.start_s + middle / SAMPLE_RATE_HZ
    return (
        replace(segment, samples=segment.samples[:middle]),
        replace(segment, start_s=middle_s, samples=segment.samples[middle:]),
    )


def _keep(work: Work, segment: AudioSegment, spoken: Spoken) -> None:
    give_back()
    # A gap is tried again by the next attempt; what else was answered is kept with the answers.
    if not spoken.gaps and work.checkpoints.get(_name(segment)) is None:
        log.info("segment %d recognised: %d statements", segment.index, len(spoken.utterances))
        work.checkpoints.put(_name(segment), to_json(_KeptSegment(spoken.utterances)))
    work.original.check()


def _name(segment: AudioSegment) -> str:
    # The place is part of the name: equal sound is said again at another time. So is what the
    # recogniser was told: it hears other words by it.
    name = f"segment:{segment.index}:{segment.content_hash[:16]}"
    if not segment.terms:
        return name
    told = hashlib.sha256("\n".join(segment.terms).encode()).hexdigest()
    return f"{name}:{told[:8]}"
