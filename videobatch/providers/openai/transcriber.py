"""Speech recognition by a server that speaks OpenAI's language: OpenAI itself, Groq, vLLM, LiteLLM
and many others."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from videobatch.errors import BAD_ANSWER, PermanentError, RejectedError
from videobatch.ports import Habits, Transcriber
from videobatch.providers.answers.seconds import in_seconds, seconds_of
from videobatch.providers.calls.call import Call, UnfitError, call_key
from videobatch.providers.calls.habits import OwnHabits, by_habit, refused_parameter
from videobatch.providers.calls.transport import Transport
from videobatch.providers.calls.usage import sound_usage, with_money
from videobatch.providers.catalog import (
    AUDIO_TOKENS_PER_S,
    MAX_SEGMENT_S,
    SPOKEN_TOKENS_PER_S,
    UNTIMED_SEGMENT_S,
)
from videobatch.providers.hearing.audible import (
    finite,
    in_pieces,
    in_segment,
    is_loud,
    is_worth_hearing,
    plain_words,
)
from videobatch.providers.hearing.clock import Clock
from videobatch.providers.hearing.flac import to_flac
from videobatch.providers.paid_models import PaidModels
from videobatch.records import Amounts, AudioSegment, Currency, Utterance

PROVIDER = "openai"
# https://developers.openai.com/api/docs/guides/speech-to-text
LARGEST_BYTES = 25_000_000
# Whisper's own rule drops a segment from 0.6 on, and loses quiet speech by it.
NO_SPEECH = 0.8
UNSURE = -1.0
# The forms that can be asked for, the best first: with the times of each sentence, and without.
FORMS = ("verbose_json", "json", "text")
# A rejection that speaks of what it was sent is not about how it was asked.
_OF_THE_SOUND = re.compile(
    r"audio|corrupt|decod|\bfile\b|duration|too short|empty|silen", re.IGNORECASE
)
# Ends that other writing systems put before a space, and those that need none.
_SENTENCE = re.compile(r".+?(?:[.!?…]+(?=\s)|[。！？]+|\Z)\s*")


class OpenAITranscriber:
    """Transcribes by `POST {base}/audio/transcriptions`; each answer is paid for once.

    A segment without a sound is not sent. The server is asked for time stamps; where it gives
    none, or rejects the wish, the sound is sent in pieces of a minute, and sentences get the times
    at which a recogniser of this machine hears their words, else their share of the text.
    """

    name = PROVIDER
    rough = False
    languages: frozenset[str] = frozenset()

    def __init__(
        self,
        transport: Transport,
        model: str,
        *,
        models: PaidModels,
        language: str | None = None,
        parallel: int = 4,
        habits: Habits | None = None,
        clock: Transcriber | None = None,
    ) -> None:
        """`language` is a BCP 47 code, or None to let the model tell; `clock` hears when words are
        said that an answer has no times for."""
        self.model = model
        self.language = language
        self.parallel = parallel
        # The name is a guess; what a server rejects is learned.
        self._forms = FORMS[1:] if models.ways(model).times is False else FORMS
        # Stays as it is when times turn out not to be had, or a video that goes on after a stop
        # would be cut in other places, and be paid for again.
        self.max_segment_s = MAX_SEGMENT_S if self._forms is FORMS else UNTIMED_SEGMENT_S
        self._habits = habits or OwnHabits()
        self._clock = None if clock is None else Clock(clock)
        self._transport = transport
        self._price = models.price(model)
        self._asked = models.asked(model)

    def transcribe(self, segment: AudioSegment) -> tuple[Utterance, ...]:
        """The words of the segment. Raises PermanentError for one of more than 600 s or 25 MB, and
        what `Transport.send` raises. Safe to repeat."""
        if segment.duration_s > MAX_SEGMENT_S:
            raise PermanentError(f"a segment of {segment.duration_s:.0f} s is too long to be sent")
        if not is_worth_hearing(segment):
            return ()
        return by_habit(
            self._habits,
            self._transport.base_url,
            self.model,
            lambda habits: self._heard(segment, habits),
            self._lesson,
        )

    def _heard(self, segment: AudioSegment, habits: frozenset[str]) -> tuple[Utterance, ...]:
        parameters = self._parameters(habits)
        is_timed = parameters.get("response_format") == FORMS[0]
        pieces = (segment,) if is_timed else in_pieces(segment, UNTIMED_SEGMENT_S)
        return tuple(
            said
            for piece in pieces
            if is_worth_hearing(piece)
            for said in self._timed(self._transport.send(self._call(piece, parameters)), piece)
        )

    def _timed(self, kept: str, piece: AudioSegment) -> tuple[Utterance, ...]:
        said = _utterances(kept, piece)
        if self._clock is None or json.loads(kept)["segments"]:
            return said
        return self._clock.timed(said, piece)

    def _parameters(self, habits: frozenset[str]) -> dict[str, str]:
        """All that can be left out, but for what the server does not take."""
        forms = [form for form in self._forms if f"response_format={form}" not in habits]
        parameters = {"response_format": forms[0]} if forms else {}
        if self.language and "language" not in habits:
            # The API takes ISO 639-1: `zh`, not `zh-Hans`.
            parameters["language"] = self.language.partition("-")[0].lower()
        return parameters

    def _lesson(self, error: RejectedError, habits: frozenset[str]) -> str | None:
        sent = self._parameters(habits)
        name = refused_parameter(error, sent)
        is_vague = error.code == RejectedError.default_code and error.status in (400, 422)
        if name is None and is_vague and not _OF_THE_SOUND.search(error.said):
            # It does not say what it minds: the times, most likely, which few can tell.
            name = "response_format" if sent.get("response_format") == FORMS[0] else None
        if name == "response_format":
            return f"{name}={sent[name]}"
        return name

    def _call(self, segment: AudioSegment, wished: Mapping[str, str]) -> Call:
        parameters = {"model": self.model, **wished}
        need = self._need(segment)
        keyed = {**parameters, "server": self._transport.base_url}
        is_text = parameters.get("response_format") == "text"
        return Call(
            key=call_key(PROVIDER, self.model, keyed, "", segment.content_hash),
            what=f"the transcription from {segment.start_s:.0f} s to {segment.end_s:.0f} s",
            path="audio/transcriptions",
            need=need,
            asked=self._asked,
            build=lambda: {
                "data": parameters,
                "files": {"file": ("segment.flac", _sound(segment), "audio/flac")},
            },
            used=lambda body: sound_usage(body, need, self._price),
            answer=lambda body: _kept(body, is_text=is_text),
            check=lambda kept: _utterances(kept, segment),
            # Nothing heard where somebody may speak: taken for now, and asked for anew next time.
            is_final=lambda kept: _has_text(kept) or not is_loud(segment),
            is_text=is_text,
        )

    def _need(self, segment: AudioSegment) -> Amounts:
        seconds = segment.duration_s
        need = {
            Currency.REQUESTS_MIN: 1.0,
            Currency.REQUESTS_DAY: 1.0,
            Currency.AUDIO_S_HOUR: seconds,
            Currency.AUDIO_S_DAY: seconds,
        }
        if self._price is None:
            return need
        cost = self._price.cost_usd(
            audio_tokens_in=math.ceil(seconds * AUDIO_TOKENS_PER_S),
            tokens_out=math.ceil(seconds * SPOKEN_TOKENS_PER_S),
            audio_s=math.ceil(seconds),
        )
        return with_money(need, cost)


def _sound(segment: AudioSegment) -> bytes:
    flac = to_flac(segment.samples)
    if len(flac) > LARGEST_BYTES:
        raise PermanentError(
            f"the sound from {segment.start_s:.0f} s to {segment.end_s:.0f} s is "
            f"{len(flac) / 1e6:.0f} MB, and at most {LARGEST_BYTES / 1e6:.0f} MB can be sent"
        )
    return flac


def _kept(body: Any, *, is_text: bool) -> str:
    """A transcription as it is kept. Raises UnfitError if it is none."""
    if is_text and isinstance(body, str):
        body = {"text": body}
    if not isinstance(body, Mapping):
        raise UnfitError("it is no transcription")
    parts = body.get("segments") or []
    text = body.get("text") if not parts else ""
    if not isinstance(text, str) or not isinstance(parts, list):
        raise UnfitError("text or segments are of another kind")
    if not all(isinstance(part, Mapping) for part in parts):
        raise UnfitError("a segment is of another kind")
    names = ("start", "end", "text", "avg_logprob", "no_speech_prob")
    return _line(
        {"text": text, "segments": [{name: part.get(name) for name in names} for part in parts]}
    )


def _has_text(kept: str) -> bool:
    heard = json.loads(kept)
    texts = [heard["text"], *(part.get("text") for part in heard["segments"])]
    return any(isinstance(text, str) and text.strip() for text in texts)


def _utterances(kept: str, segment: AudioSegment) -> tuple[Utterance, ...]:
    """The utterances of a kept answer. Raises PermanentError for what is none."""
    try:
        heard = json.loads(kept)
        if not heard["segments"]:
            return tuple(_spread(plain_words(heard["text"]), segment))
        return tuple(_timed(heard["segments"], segment))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise PermanentError(
            "a transcription is of another form than asked for", code=BAD_ANSWER
        ) from error


def _timed(parts: list[Mapping[str, Any]], segment: AudioSegment) -> Iterator[Utterance]:
    times = [(_time(part.get("start")), _time(part.get("end"))) for part in parts]
    unit_s = in_seconds([start for start, _ in times if start is not None], segment.duration_s)
    for part, (start, end) in zip(parts, times, strict=True):
        text = plain_words(part.get("text"))
        logprob = finite(part.get("avg_logprob"), None)
        silence = finite(part.get("no_speech_prob"), 0.0)
        unsure = logprob is not None and logprob < UNSURE
        if not text or (silence is not None and silence > NO_SPEECH and unsure):
            continue
        start_s = in_segment(None if start is None else start * unit_s, 0.0, segment)
        end_s = in_segment(None if end is None else end * unit_s, segment.duration_s, segment)
        yield Utterance(
            start_s=start_s,
            end_s=max(start_s, end_s),
            text=text,
            confidence=None if logprob is None else round(math.exp(min(0.0, logprob)), 3),
        )


def _time(value: Any) -> float | None:
    return finite(seconds_of(value), None)


def _spread(text: str, segment: AudioSegment) -> Iterator[Utterance]:
    """The sentences, each with the stretch of the segment that is its share of the text."""
    per_character_s = segment.duration_s / max(1, len(text))
    for match in _SENTENCE.finditer(text):
        start_s, end_s = (segment.start_s + at * per_character_s for at in match.span())
        yield Utterance(round(start_s, 2), round(min(end_s, segment.end_s), 2), match[0].strip())


def _line(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
