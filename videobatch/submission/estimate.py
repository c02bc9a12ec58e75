"""The estimate of a batch: calls, time and money, before anybody is paid."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from videobatch.errors import VideobatchError
from videobatch.media.container.probe import glance
from videobatch.pipeline.writing.task import LEAST_STRETCH_TOKENS
from videobatch.pipeline.writing.wanted import answer_tokens, wanted_parts
from videobatch.providers.openai.writer import PICTURE_TOKENS
from videobatch.providers.paid_models import PaidModels
from videobatch.records import Currency
from videobatch.submission.inputs import InputFile
from videobatch.submission.plan import Chunk
from videobatch.submission.preparation import Submission
from videobatch.submission.speech import Sidecars, subtitles_of
from videobatch.submission.tariff import Tariff
from videobatch.submission.wish import CheckedWish

# Fast speech with the times before its lines; what a question says beside the transcript.
READ_TOKENS_PER_S, FRAME_TOKENS = 6, 1200
# Answers seldom come to more than half of what they may be.
ANSWERED = 0.5


@dataclass(frozen=True, slots=True)
class Estimate:
    """The calls of a batch, if none of it is known yet: what is costs nothing again.

    `usd` is None where the price of a model is not known; `least_s` is how long the budget makes
    it last, at least.
    """

    videos: int
    calls: int
    audio_s: float
    usd: float | None
    least_s: float


@dataclass(frozen=True, slots=True)
class _Part:
    """The work of one model that is paid for: calls, seconds of sound, tokens in and out,
    dollars."""

    calls: int = 0
    audio_s: float = 0.0
    tokens_in: float = 0.0
    tokens_out: float = 0.0
    usd: float | None = 0.0


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
    heard = _heard([speech_s for _, speech_s in known if speech_s > 0], wish, tariff)
    written = _written([length_s for length_s, _ in known if length_s > 0], wish, tariff)
    usd = None if heard.usd is None or written.usd is None else heard.usd + written.usd
    return Estimate(
        videos=len(known),
        calls=heard.calls + written.calls,
        audio_s=heard.audio_s,
        usd=usd,
        least_s=_least_s((heard, written), tariff.budget),
    )


def _lengths(file: InputFile, wish: CheckedWish, sidecars: Sidecars) -> tuple[float, float]:
    """The seconds of the video, and of the sound that a recogniser has to hear."""
    if file.error is not None:
        return 0.0, 0.0
    try:
        probe = glance(file.path, file.root)
        if probe.audio is None:
            return probe.duration_s, 0.0
        subtitles = subtitles_of(file, probe, wish, sidecars)
    except VideobatchError:
        # It will fail with its own reason, and call nobody.
        return 0.0, 0.0
    return probe.duration_s, 0.0 if subtitles.transcript else probe.duration_s


def _heard(lengths_s: list[float], wish: CheckedWish, tariff: Tariff) -> _Part:
    options, hears = wish.options, wish.hears
    if hears is None or not tariff.is_charged(hears):
        return _Part()
    provider, model = hears.provider, options.model
    audio_s = sum(lengths_s)
    pictures_per_s = provider.picture_tokens_per_s or 0 if options.media == "video" else 0
    is_timed = tariff.models.ways(model).times is not False
    segment_s = provider.segment_s(is_timed=is_timed)
    calls = sum(math.ceil(seconds / segment_s) for seconds in lengths_s)
    usd = _usd(
        tariff.models,
        model,
        tokens_in=math.ceil(audio_s * pictures_per_s),
        audio_tokens_in=math.ceil(audio_s * provider.audio_tokens_per_s),
        tokens_out=math.ceil(audio_s * provider.spoken_tokens_per_s),
        audio_s=audio_s,
    )
    return _Part(calls, audio_s, usd=usd)


def _written(lengths_s: list[float], wish: CheckedWish, tariff: Tariff) -> _Part:
    model, template = wish.options.writer_model, wish.template
    if model is None or not tariff.is_charged(wish.writes):
        return _Part()
    calls, tokens_in, tokens_out = 0, 0.0, 0.0
    for length_s in lengths_s:
        parts = wanted_parts(template, wish.wish.params, length_s)
        if not parts:
            continue
        answer = answer_tokens(parts)
        read = length_s * READ_TOKENS_PER_S + template.pictures * PICTURE_TOKENS
        room = max(LEAST_STRETCH_TOKENS, tariff.context_tokens - answer)
        stretches = math.ceil(read / room)
        # Longer ones are read twice: in stretches, and as the notes of them.
        notes = 0.25 * read if stretches > 1 else 0.0
        video_calls = stretches + 1 if stretches > 1 else 1
        calls += video_calls
        tokens_in += read + notes + video_calls * FRAME_TOKENS
        tokens_out += notes + ANSWERED * answer
    usd = _usd(tariff.models, model, tokens_in=tokens_in, tokens_out=tokens_out)
    return _Part(calls, 0.0, tokens_in, tokens_out, usd)


def _usd(models: PaidModels, model: str, **amounts: float) -> float | None:
    """The price of so much; nothing costs nothing, whatever its price."""
    if not any(amounts.values()):
        return 0.0
    price = models.price(model)
    return None if price is None else price.cost_usd(**amounts)


def _least_s(parts: Iterable[_Part], budget: Mapping[Currency, float]) -> float:
    """The time that the budget makes it last: rates and quotas hold for each model, money for
    all."""
    least_s, usd = 0.0, 0.0
    for part in parts:
        usd += part.usd or 0.0
        needs: Mapping[Currency, float] = {
            Currency.REQUESTS_MIN: part.calls,
            Currency.REQUESTS_DAY: part.calls,
            Currency.TOKENS_IN_MIN: part.tokens_in,
            Currency.TOKENS_OUT_MIN: part.tokens_out,
            Currency.TOKENS_DAY: part.tokens_in + part.tokens_out,
            Currency.AUDIO_S_HOUR: part.audio_s,
            Currency.AUDIO_S_DAY: part.audio_s,
        }
        spans = [_span_s(currency, need, budget) for currency, need in needs.items()]
        least_s = max(least_s, *spans)
    return max(least_s, _span_s(Currency.MONEY_DAY, usd, budget))


def _span_s(currency: Currency, need: float, budget: Mapping[Currency, float]) -> float:
    limit = budget.get(currency)
    if limit is None or need <= limit:
        return 0.0
    return need / limit * currency.window_s if limit else math.inf
