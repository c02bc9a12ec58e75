"""The estimate of a batch: calls, time and money, before anybody is paid."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from videobatch.errors import VideobatchError
from videobatch.media.container.probe import glance
from videobatch.pipeline.writing.again import MOST_ASKED
from videobatch.pipeline.writing.stretches import MOST_ANSWER_TOKENS
from videobatch.pipeline.writing.task import LEAST_STRETCH_TOKENS
from videobatch.pipeline.writing.wanted import TOKENS, again_tokens, answer_tokens, wanted_parts
from videobatch.providers.openai.writer import PICTURE_TOKENS
from videobatch.records import Currency
from videobatch.submission.inputs import InputFile
from videobatch.submission.plan import Chunk
from videobatch.submission.preparation import Submission
from videobatch.submission.speech import Sidecars, subtitles_of
from videobatch.submission.tariff import Tariff
from videobatch.submission.translating import calls_of_translation, may_be_translated
from videobatch.submission.wish import CheckedWish
from videobatch.submission.work import Calls, Work, by_scope, work_of

# Fast speech with the times before its lines; what a question says beside the transcript.
READ_TOKENS_PER_S, FRAME_TOKENS = 6, 1200
# Answers seldom come to more than half of what they may be.
ANSWERED = 0.5


@dataclass(frozen=True, slots=True)
class Estimate:
    """The calls of a batch, if none of it is known yet: what is costs nothing again.

    `again` more are made where every document has statements that are not found in its video, and
    `usd` holds them, too; it is None where the price of a model is not known. `least_s` is how long
    the budget makes it last, at least; `works` has the calls of each model.
    """

    videos: int
    calls: int
    audio_s: float
    usd: float | None
    least_s: float
    again: int = 0
    works: tuple[Work, ...] = ()


def price(submission: Submission, chunks: Sequence[Chunk], tariff: Tariff) -> Estimate:
    """The estimate of what is to be made of the planned videos. Raises SettingsError."""
    files = (file for chunk in chunks for file in chunk.to_be_made)
    return estimate(files, submission.wish, tariff, submission.sidecars)


def estimate(
    files: Iterable[InputFile], wish: CheckedWish, tariff: Tariff, sidecars: Sidecars
) -> Estimate:
    """The estimate of the videos that are to be made; those that subtitles cover are not listened
    to, as the stage that transcribes decides it. Raises SettingsError for prices that are not
    right."""
    known = [_lengths(each, wish, sidecars) for each in files]
    heard = _heard([each.heard_s for each in known if each.heard_s > 0], wish, tariff)
    written = _written([each for each in known if each.length_s > 0], wish, tariff)
    works = by_scope(work for work in (heard, written) if work is not None)
    prices = [work.usd(tariff.models) for work in works]
    known_usd = [usd for usd in prices if usd is not None]
    calls = sum(work.count(again=False) for work in works)
    return Estimate(
        videos=len(known),
        calls=calls,
        audio_s=sum(work.amounts()[Currency.AUDIO_S_DAY] for work in works),
        usd=sum(known_usd) if len(known_usd) == len(prices) else None,
        least_s=_least_s(works, tariff),
        again=sum(work.count() for work in works) - calls,
        works=works,
    )


@dataclass(frozen=True, slots=True)
class _Lengths:
    """The seconds of a video, of the sound that a recogniser has to hear, and of what may have to
    be translated."""

    length_s: float = 0.0
    heard_s: float = 0.0
    foreign_s: float = 0.0


def _lengths(file: InputFile, wish: CheckedWish, sidecars: Sidecars) -> _Lengths:
    if file.error is not None:
        return _Lengths()
    try:
        probe = glance(file.path, file.root)
        if probe.audio is None:
            return _Lengths(probe.duration_s)
        subtitles = subtitles_of(file, probe, wish, sidecars)
    except VideobatchError:
        # It will fail with its own reason, and call nobody.
        return _Lengths()
    is_foreign = may_be_translated(wish, probe, subtitles.transcript)
    return _Lengths(
        probe.duration_s,
        0.0 if subtitles.transcript else probe.duration_s,
        probe.duration_s if is_foreign else 0.0,
    )


def _heard(lengths_s: list[float], wish: CheckedWish, tariff: Tariff) -> Work | None:
    options, hears = wish.options, wish.hears
    if hears is None or not tariff.is_charged(hears):
        return None
    provider = hears.provider
    pictures_per_s = provider.picture_tokens_per_s or 0 if options.media == "video" else 0
    is_timed = tariff.models.ways(options.model).times is not False
    longest_s = provider.segment_s(is_timed=is_timed)

    def calls(length_s: float) -> Calls:
        count = math.ceil(length_s / longest_s)
        each_s = length_s / count
        spoken = each_s * provider.spoken_tokens_per_s
        return Calls(
            count,
            tokens_in=provider.question_tokens + each_s * pictures_per_s,
            audio_tokens_in=each_s * provider.audio_tokens_per_s,
            tokens_out=spoken,
            most_out=spoken,
            audio_s=each_s,
        )

    return work_of(hears, options.model, tariff.day_zone, map(calls, lengths_s))


def _written(videos: list[_Lengths], wish: CheckedWish, tariff: Tariff) -> Work | None:
    model, writes = wish.options.writer_model, wish.writes
    if model is None or writes is None or not tariff.is_charged(writes):
        return None
    calls = (
        each
        for video in videos
        for each in (
            *calls_of_translation(video.foreign_s, tariff.context_tokens),
            *_of_document(video.length_s, wish, tariff),
        )
    )
    return work_of(writes, model, tariff.day_zone, calls)


def _of_document(length_s: float, wish: CheckedWish, tariff: Tariff) -> Iterator[Calls]:
    """The calls that write about one video: of its stretches, of the document, and the one that
    asks again for what is not found in the video."""
    template = wish.template
    parts = wanted_parts(template, wish.wish.params, length_s)
    if not parts:
        return
    answer = answer_tokens(parts)
    read = length_s * READ_TOKENS_PER_S + template.pictures * PICTURE_TOKENS
    room = max(LEAST_STRETCH_TOKENS, tariff.context_tokens - answer)
    stretches = math.ceil(read / room)
    shown = read
    if stretches > 1:
        # Longer ones are read twice: in stretches, and as the notes of them.
        shown = 0.25 * read
        notes = shown / stretches
        yield Calls(
            stretches,
            read / stretches + FRAME_TOKENS,
            tokens_out=notes,
            most_out=MOST_ANSWER_TOKENS,
        )
    yield Calls(1, shown + FRAME_TOKENS, tokens_out=ANSWERED * answer, most_out=answer)
    entries = min(MOST_ASKED, sum(part.checked for part in parts))
    if entries:
        most = again_tokens(entries)
        told = FRAME_TOKENS + entries * TOKENS["statement"]
        yield Calls(
            1,
            told + min(read, room),
            tokens_out=ANSWERED * most,
            most_out=most,
            is_again=True,
        )


def _least_s(works: Iterable[Work], tariff: Tariff) -> float:
    """The time that the budget makes it last if nothing is asked again: rates and quotas hold for
    each model, money for all."""
    least_s, usd, budget = 0.0, 0.0, tariff.budget
    for work in works:
        usd += work.usd(tariff.models, again=False) or 0.0
        needs = work.amounts(again=False)
        spans = [_span_s(currency, need, budget) for currency, need in needs.items()]
        least_s = max(least_s, *spans)
    return max(least_s, _span_s(Currency.MONEY_DAY, usd, budget))


def _span_s(currency: Currency, need: float, budget: Mapping[Currency, float]) -> float:
    limit = budget.get(currency)
    if limit is None or need <= limit:
        return 0.0
    return need / limit * currency.window_s if limit else math.inf
