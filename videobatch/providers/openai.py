"""Speech recognition by a server that speaks OpenAI's language: OpenAI itself, Groq, vLLM, LiteLLM
and many others."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from videobatch.errors import PermanentError
from videobatch.providers.catalog import (
    AUDIO_TOKENS_PER_S,
    MAX_SEGMENT_S,
    SPOKEN_TOKENS_PER_S,
    UNTIMED,
    UNTIMED_SEGMENT_S,
)
from videobatch.providers.flac import to_flac
from videobatch.providers.prices import PriceTable
from videobatch.providers.sound import finite, in_segment, is_worth_hearing, plain_words
from videobatch.providers.transport import Call, Transport, call_key
from videobatch.providers.usage import sound_usage, with_money
from videobatch.records import Amounts, AudioSegment, Currency, Utterance

PROVIDER = "openai"
# https://developers.openai.com/api/docs/guides/speech-to-text
LARGEST_BYTES = 25_000_000
# Whisper's own rule drops a segment from 0.6 on, and loses quiet speech by it.
NO_SPEECH = 0.8
UNSURE = -1.0
# Ends that other writing systems put before a space, and those that need none.
_SENTENCE = re.compile(r".+?(?:[.!?…]+(?=\s)|[。！？]+|\Z)\s*")


class OpenAITranscriber:
    """Transcribes by `POST {base}/audio/transcriptions`; each answer is paid for once.

    A segment without a sound is not sent. The server is asked for time stamps; where it gives
    none, sentences get theirs by their share of the text.
    """

    name = PROVIDER
    rough = False
    languages: frozenset[str] = frozenset()

    def __init__(
        self,
        transport: Transport,
        model: str,
        *,
        prices: PriceTable,
        language: str | None = None,
        parallel: int = 4,
    ) -> None:
        """`language` is a BCP 47 code, or None to let the model tell."""
        self.model = model
        self.language = language
        self.parallel = parallel
        self._timed = not UNTIMED.match(model)
        self.max_segment_s = MAX_SEGMENT_S if self._timed else UNTIMED_SEGMENT_S
        self._transport = transport
        self._price = prices.price(model)

    def transcribe(self, segment: AudioSegment) -> tuple[Utterance, ...]:
        """What was said. Raises PermanentError for a segment of more than 600 s or 25 MB, and
        what `Transport.send` raises. Safe to repeat."""
        if segment.duration_s > MAX_SEGMENT_S:
            raise PermanentError(f"a segment of {segment.duration_s:.0f} s is too long to be sent")
        if not is_worth_hearing(segment):
            return ()
        heard = json.loads(self._transport.send(self._call(segment)))
        return tuple(_utterances(heard, segment))

    def _call(self, segment: AudioSegment) -> Call:
        parameters = {"model": self.model, "response_format": "json"}
        if self._timed:
            parameters["response_format"] = "verbose_json"
        if self.language:
            # The API takes ISO 639-1: `zh`, not `zh-Hans`.
            parameters["language"] = self.language.partition("-")[0].lower()
        need = self._need(segment)
        keyed = {**parameters, "server": self._transport.base_url}
        return Call(
            key=call_key(PROVIDER, self.model, keyed, "", segment.content_hash),
            what=f"the transcription from {segment.start_s:.0f} s to {segment.end_s:.0f} s",
            path="audio/transcriptions",
            need=need,
            build=lambda: {
                "data": parameters,
                "files": {"file": ("segment.flac", _sound(segment), "audio/flac")},
            },
            used=lambda body: sound_usage(body, need, self._price),
            answer=_heard,
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


def _heard(body: Any) -> str:
    """What is kept of a transcription. Raises TypeError, LookupError or AttributeError
    if it is none."""
    parts = body.get("segments") or []
    kept = ("start", "end", "text", "avg_logprob", "no_speech_prob")
    text = body["text"] if not parts else ""
    if not isinstance(text, str) or not isinstance(parts, list):
        raise TypeError("text or segments are of another kind")
    segments = [{name: part.get(name) for name in kept} for part in parts]
    return _line({"text": text, "segments": segments})


def _utterances(heard: Mapping[str, Any], segment: AudioSegment) -> Iterator[Utterance]:
    if not heard["segments"]:
        yield from _spread(plain_words(heard["text"]), segment)
    for part in heard["segments"]:
        text = plain_words(part.get("text"))
        logprob = finite(part.get("avg_logprob"), None)
        silence = finite(part.get("no_speech_prob"), 0.0)
        unsure = logprob is not None and logprob < UNSURE
        if not text or (silence is not None and silence > NO_SPEECH and unsure):
            continue
        start_s = in_segment(part.get("start"), 0.0, segment)
        end_s = in_segment(part.get("end"), segment.duration_s, segment)
        yield Utterance(
            start_s=start_s,
            end_s=max(start_s, end_s),
            text=text,
            confidence=None if logprob is None else round(math.exp(min(0.0, logprob)), 3),
        )


def _spread(text: str, segment: AudioSegment) -> Iterator[Utterance]:
    """The sentences, each with the stretch of the segment that is its share of the text."""
    per_character_s = segment.duration_s / max(1, len(text))
    for match in _SENTENCE.finditer(text):
        start_s, end_s = (segment.start_s + at * per_character_s for at in match.span())
        yield Utterance(round(start_s, 2), round(min(end_s, segment.end_s), 2), match[0].strip())


def _line(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
