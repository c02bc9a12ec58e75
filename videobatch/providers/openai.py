"""Speech recognition and writing by a server that speaks OpenAI's language: OpenAI itself, Groq,
vLLM, LiteLLM and many others."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, overload

from videobatch.errors import PermanentError
from videobatch.paths import display
from videobatch.providers.flac import to_flac
from videobatch.providers.prices import PriceTable
from videobatch.providers.tokens import estimate_tokens
from videobatch.providers.transport import MESSAGE_CHARACTERS, Call, Transport, call_key
from videobatch.providers.usage import chat_usage, sound_usage
from videobatch.records import Amounts, AudioSegment, Currency, Utterance

T = TypeVar("T")

PROVIDER = "openai"
# https://developers.openai.com/api/docs/guides/speech-to-text
LARGEST_BYTES = 25_000_000
LEAST_SAMPLES = 1600
# Below this amplitude (of 32,768) there is nothing to hear, so nothing to pay for.
QUIET = 16
# Whisper's own rule drops a segment from 0.6 on, and loses quiet speech by it.
NO_SPEECH = 0.8
UNSURE = -1.0
# Of these models no time stamps can be had (API reference, `response_format`), so their segments
# are short; whisper decodes long ones best.
UNTIMED = re.compile(r"gpt-(4o-)?(mini-)?transcribe")
MAX_SEGMENT_S, UNTIMED_SEGMENT_S = 600.0, 60.0
# Reserved for a model that is paid by tokens, and settled by what it says. Rather too much:
# servers count 10 to 17 tokens for a second of sound, and nobody speaks ten tokens in one.
AUDIO_TOKENS_PER_S, SPOKEN_TOKENS_PER_S = 17, 10
# What a server adds to a message: role, beginning, end.
TOKENS_PER_MESSAGE = 4
COMPLAINT_CHARACTERS = 1000
# These models know no `max_tokens` any more; older servers know nothing else.
NEWER = re.compile(r"(o\d|gpt-5)")

# Ends that other writing systems put before a space, and those that need none.
_SENTENCE = re.compile(r".+?(?:[.!?…]+(?=\s)|[。！？]+|\Z)\s*")
_FENCE = re.compile(r"\A\s*```[a-z]*\s*\n(.*)\n\s*```\s*\Z", re.DOTALL)


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
        if len(segment.samples) < LEAST_SAMPLES or _is_quiet(segment):
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
        return _with_money(need, cost)


class OpenAIChat:
    """Writes by `POST {base}/chat/completions`; each answer is paid for once.

    `json_schema` says whether the server takes a schema as `response_format`; to one that does
    not, it is told in the instructions.
    """

    name = PROVIDER

    def __init__(
        self, transport: Transport, model: str, *, prices: PriceTable, json_schema: bool = True
    ) -> None:
        self.model = model
        self._transport = transport
        self._price = prices.price(model)
        self._json_schema = json_schema

    @overload
    def complete(self, system: str, user: str, *, max_tokens: int) -> str: ...

    @overload
    def complete(
        self,
        system: str,
        user: str,
        *,
        max_tokens: int,
        schema: Mapping[str, Any],
        check: Callable[[Any], T],
    ) -> T: ...

    def complete(
        self,
        system: str,
        user: str,
        *,
        max_tokens: int,
        schema: Mapping[str, Any] | None = None,
        check: Callable[[Any], T] | None = None,
    ) -> str | T:
        """The answer's text, or with a schema what `check` makes of the decoded JSON.

        `check` raises ValueError (as pydantic does) for an answer that will not do. It is then
        asked for once more, with the error; a second bad one raises PermanentError
        (`bad_answer`). So do an answer longer than `max_tokens` (`answer_cut`) and none at all
        (`no_answer`); what `Transport.send` raises comes through. Safe to repeat.
        """
        if schema is not None and check is not None:
            return self._structured(system, user, max_tokens, schema, check)
        messages = [_message("system", system), _message("user", user)]
        return self._ask(messages, max_tokens, None)

    def _structured(
        self,
        system: str,
        user: str,
        max_tokens: int,
        schema: Mapping[str, Any],
        check: Callable[[Any], T],
    ) -> T:
        if not self._json_schema:
            system = f"{system}\n\nAnswer with JSON alone, by this JSON schema:\n{_line(schema)}"
        messages = [_message("system", system), _message("user", user)]
        text = self._ask(messages, max_tokens, schema)
        try:
            return check(_decoded(text))
        except ValueError as error:
            complaint = f"That answer cannot be used: {error}"[:COMPLAINT_CHARACTERS]
            again = f"{complaint}\n\nGive the whole answer again, without the error."
            messages += [_message("assistant", text), _message("user", again)]
        text = self._ask(messages, max_tokens, schema)
        try:
            return check(_decoded(text))
        except ValueError as error:
            raise PermanentError(
                f"{self.model} twice gave an answer of another form than asked for: "
                f"{display(' '.join(str(error).split()))[:MESSAGE_CHARACTERS]}",
                hint="try a larger model, or a template with a simpler form",
                code="bad_answer",
            ) from error

    def _ask(
        self,
        messages: list[dict[str, str]],
        max_tokens: int,
        schema: Mapping[str, Any] | None,
    ) -> str:
        answer = json.loads(self._transport.send(self._call(messages, max_tokens, schema)))
        if answer["finish"] == "length":
            raise PermanentError(
                f"an answer of {self.model} is longer than {max_tokens} tokens",
                hint="allow longer answers, or ask for less at once",
                code="answer_cut",
            )
        if not answer["text"].strip():
            raise PermanentError(f"{self.model} gave no answer", code="no_answer")
        return str(answer["text"])

    def _call(
        self,
        messages: list[dict[str, str]],
        max_tokens: int,
        schema: Mapping[str, Any] | None,
    ) -> Call:
        limit = "max_completion_tokens" if NEWER.match(self.model) else "max_tokens"
        parameters: dict[str, Any] = {"model": self.model, limit: max_tokens}
        if schema is not None:
            parameters["response_format"] = self._format(schema)
        need = self._need(messages, max_tokens)
        keyed = {**parameters, "server": self._transport.base_url}
        return Call(
            key=call_key(PROVIDER, self.model, keyed, _line(messages), ""),
            what=f"an answer of {self.model}",
            path="chat/completions",
            need=need,
            build=lambda: {"json": {**parameters, "messages": messages}},
            used=lambda body: chat_usage(body, need, self._price),
            answer=_written,
        )

    def _format(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        if not self._json_schema:
            return {"type": "json_object"}
        return {"type": "json_schema", "json_schema": {"name": "answer", "schema": dict(schema)}}

    def _need(self, messages: list[dict[str, str]], max_tokens: int) -> Amounts:
        """One request, and the tokens. OpenAI and Groq count those of question and answer in one
        bucket, so TOKENS_IN_MIN holds both."""
        asked = sum(estimate_tokens(m["content"]) + TOKENS_PER_MESSAGE for m in messages)
        need = {
            Currency.REQUESTS_MIN: 1.0,
            Currency.REQUESTS_DAY: 1.0,
            Currency.TOKENS_IN_MIN: float(asked + max_tokens),
            Currency.TOKENS_OUT_MIN: float(max_tokens),
            Currency.TOKENS_DAY: float(asked + max_tokens),
        }
        if self._price is None:
            return need
        cost = self._price.cost_usd(tokens_in=asked, tokens_out=max_tokens)
        return _with_money(need, cost)


def _with_money(need: dict[Currency, float], cost_usd: float | None) -> Amounts:
    return need if cost_usd is None else {**need, Currency.MONEY_DAY: cost_usd}


def _is_quiet(segment: AudioSegment) -> bool:
    return max(int(segment.samples.max()), -int(segment.samples.min())) < QUIET


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


def _written(body: Any) -> str:
    """What is kept of an answer. Raises TypeError, LookupError or AttributeError if it is none."""
    choice = body["choices"][0]
    text = choice["message"].get("content") or ""
    if not isinstance(text, str):
        raise TypeError("the content is not text")
    return _line({"text": text, "finish": str(choice.get("finish_reason") or "")})


def _utterances(heard: Mapping[str, Any], segment: AudioSegment) -> Iterator[Utterance]:
    if not heard["segments"]:
        yield from _spread(_plain(heard["text"]), segment)
    for part in heard["segments"]:
        text = _plain(part.get("text"))
        logprob = _number(part.get("avg_logprob"), None)
        silence = _number(part.get("no_speech_prob"), 0.0)
        unsure = logprob is not None and logprob < UNSURE
        if not text or (silence is not None and silence > NO_SPEECH and unsure):
            continue
        start_s = _clamped(part.get("start"), 0.0, segment)
        end_s = _clamped(part.get("end"), segment.duration_s, segment)
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


def _clamped(value: Any, default: float, segment: AudioSegment) -> float:
    at_s = _number(value, default) or 0.0
    return round(segment.start_s + min(max(at_s, 0.0), segment.duration_s), 2)


def _number(value: Any, default: float | None) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else default


def _plain(text: Any) -> str:
    """One line without control characters."""
    words = " ".join(text.split()) if isinstance(text, str) else ""
    return "".join(c for c in words if unicodedata.category(c) not in {"Cc", "Cs"})


def _message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def _decoded(text: str) -> Any:
    """The JSON, also out of the fence that some models put around it. Raises ValueError."""
    fenced = _FENCE.match(text)
    try:
        return json.loads(fenced[1] if fenced else text)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deep") from error


def _line(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
