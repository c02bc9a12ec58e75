"""The test API keeps its limits and counts right: the limiter's figures rest on it."""

from __future__ import annotations

import http.client
import io
import json
import socket
import stat
import struct
import threading
import time
import wave
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.api_server import ApiServer
from tests.support.api_server.answers import example, quoting
from tests.support.api_server.limits import AUDIO, REQUESTS, TOKENS, Limits
from tests.support.api_server.options import Options
from tests.support.api_server.replies import go_duration
from tests.support.api_server.uploads import Form, FormError, Upload

CHAT = "/v1/chat/completions"
SOUND = "/v1/audio/transcriptions"
BOUNDARY = "a-boundary"
FORM_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
MIB = 1024 * 1024
SOON_S = 300.0


# --- limits, with a time that is handed in ------------------------------------------------


def limits(**options: Any) -> Limits:
    return Limits(Options.model_validate(options))


def admitted(subject: Limits, now_s: float, calls: int) -> int:
    """How many of so many calls at one moment are let in; each ends at once."""
    count = 0
    for _ in range(calls):
        if subject.admit(now_s) is None:
            subject.leave()
            count += 1
    return count


def greedy(subject: Limits, until_s: float, every_s: float = 0.01) -> int:
    """What a client gets that asks all the time, except while nothing answers."""
    count = 0
    for tick in range(round(until_s / every_s) + 1):
        subject.advance(tick * every_s)
        if subject.outage() is None:
            while admitted(subject, tick * every_s, 1):
                count += 1
    return count


def test_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = limits(requests_per_min=60, burst=5)
    assert [admitted(bucket, at_s, 9) for at_s in (0.0, 0.9, 1.0, 3.5, 60.0)] == [5, 0, 1, 2, 5]


def test_window_begins_anew_at_its_multiples() -> None:
    window = limits(requests_per_min=120, window_s=10)
    assert [admitted(window, at_s, 99) for at_s in (4.0, 9.99, 10.0, 35.0)] == [20, 0, 20, 20]
    refusal = window.admit(36.0)
    assert refusal is not None
    assert refusal.wait_s == pytest.approx(4.0)


def test_schedule_takes_effect_at_its_time_however_late_the_next_call() -> None:
    bucket = limits(
        requests_per_min=60,
        burst=40,
        schedule=[{"at_s": 10, "requests_per_min": 120}, {"at_s": 20, "requests_per_min": 30}],
    )
    assert admitted(bucket, 0.0, 99) == 40
    assert admitted(bucket, 24.0, 99) == 10 + 20 + 2


PERFECT = {
    "bucket": {"requests_per_min": 90, "burst": 7},
    "a minute's worth": {"requests_per_min": 45},
    "halves and doubles": {
        "requests_per_min": 120,
        "burst": 3,
        "schedule": [{"at_s": 10, "requests_per_min": 60}, {"at_s": 25, "requests_per_min": 240}],
    },
    "window": {"requests_per_min": 100, "window_s": 6},
    "window that changes within": {
        "requests_per_min": 60,
        "window_s": 10,
        "schedule": [
            {"at_s": 13, "requests_per_min": 30},
            {"at_s": 16, "requests_per_min": 90},
            {"at_s": 33, "requests_per_min": 12},
        ],
    },
    "outage longer than the burst": {
        "requests_per_min": 60,
        "burst": 4,
        "outages": [{"from_s": 5.605, "to_s": 15}, {"from_s": 20.005, "to_s": 22.5}],
    },
    "outage at first": {"requests_per_min": 60, "burst": 4, "outages": [{"to_s": 9}]},
    "window with an outage": {
        "requests_per_min": 60,
        "window_s": 5,
        "outages": [{"from_s": 4, "to_s": 17}],
    },
}


@pytest.mark.parametrize("options", PERFECT.values(), ids=list(PERFECT))
def test_permitted_is_what_a_perfect_client_gets(options: Mapping[str, Any]) -> None:
    subject = limits(**options)
    got = greedy(subject, 40.0)
    assert got == subject.permitted()[REQUESTS]
    idle = limits(**options)
    idle.advance(40.0)
    assert idle.permitted() == pytest.approx(subject.permitted())


def test_a_lazy_client_gets_less_than_permitted() -> None:
    bucket = limits(requests_per_min=60, burst=5)
    assert admitted(bucket, 30.0, 99) == 5
    assert bucket.permitted()[REQUESTS] == pytest.approx(35)


def test_recount_begins_with_what_is_there_and_restart_is_full() -> None:
    bucket = limits(requests_per_min=60, burst=5, schedule=[{"at_s": 10, "requests_per_min": 120}])
    admitted(bucket, 20.0, 4)
    bucket.recount(20.0)
    assert bucket.permitted()[REQUESTS] == pytest.approx(1)
    bucket.restart()
    assert admitted(bucket, 0.0, 9) == 5
    assert admitted(bucket, 3.0, 9) == 3


def test_tokens_and_sound_are_taken_all_or_nothing() -> None:
    both = limits(tokens_per_min=600, token_burst=100, audio_s_per_hour=3600, audio_burst_s=30)
    assert both.charge(0.0, {TOKENS: 60, AUDIO: 20}) is None
    refusal = both.charge(0.0, {TOKENS: 30, AUDIO: 20})
    assert refusal is not None
    assert refusal.cause == AUDIO
    assert refusal.wait_s == pytest.approx(10)
    assert both.charge(0.0, {TOKENS: 40, AUDIO: 10}) is None
    larger = both.charge(60.0, {TOKENS: 101})
    assert larger is not None
    assert larger.wait_s is None


def test_a_changed_limit_keeps_what_was_taken() -> None:
    bucket = limits(requests_per_min=60, burst=10)
    assert admitted(bucket, 0.0, 8) == 8
    bucket.change(0.0, {"burst": 1, "requests_per_min": 600})
    assert admitted(bucket, 0.0, 9) == 1
    assert admitted(bucket, 0.1, 9) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"requests_per_min": 0},
        {"reqests_per_min": 1},
        {"schedule": [{"at_s": 1, "keys": []}]},
        {"schedule": [{"at_s": 1, "requests_per_min": -1}]},
        {"retry_after": "soon"},
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Options.model_validate(options)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.0001, "1ms"),
        (0.12, "120ms"),
        (0.9999, "1s"),
        (1.5, "1.5s"),
        (59.9999, "1m0s"),
        (360, "6m0s"),
        (3723.25, "1h2m3.25s"),
    ],
)
def test_durations_are_written_as_go_does(seconds: float, text: str) -> None:
    assert go_duration(seconds) == text


# --- bodies -------------------------------------------------------------------------------


def form(sound: bytes, **fields: str) -> bytes:
    """A multipart body with this file."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = 'Content-Disposition: form-data; name="file"; filename="a.wav"'
    parts.append(f"--{BOUNDARY}\r\n{head}\r\nContent-Type: audio/wav\r\n\r\n".encode())
    return b"".join(parts) + sound + f"\r\n--{BOUNDARY}--\r\n".encode()


def wav(seconds: float, tone: int = 0) -> bytes:
    """A WAV of 8 kHz, 16 bits."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(struct.pack("<h", tone) * round(8000 * seconds))
    return file.getvalue()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 4096])
def test_a_form_is_the_same_however_it_is_cut(size: int) -> None:
    sound = b"--" + f"\r\n--{BOUNDARY[:-1]}\r\n\r\n--".encode() * 3 + bytes(range(256))
    raw = form(sound, model="m", empty="", language="en")
    subject, whole = Form(FORM_TYPE), Upload()
    whole.add(sound)
    for at in range(0, len(raw), size):
        subject.feed(raw[at : at + size])
    assert subject.ended
    assert subject.fields == [("model", "m"), ("empty", ""), ("language", "en")]
    assert subject.file is not None
    assert (subject.file.sha256, subject.file.size_bytes) == (whole.sha256, len(sound))


def test_a_cut_or_foreign_form_is_noticed() -> None:
    subject = Form(FORM_TYPE)
    subject.feed(form(b"sound", model="m")[:-6])
    assert not subject.ended
    with pytest.raises(FormError):
        Form("application/json")


def test_durations_come_from_wav_and_flac_heads() -> None:
    streamed = bytearray(wav(2.0))
    streamed[40:44] = b"\xff" * 4
    packed = (16_000 << 44) | (15 << 36) | 40_000
    flac = b"fLaC\x00\x00\x00\x22" + bytes(10) + packed.to_bytes(8, "big") + bytes(16)
    for raw, duration_s in ((wav(3.5), 3.5), (streamed, 2.0), (flac, 2.5), (b"ID3", None)):
        upload = Upload()
        upload.add(bytes(raw))
        assert upload.duration_s() == duration_s


def test_an_example_fits_its_schema() -> None:
    schema = {
        "$defs": {"Point": {"type": "object", "properties": {"at_s": {"type": "number"}}}},
        "type": "object",
        "properties": {
            "title": {"type": "string", "maxLength": 5},
            "points": {"type": "array", "items": {"$ref": "#/$defs/Point"}, "minItems": 2},
            "kind": {"enum": ["talk", "film"]},
            "note": {"anyOf": [{"type": "null"}, {"type": "string"}]},
        },
    }
    value = example(schema, schema, "seed")
    assert list(value) == ["title", "points", "kind", "note"]
    assert len(value["title"]) == 5
    assert value["points"] == [{"at_s": 1}, {"at_s": 1}]
    assert (value["kind"], value["note"]) == ("talk", None)


def test_an_example_quotes_the_transcript_that_it_is_asked_about() -> None:
    prompt = (
        "Title: x\n\n<transcript>\n[3] Waves rise where the wind blows\n[9] Salt\n</transcript>"
    )
    value = {"points": [{"at": 1, "quote": "ba den", "text": "fo"}], "terms": [{"term": "gal"}]}
    assert quoting(value, prompt) == {
        "points": [{"at": 1, "quote": "Waves rise where the wind blows", "text": "fo"}],
        "terms": [{"term": "Waves"}],
    }
    assert quoting(value, "no transcript")["points"] == [{"at": 1, "quote": "", "text": "fo"}]


# --- the server as a client sees it -------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """One kept connection."""

    def __init__(self, server: ApiServer, key: str | None = None) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=SOON_S)
        self._headers = {} if key is None else {"Authorization": f"Bearer {key}"}

    def send(self, method: str, path: str, body: Any = None, kind: str = "") -> Answer:
        headers = {**self._headers, "Content-Type": kind} if kind else self._headers
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, response.read())

    def chat(self, text: str = "hello", **more: Any) -> Answer:
        asked = {"model": "m", "messages": [{"role": "user", "content": text}], **more}
        return self.send("POST", CHAT, json.dumps(asked), "application/json")

    def sound(self, raw: bytes, **fields: str) -> Answer:
        asked = {"model": "whisper-1", "response_format": "verbose_json", **fields}
        return self.send("POST", SOUND, form(raw, **asked), FORM_TYPE)

    def close(self) -> None:
        self.connection.close()


@contextmanager
def serving(folder: Path, **options: Any) -> Iterator[tuple[ApiServer, Client]]:
    """A server of this test's own."""
    with ApiServer(folder, **options) as server, closing(Client(server)) as client:
        yield server, client


@pytest.fixture(scope="module")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("api")) as server:
        yield server


Serve = Callable[..., tuple[ApiServer, Client]]


@pytest.fixture
def serve(_shared: ApiServer) -> Iterator[Serve]:
    """`serve(**options)`: one server for all, with these options and as new."""
    clients: list[Client] = []

    def begin(**options: Any) -> tuple[ApiServer, Client]:
        wanted = Options.model_validate(options).model_dump(exclude={"port", "control_port"})
        _shared.change(**wanted)
        _shared.reset(restart=True)
        clients.append(Client(_shared))
        return _shared, clients[-1]

    yield begin
    for client in clients:
        client.close()


def many(server: ApiServer, calls: int, text: str = "hello") -> list[int]:
    """The statuses of so many calls at once, each on a connection of its own."""

    def one(number: int) -> int:
        with closing(Client(server)) as client:
            return client.chat(f"{text} {number}").status

    with ThreadPoolExecutor(calls) as pool:
        return list(pool.map(one, range(calls)))


def until(server: ApiServer, at_s: float) -> None:
    """Waits until so many seconds have passed since the counts began."""
    server.process.wait_for(
        lambda: server.counts().elapsed_s > at_s, SOON_S, f"{at_s} s have passed"
    )


@pytest.mark.real
def test_a_burst_is_served_and_the_rest_refused(serve: Serve) -> None:
    server, client = serve(requests_per_min=1, burst=4)
    answers = [client.chat() for _ in range(7)]
    assert [answer.status for answer in answers] == [200] * 4 + [429] * 3
    left = [int(answer.headers["x-ratelimit-remaining-requests"]) for answer in answers]
    assert left == [3, 2, 1, 0, 0, 0, 0]
    assert {answer.headers["x-ratelimit-limit-requests"] for answer in answers} == {"1"}
    assert answers[0].headers["x-ratelimit-reset-requests"] == "1m0s"
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    assert answers[-1].json["error"]["code"] == "rate_limit_exceeded"
    counts = server.counts()
    assert (counts.served, counts.refused, counts.admitted) == (4, 3, 4)
    assert counts.endpoints[CHAT].refused == {"requests": 3}
    assert sum(second[1] for second in counts.seconds.values()) == 3
    assert 4 <= counts.permitted["requests"] < 5
    server.reset()
    assert server.counts().served == 0
    assert client.chat().status == 429
    server.reset(restart=True)
    assert client.chat().status == 200


@pytest.mark.real
def test_waits_are_told_in_each_form(serve: Serve) -> None:
    server, client = serve(requests_per_min=0.1, burst=1)
    client.chat()
    told = {}
    for form_name in ("seconds", "ms", "both", "date", "none"):
        server.change(retry_after=form_name)
        told[form_name] = client.chat().headers
    assert 300 < int(told["seconds"]["retry-after"]) <= 600
    assert 300_000 < int(told["ms"]["retry-after-ms"]) <= 600_000
    assert "retry-after" not in told["ms"]
    assert {"retry-after", "retry-after-ms"} <= set(told["both"])
    date = parsedate_to_datetime(told["date"]["retry-after"]).timestamp()
    assert 0 < date - time.time() <= 601
    assert not [name for name in told["none"] if name.startswith("retry-after")]
    server.change(headers=False)
    bare = client.chat()
    assert (bare.status, bare.body) == (429, b"")
    assert set(bare.headers) == {"content-length", "connection"}


@pytest.mark.real
def test_the_rate_follows_schedule_and_change(serve: Serve) -> None:
    faster = {"at_s": 0.7, "requests_per_min": 1200}
    server, client = serve(requests_per_min=1, burst=10, schedule=[faster])
    answers = [client.chat()]
    while server.counts().elapsed_s < 1.5:
        answers.append(client.chat())
    last, counts = answers[-1], server.counts()
    assert 10 < sum(answer.status == 200 for answer in answers) == counts.admitted
    # The burst, and a call each 50 ms from the step on, of which none can be had while one that
    # is late has a whole burst before it. That who is never late has all of it is told above.
    assert counts.admitted <= counts.permitted["requests"] <= 20 * (counts.elapsed_s - 0.2) + 1
    assert last.headers["x-ratelimit-limit-requests"] == "1200"
    server.change(requests_per_min=1)
    assert client.chat().headers["x-ratelimit-limit-requests"] == "1"
    with pytest.raises(ValueError, match="no_such"):
        server.change(no_such=1)


@pytest.mark.real
def test_a_fixed_window_gives_all_at_once(serve: Serve) -> None:
    server, client = serve(requests_per_min=0.05, window_s=3600)
    first = [client.chat() for _ in range(5)]
    assert [answer.status for answer in first] == [200, 200, 200, 429, 429]
    assert 3000 < int(first[-1].headers["retry-after"]) <= 3600
    assert server.counts().permitted["requests"] == 3


@pytest.mark.real
def test_a_fixed_window_begins_anew_by_itself(serve: Serve) -> None:
    server, client = serve(requests_per_min=120, window_s=1.5)
    server.process.wait_for(lambda: client.chat().status == 429, SOON_S, "one is used up")
    server.process.wait_for(lambda: client.chat().status == 200, SOON_S, "the next has begun")
    counts = server.counts()
    assert counts.permitted["requests"] in range(6, 3 * int(counts.elapsed_s / 1.5 + 1) + 1, 3)


@pytest.mark.real
def test_the_ceiling_refuses_and_costs_no_request(serve: Serve) -> None:
    server, client = serve(concurrency=3, requests_per_min=60)
    raw = form(wav(1), model="m")
    head = f"POST {SOUND} HTTP/1.1\r\nContent-Type: {FORM_TYPE}\r\n"
    with ExitStack() as opened:
        slow = [
            opened.enter_context(socket.create_connection(("127.0.0.1", server.port), SOON_S))
            for _ in range(3)
        ]
        for each in slow:
            each.sendall(f"{head}Content-Length: {len(raw)}\r\n\r\n".encode() + raw[:50])
        server.process.wait_for(lambda: server.counts().in_flight == 3, SOON_S, "three are out")
        assert many(server, 5) == [429] * 5
        for each in slow:
            each.sendall(raw[50:])
            assert each.recv(20).startswith(b"HTTP/1.1 200")
    counts = server.counts()
    assert counts.endpoints[CHAT].refused == {"concurrency": 5}
    assert (counts.max_in_flight, counts.in_flight, counts.spent["requests"]) == (3, 0, 3)
    assert client.chat().status == 200


def test_latency_grows_beyond_the_knee() -> None:
    subject = limits(latency_s=0.1, knee=2, slope_s=0.2)
    found_s = []
    for _ in range(5):
        assert subject.admit(0.0) is None
        found_s.append(subject.latency_s())
    assert found_s == pytest.approx([0.1, 0.1, 0.3, 0.5, 0.7])


@pytest.mark.real
def test_an_answer_takes_its_latency(serve: Serve) -> None:
    _, client = serve(latency_s=0.1, knee=0, slope_s=0.2)
    began_s = time.monotonic()
    assert client.chat().status == 200
    assert time.monotonic() - began_s >= 0.3


@pytest.mark.real
def test_tokens_and_sound_are_metered(serve: Serve) -> None:
    options = {"tokens_per_min": 60, "audio_s_per_hour": 36, "audio_burst_s": 10}
    server, client = serve(**options)
    first = client.chat("x" * 40)
    total = first.json["usage"]["total_tokens"]
    assert int(first.headers["x-ratelimit-remaining-tokens"]) == pytest.approx(60 - total, abs=1)
    assert client.chat("y" * 40).status == 429
    large = client.chat("z" * 400)
    assert large.status == 429
    assert "too large" in large.json["error"]["message"]
    assert "retry-after" not in large.headers
    assert client.sound(wav(7)).status == 200
    refused = client.sound(wav(7, tone=1))
    assert refused.status == 429
    assert 100 < int(refused.headers["retry-after"]) <= 400
    counts = server.counts()
    assert counts.spent["audio_s"] == 7
    assert counts.spent["tokens"] == total
    assert counts.endpoints[SOUND].refused == {"audio_s": 1}


@pytest.mark.real
def test_keys_are_told_apart_and_never_shown(tmp_path: Path) -> None:
    options = {"keys": ["sk-good", "sk-shut"], "forbidden_keys": ["sk-shut"]}
    with ApiServer(tmp_path, **options) as server:
        for key, status in (("sk-good", 200), ("sk-shut", 403), ("sk-none", 401), (None, 401)):
            with closing(Client(server, key)) as client:
                assert client.send("GET", "/v1/models").status == status
                assert client.chat().status == status
        counts = server.counts()
        assert sorted(counts.keys.values()) == [2, 2, 2]
        assert counts.endpoints[CHAT].failed == {"403": 1, "401": 2}
        assert counts.admitted == 1
        assert "sk-" not in repr(counts) + server.process.log()
        assert stat.S_IMODE((tmp_path / "api_server.json").stat().st_mode) == 0o600


@pytest.mark.real
def test_the_same_call_has_the_same_answer_and_identity(serve: Serve) -> None:
    server, client = serve()
    one, again = client.sound(wav(12), language="en"), client.sound(wav(12), language="en")
    assert one.body == again.body
    told = one.json
    assert (told["duration"], told["language"], len(told["segments"])) == (12, "english", 3)
    assert told["segments"][-1]["end"] == 12
    assert told["text"].startswith(told["segments"][0]["text"].strip())
    assert client.sound(wav(12, tone=1), language="en").json["text"] != told["text"]
    client.sound(wav(12), language="de")
    assert client.chat("a").body == client.chat("a").body
    client.chat("a", temperature=0.5)
    counts = server.counts()
    assert sorted(counts.identities.values()) == [1, 1, 1, 2, 2]
    assert counts.paid_again == 2
    assert client.sound(b"ID3", response_format="json").json.keys() == {"text"}


@pytest.mark.real
def test_structured_answers_follow_script_and_schema(serve: Serve) -> None:
    canned = [{"contains": "outline", "content": {"points": []}}]
    server, client = serve(canned=canned, invalid_answers=1)
    schema = {"type": "object", "properties": {"title": {"type": "string"}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    contents = [
        client.chat(text, **more).json["choices"][0]["message"]["content"]
        for text, more in (
            ("hello", {}),
            ("an outline", {"response_format": wanted}),
            ("an outline", {"response_format": wanted}),
            ("hello", {"response_format": wanted}),
        )
    ]
    with pytest.raises(ValueError):
        json.loads(contents[1])
    assert json.loads(contents[2]) == {"points": []}
    assert json.loads(contents[3]).keys() == {"title"}
    assert server.counts().invalid_answers == 1


@pytest.mark.real
def test_errors_come_in_their_time_and_share(serve: Serve) -> None:
    errors = [{"share": 0.5, "status": 503}]
    server, client = serve(errors=errors, seed=1)
    statuses = [client.chat().status for _ in range(100)]
    assert 35 <= statuses.count(503) <= 65
    counts = server.counts()
    assert counts.endpoints[CHAT].failed == {"503": statuses.count(503)}
    assert (counts.served, counts.admitted) == (statuses.count(200), 100)
    server.change(errors=[{"from_s": 3600}])
    assert client.chat().status == 200


@pytest.mark.real
@pytest.mark.parametrize("kind", ["close", "refuse"])
def test_an_outage_cuts_and_ends(serve: Serve, kind: str) -> None:
    server, client = serve(latency_s=3600)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.chat)
        server.process.wait_for(lambda: server.counts().in_flight, SOON_S, "a call is out")
        server.change(outages=[{"kind": kind}])
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            waiting.result(SOON_S)
    expected = ConnectionRefusedError if kind == "refuse" else ConnectionError
    with pytest.raises(expected), closing(Client(server)) as other:
        other.chat()
    assert server.counts().endpoints[CHAT].failed == {"outage": 1}
    server.change(outages=[], latency_s=0)
    with closing(Client(server)) as other:
        assert other.chat().status == 200


@pytest.mark.real
def test_a_scheduled_outage_begins_and_ends_by_itself(serve: Serve) -> None:
    server, _ = serve()

    def answers() -> bool:
        try:
            with closing(Client(server)) as client:
                return client.chat().status == 200
        except ConnectionError:
            return False

    assert answers()
    # Without an end until it was seen, however late that is.
    outage: dict[str, Any] = {"from_s": server.counts().elapsed_s + 0.5, "kind": "refuse"}
    server.change(outages=[outage])
    server.process.wait_for(lambda: not answers(), SOON_S, "the outage begins")
    assert server.counts().elapsed_s >= outage["from_s"]
    outage["to_s"] = server.counts().elapsed_s + 0.5
    server.change(outages=[outage])
    server.process.wait_for(answers, SOON_S, "the outage ends")
    assert server.counts().elapsed_s >= outage["to_s"]


@pytest.mark.real
def test_a_killed_server_comes_back_on_its_port(tmp_path: Path) -> None:
    with serving(tmp_path / "first") as (server, client):
        assert client.chat().status == 200
        server.process.kill()
        with serving(tmp_path / "second", port=server.port) as (second, other):
            assert second.port == server.port
            assert other.chat().status == 200


@pytest.mark.real
def test_a_call_is_decided_before_its_body_comes(serve: Serve) -> None:
    server, client = serve(requests_per_min=1, burst=1)
    head = f"POST {SOUND} HTTP/1.1\r\nContent-Type: {FORM_TYPE}\r\nContent-Length: {{}}\r\n\r\n"
    raw = form(wav(1), model="m")
    with socket.create_connection(("127.0.0.1", server.port), SOON_S) as slow:
        slow.sendall(head.format(len(raw)).encode() + raw[:50])
        server.process.wait_for(lambda: server.counts().in_flight, SOON_S, "it is admitted")
        # The other one is refused although its body is complete first.
        assert client.chat().status == 429
        slow.sendall(raw[50:])
        assert slow.recv(20).startswith(b"HTTP/1.1 200")
    with socket.create_connection(("127.0.0.1", server.port), SOON_S) as early:
        early.sendall(head.format(8 * MIB).encode())
        assert early.recv(20).startswith(b"HTTP/1.1 429")


@pytest.mark.real
def test_a_dead_client_pays_and_a_cut_upload_does_not(serve: Serve) -> None:
    server, _ = serve(latency_s=0.3)
    raw = form(wav(1), model="m")
    head = f"POST {SOUND} HTTP/1.1\r\nContent-Type: {FORM_TYPE}\r\n"
    whole = f"{head}Content-Length: {len(raw)}\r\n\r\n".encode() + raw
    for sent in (whole, whole[:-20]):
        # The end stands behind what was sent: the server comes upon it while the call is out.
        with socket.create_connection(("127.0.0.1", server.port), SOON_S) as dying:
            dying.sendall(sent)
    server.process.wait_for(
        lambda: server.counts().admitted == 2 and server.counts().in_flight == 0,
        SOON_S,
        "both have ended",
    )
    counts = server.counts()
    assert (counts.served, counts.unread, list(counts.identities.values())) == (1, 1, [1])
    assert counts.endpoints[SOUND].failed == {"incomplete": 1}


@pytest.mark.real
def test_bodies_in_chunks_and_on_demand(serve: Serve) -> None:
    server, client = serve()
    raw = form(wav(2), model="whisper-1", response_format="verbose_json")
    pieces = (raw[at : at + 1000] for at in range(0, len(raw), 1000))
    assert client.send("POST", SOUND, pieces, FORM_TYPE).json["duration"] == 2
    assert client.sound(wav(2)).json["duration"] == 2
    assert list(server.counts().identities.values()) == [2]
    head = f"POST {SOUND} HTTP/1.1\r\nContent-Type: {FORM_TYPE}\r\n"
    head += f"Content-Length: {len(raw)}\r\nExpect: 100-continue\r\n\r\n"
    for first, keys in (("100", None), ("401", [])):
        server.change(keys=keys)
        with socket.create_connection(("127.0.0.1", server.port), SOON_S) as asking:
            asking.sendall(head.encode())
            assert asking.recv(12).decode() == f"HTTP/1.1 {first}"


BAD = (
    (CHAT, b"{", "application/json", 400),
    (CHAT, b'{"model": "m", "messages": 3}', "application/json", 400),
    (SOUND, b"", "application/json", 400),
    (SOUND, form(b"x"), FORM_TYPE, 400),
    (SOUND, form(b"x" * 2000, model="m"), FORM_TYPE, 413),
    ("/v1/nothing", b"", "application/json", 404),
)


@pytest.mark.real
def test_bad_calls_are_told_so(serve: Serve) -> None:
    server, client = serve(max_file_bytes=1000)
    for path, body, kind, status in BAD:
        server.reset()
        answer = client.send("POST", path, body, kind)
        assert (answer.status, "error" in answer.json) == (status, True)
        assert client.chat().status == 200
        assert server.counts().endpoints[path].failed == {str(status): 1}


@pytest.mark.real
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads a peak from /proc")
def test_a_large_upload_is_not_kept(tmp_path: Path) -> None:
    def peak_bytes() -> int:
        lines = Path(f"/proc/{server.pid}/status").read_text().splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

    with serving(tmp_path) as (server, client):
        client.sound(wav(1))
        before_bytes = peak_bytes()
        assert client.sound(bytes(24 * MIB)).status == 200
        assert peak_bytes() - before_bytes < 8 * MIB


@pytest.mark.real
def test_many_clients_at_once_get_no_more_than_the_burst(serve: Serve) -> None:
    server, _ = serve(requests_per_min=0.1, burst=50)
    together = threading.Barrier(8)

    def client(_: int) -> int:
        with closing(Client(server)) as own:
            together.wait(SOON_S)
            return sum(own.chat().status == 200 for _ in range(25))

    with ThreadPoolExecutor(8) as pool:
        served = sum(pool.map(client, range(8)))
    counts = server.counts()
    assert served == counts.served == 50
    assert counts.refused == 150
    assert counts.used_share == pytest.approx(1, abs=0.01)
    assert counts.refused_share == pytest.approx(0.75)
