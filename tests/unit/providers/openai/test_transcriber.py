"""The `openai` provider: what it sends, what it makes of the answers, what it reserves."""

from __future__ import annotations

import io
from email import message_from_bytes
from itertools import pairwise
from typing import Any

import av
import httpx
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.providers.paid import BASE_URL, KEYS, Bench, ok
from videobatch.errors import PermanentError, TransientError
from videobatch.ports import Transcriber
from videobatch.providers.calls.transport import Transport
from videobatch.providers.openai.transcriber import OpenAITranscriber
from videobatch.providers.paid_models import load_models
from videobatch.records import AudioSegment, Currency, Utterance, Word

MODELS = load_models()
NOISE = np.random.default_rng(7).integers(-9000, 9000, 16_000 * 3).astype(np.int16)
SEGMENT = AudioSegment(2, 100.0, NOISE)
HELLO = ok({"text": "hello", "segments": [{"start": 0, "end": 1, "text": "hello"}]})


def _transcriber(bench: Bench, model: str = "whisper-1", **options: Any) -> OpenAITranscriber:
    return OpenAITranscriber(bench.transport, model, models=MODELS, **options)


def _form(request: httpx.Request) -> dict[str, bytes]:
    head = b"Content-Type: " + request.headers["content-type"].encode() + b"\r\n\r\n"
    form: dict[str, bytes] = {}
    for part in message_from_bytes(head + request.content).get_payload():
        name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
        form[str(name)] = part.get_payload(decode=True)  # type: ignore[union-attr, assignment]
    return form


def _decode(flac: bytes) -> np.ndarray[Any, np.dtype[np.int16]]:
    with av.open(io.BytesIO(flac), "r") as container:
        stream = container.streams.audio[0]
        assert (container.format.name, stream.rate, stream.channels) == ("flac", 16_000, 1)
        blocks = [frame.to_ndarray().reshape(-1) for frame in container.decode(stream)]
    return np.concatenate(blocks)


def test_it_is_a_transcriber() -> None:
    transcriber: Transcriber = _transcriber(Bench(HELLO), language="zh-Hans")
    assert transcriber.name == "openai"
    assert transcriber.model == "whisper-1"
    assert transcriber.language == "zh-Hans"
    assert transcriber.max_segment_s == 600


def test_what_is_sent() -> None:
    bench = Bench(HELLO)
    _transcriber(bench, language="zh-Hans").transcribe(SEGMENT)
    request = bench.requests[0]
    assert str(request.url) == f"{BASE_URL}/audio/transcriptions"
    assert request.headers["authorization"] in {f"Bearer {key}" for key in KEYS}
    form = _form(request)
    flac = form.pop("file")
    assert form == {"model": b"whisper-1", "response_format": b"verbose_json", "language": b"zh"}
    assert np.array_equal(_decode(flac), NOISE)


@pytest.mark.parametrize("length", [1600, 4095, 4608, 65_536, 65_537, 200_001])
def test_the_sound_comes_back_to_the_sample(length: int) -> None:
    rng = np.random.default_rng(length)
    samples = rng.integers(-32_768, 32_767, length, endpoint=True).astype(np.int16)
    bench = Bench(HELLO)
    _transcriber(bench).transcribe(AudioSegment(0, 0.0, samples))
    assert np.array_equal(_decode(_form(bench.requests[0])["file"]), samples)


@pytest.mark.parametrize("samples", [np.zeros(0), np.full(1599, 9000), np.full(99_999, 15)])
def test_a_segment_without_a_sound_is_not_paid_for(samples: Any) -> None:
    bench = Bench(HELLO)
    assert _transcriber(bench).transcribe(AudioSegment(0, 0.0, samples.astype(np.int16))) == ()
    assert bench.events == []


def test_a_segment_that_is_too_long_is_not_sent() -> None:
    samples = np.full(16_000 * 600 + 1, 900, np.int16)
    bench = Bench(HELLO)
    with pytest.raises(PermanentError, match="600 s"):
        _transcriber(bench).transcribe(AudioSegment(0, 0.0, samples))
    assert bench.events == []


def test_times_are_those_of_the_video_and_stay_in_the_segment() -> None:
    parts = [
        {"start": 0.0, "end": 1.25, "text": " 大家好\n ", "avg_logprob": -0.25},
        {"start": 1.25, "end": 99.0, "text": "to the\x00 end", "avg_logprob": 0.5},
        {"start": -4, "end": -3, "text": "before"},
        {"start": 2.5, "end": 1.0, "text": "backwards"},
        {"start": None, "end": "odd", "text": "no times", "avg_logprob": "odd"},
        {"start": 1, "end": 2, "text": "  "},
        {"start": 1, "end": 2},
    ]
    found = _transcriber(Bench(ok({"text": "...", "segments": parts}))).transcribe(SEGMENT)
    assert [(u.start_s, u.end_s, u.text) for u in found] == [
        (100.0, 101.25, "大家好"),
        (101.25, 103.0, "to the end"),
        (100.0, 100.0, "before"),
        (102.5, 102.5, "backwards"),
        (100.0, 103.0, "no times"),
    ]
    assert [u.confidence for u in found] == [0.779, 1.0, None, None, None]


@pytest.mark.parametrize(
    ("silence", "logprob", "kept"),
    [(0.9, -1.5, False), (0.9, -0.9, True), (0.7, -1.5, True), (0.9, None, True), (None, -2, True)],
)
def test_what_was_only_imagined_is_dropped(
    silence: float | None, logprob: float | None, kept: bool
) -> None:
    part = {"start": 0, "end": 1, "text": "Thank you for watching!"}
    part |= {"no_speech_prob": silence, "avg_logprob": logprob}
    found = _transcriber(Bench(ok({"text": "", "segments": [part]}))).transcribe(SEGMENT)
    assert bool(found) == kept


def test_a_server_without_time_stamps() -> None:
    bench = Bench(ok({"text": "It is 3.5 m. Really?  是的。好!"}))
    transcriber = _transcriber(bench, "gpt-4o-mini-transcribe")
    assert transcriber.max_segment_s == 60
    found = transcriber.transcribe(SEGMENT)
    assert [u.text for u in found] == ["It is 3.5 m.", "Really?", "是的。", "好!"]
    assert found[0].start_s == 100.0
    assert found[-1].end_s == 103.0
    assert all(a.end_s == b.start_s for a, b in pairwise(found))
    assert _form(bench.requests[0])["response_format"] == b"json"


class Clock:
    """A recogniser of this machine, which hears every word after another half second."""

    name, model, rough = "whisper", "tiny", False
    language: str | None = None
    languages: frozenset[str] = frozenset()
    max_segment_s, parallel = 30.0, 1

    def __init__(self, text: str) -> None:
        self.text = text
        self.heard: list[AudioSegment] = []

    def transcribe(self, segment: AudioSegment) -> tuple[Utterance, ...]:
        self.heard.append(segment)
        at_s = segment.start_s + 0.5
        words = tuple(
            Word(at_s + place / 2, at_s + place / 2 + 0.25, word)
            for place, word in enumerate(self.text.split())
        )
        return (Utterance(words[0].start_s, words[-1].end_s, self.text, words=words),)


def test_words_without_times_get_those_at_which_this_machine_hears_them() -> None:
    clock = Clock("it is late really")
    bench = Bench(ok({"text": "It is late. Really?"}))
    transcriber = _transcriber(bench, "gpt-transcribe", clock=clock)
    found = transcriber.transcribe(SEGMENT)
    assert [(u.start_s, u.end_s, u.text) for u in found] == [
        (100.5, 101.75, "It is late."),
        (102.0, 102.25, "Really?"),
    ]
    assert [word.start_s for word in found[0].words] == [100.5, 101.0, 101.5]
    assert transcriber.transcribe(SEGMENT) == found
    assert len(bench.requests) == 1, "the answer is kept as it was paid for"


def test_an_answer_with_times_needs_no_clock() -> None:
    clock = Clock("hello")
    _transcriber(Bench(HELLO), clock=clock).transcribe(SEGMENT)
    assert clock.heard == []


@given(st.text(max_size=200))
@example("a control character \x08 between spaces")
@example(" \x08 ")
@settings(max_examples=50)
def test_any_text_keeps_its_words_and_its_place(text: str) -> None:
    found = _transcriber(Bench(ok({"text": text}))).transcribe(SEGMENT)
    assert all(100 <= u.start_s <= u.end_s <= 103 for u in found)
    assert all(u.text == " ".join(u.text.split()) != "" for u in found)


@pytest.mark.parametrize(
    "body", [{}, {"text": 5}, {"segments": "abc"}, {"segments": [1]}, {"text": None}, "text", None]
)
def test_an_answer_that_is_no_transcription(body: Any) -> None:
    bench = Bench(ok(body))
    with pytest.raises(TransientError) as caught:
        _transcriber(bench).transcribe(SEGMENT)
    assert caught.value.code == "odd_answer"
    assert bench.stored == {}


def test_a_transcription_is_paid_for_once() -> None:
    bench = Bench(HELLO)
    first = _transcriber(bench).transcribe(SEGMENT)
    moved = AudioSegment(9, 500.0, NOISE)
    second = _transcriber(bench).transcribe(moved)
    assert len(bench.requests) == 1
    assert [(u.start_s, u.text) for u in first] == [(100.0, "hello")]
    assert [(u.start_s, u.text) for u in second] == [(500.0, "hello")]
    _transcriber(bench, language="en").transcribe(SEGMENT)
    _transcriber(bench, "whisper-2").transcribe(SEGMENT)
    _transcriber(bench).transcribe(AudioSegment(2, 100.0, NOISE[1:]))
    assert len(bench.requests) == 4


def test_another_server_is_another_call() -> None:
    bench = Bench(HELLO)
    _transcriber(bench).transcribe(SEGMENT)
    other = Transport(
        "http://other.test/v1",
        bench.ring,
        limiter=bench,
        answers=bench,
        phases=bench,
        wire=httpx.MockTransport(lambda request: HELLO),
    )
    OpenAITranscriber(other, "whisper-1", models=MODELS).transcribe(SEGMENT)
    assert len(bench.stored) == 2


SECONDS = {"usage": {"type": "duration", "seconds": 4}}
TOKENS = {
    "usage": {
        "type": "tokens",
        "input_tokens": 40,
        "output_tokens": 20,
        "input_token_details": {"audio_tokens": 30, "text_tokens": 10},
    }
}


@pytest.mark.parametrize(
    ("model", "usage", "reserved_usd", "used_s", "used_usd"),
    [
        ("whisper-1", SECONDS, 0.0003, 4.0, 0.0004),
        ("whisper-1", {}, 0.0003, 3.0, 0.0003),
        ("whisper-1", {"usage": {"seconds": -1}}, 0.0003, 3.0, 0.0003),
        ("whisper-1", {"usage": {"seconds": 1e300}}, 0.0003, 3.0, 0.0003),
        ("gpt-4o-mini-transcribe", TOKENS, 51 * 1.25e-6 + 30 * 5e-6, 3.0, 150e-6),
        ("gpt-4o-mini-transcribe", SECONDS, 51 * 1.25e-6 + 30 * 5e-6, 4.0, 51 * 1.25e-6 + 150e-6),
        ("unknown", TOKENS, None, 3.0, None),
    ],
)
def test_what_a_transcription_reserves_and_uses(
    model: str, usage: Any, reserved_usd: float | None, used_s: float, used_usd: float | None
) -> None:
    bench = Bench(ok({"text": "hello", **usage}))
    _transcriber(bench, model).transcribe(SEGMENT)
    need, used = bench.needs[0], bench.settled[0][0]
    assert used is not None
    assert need[Currency.REQUESTS_MIN] == used[Currency.REQUESTS_MIN] == 1
    assert need[Currency.AUDIO_S_HOUR] == need[Currency.AUDIO_S_DAY] == 3.0
    assert used[Currency.AUDIO_S_DAY] == used_s
    assert need.get(Currency.MONEY_DAY) == (reserved_usd and pytest.approx(reserved_usd))
    assert used.get(Currency.MONEY_DAY) == (used_usd and pytest.approx(used_usd))
