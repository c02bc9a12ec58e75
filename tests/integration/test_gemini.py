"""The `gemini` provider against a server that counts: speech, writing, uploads, whole videos."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pytest

from tests.support.api_server import ApiServer
from tests.support.keys import KEYS
from tests.support.processes import ROOT
from tests.support.servers import RedisServer
from videobatch.errors import (
    BudgetError,
    PermanentError,
    SettingsError,
    StoppingError,
    TransientError,
)
from videobatch.ports import Transcriber, VideoTranscriber, Writer
from videobatch.providers.calls.keys import KeyRing
from videobatch.providers.calls.transport import Transport
from videobatch.providers.catalog import google_key
from videobatch.providers.gemini.files import PART_BYTES, GeminiFiles
from videobatch.providers.gemini.model import GeminiModel
from videobatch.providers.gemini.transcriber import GeminiTranscriber
from videobatch.providers.gemini.video import STRETCH_S, GeminiVideo
from videobatch.providers.gemini.writer import GeminiWriter
from videobatch.providers.paid_models import load_models
from videobatch.records import (
    SAMPLE_RATE_HZ,
    AudioSegment,
    AudioTrack,
    Currency,
    Picture,
    Probe,
    VideoTrack,
)
from videobatch.state.answers import RedisAnswers
from videobatch.state.connection import connect
from videobatch.state.limits import RedisLimiter, Scope
from videobatch.state.store import Store
from videobatch.state.uploads import RedisUploads
from videobatch.telemetry.phases import PhaseTable

pytestmark = pytest.mark.real

API_KEYS = ("AIza-good-0123456789", "AIza-other-0123456789")
MODEL = "gemini-2.5-flash"
SECONDS = 12
NOISE = np.random.default_rng(5).integers(-9000, 9000, SAMPLE_RATE_HZ * SECONDS).astype(np.int16)
SEGMENT = AudioSegment(1, 100.0, NOISE)
FILMED = Probe(
    container="mov",
    duration_s=1500.0,
    size_bytes=20_000_000,
    content_hash="ab" * 32,
    video=VideoTrack(0, "h264", 640, 360, 0, 25.0),
    audio=AudioTrack(1, "aac", 44_100, 2, None),
)
CONTENT = bytes(range(256)) * (FILMED.size_bytes // 256 + 1)


@dataclass
class Bench:
    """All parts of the provider, on one server and one Redis."""

    server: ApiServer
    client: Any
    room_bytes: float = 1e9
    taken: int = 0
    waited_s: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ring = KeyRing(API_KEYS, "GEMINI_API_KEY")
        self.limiter = RedisLimiter(Store(self.client, "vb"), Scope(f"gemini.a.{MODEL}"))
        self.room = RedisLimiter(
            Store(self.client, "vb"),
            Scope("gemini.a.files", {Currency.BYTES_STORED: self.room_bytes}),
        )
        self.transport = Transport(
            self.server.url.removesuffix("/v1"),
            self.ring,
            limiter=self.limiter,
            answers=RedisAnswers(Store(self.client, "vb")),
            phases=PhaseTable().join(0),
            auth=google_key,
            base_url_variable="GEMINI_BASE_URL",
        )
        self.model = GeminiModel(self.transport, MODEL, models=load_models())
        self.files = GeminiFiles(
            self.transport,
            RedisUploads(Store(self.client, "vb"), "a"),
            self.room,
            take=self._take,
            pause=self._pause,
        )
        self.video = GeminiVideo(self.model, self.files)

    def _take(self, count: int) -> None:
        self.taken += count

    def _pause(self, seconds: float) -> None:
        self.waited_s.append(seconds)
        threading.Event().wait(0.05)

    def upload(self, content: bytes = CONTENT, content_hash: str = "ab" * 32) -> Any:
        file = cast("BinaryIO", io.BytesIO(content[: FILMED.size_bytes]))
        return self.files.ensure(
            file,
            mime="video/mp4",
            size_bytes=min(len(content), FILMED.size_bytes),
            content_hash=content_hash,
        )

    @property
    def stored(self) -> int:
        return int(self.client.hget(KEYS.limit("gemini.a.files"), "stored") or 0)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ApiServer]:
    with ApiServer(tmp_path / "api", keys=API_KEYS, duration_s=FILMED.duration_s) as made:
        yield made


@pytest.fixture
def bench(server: ApiServer, redis_server: RedisServer) -> Iterator[Bench]:
    with connect(redis_server.url, "gemini") as client:
        made = Bench(server, client)
        yield made
        made.transport.close()


# Speech.


def test_sound_is_heard_and_paid_for_once(bench: Bench) -> None:
    transcriber: Transcriber = GeminiTranscriber(bench.model)
    first = transcriber.transcribe(SEGMENT)
    assert first == transcriber.transcribe(SEGMENT)
    assert [round(each.start_s - 100) for each in first] == [0, 5, 10]
    assert first[-1].end_s == pytest.approx(100 + SECONDS, abs=0.01)
    assert all(each.text for each in first)
    counts = bench.server.counts()
    assert (counts.served, counts.paid_again) == (1, 0)
    assert counts.spent["audio_s"] == pytest.approx(SECONDS, abs=0.01)
    spent = bench.limiter.spent_today()
    # Sound at a dollar for a million tokens, and what was answered at 2.50.
    sound_usd = 32 * SECONDS / 1e6
    assert sound_usd < spent[Currency.MONEY_DAY] < sound_usd + 500 * 2.5 / 1e6
    assert spent[Currency.AUDIO_S_DAY] == pytest.approx(SECONDS, abs=0.01)


def test_silence_is_not_sent(bench: Bench) -> None:
    quiet = AudioSegment(0, 0.0, np.zeros(SAMPLE_RATE_HZ, dtype=np.int16))
    assert GeminiTranscriber(bench.model).transcribe(quiet) == ()
    assert bench.server.counts().served == 0


def test_odd_times_stay_in_the_segment(bench: Bench) -> None:
    told = {
        "utterances": [
            {"start": 9.0, "end": 99.0, "text": "late\n words"},
            {"start": -3, "end": 2, "text": "early"},
            {"start": 4, "end": 3, "text": "  "},
        ]
    }
    bench.server.change(canned=[{"contains": "Transcribe", "content": told}])
    found = GeminiTranscriber(bench.model).transcribe(SEGMENT)
    assert [(each.start_s, each.end_s, each.text) for each in found] == [
        (100.0, 102.0, "early"),
        (109.0, 112.0, "late words"),
    ]


@pytest.mark.parametrize(("bad", "calls"), [(1, 2), (2, 2)])
def test_a_bad_answer_is_asked_for_once_more(bench: Bench, bad: int, calls: int) -> None:
    bench.server.change(invalid_answers=bad)
    transcriber = GeminiTranscriber(bench.model)
    if bad == 1:
        assert transcriber.transcribe(SEGMENT)
    else:
        with pytest.raises(PermanentError) as caught:
            transcriber.transcribe(SEGMENT)
        assert caught.value.code == "bad_answer"
    assert bench.server.counts().served == calls


def test_a_key_that_is_none_leaves_the_rotation(bench: Bench) -> None:
    bench.server.change(keys=[API_KEYS[0]])
    assert GeminiTranscriber(bench.model).transcribe(SEGMENT)
    assert "1 of 2" in repr(bench.ring)
    bench.server.change(keys=["AIza-another"])
    with pytest.raises(SettingsError, match="accepts no key of GEMINI_API_KEY"):
        GeminiTranscriber(bench.model).transcribe(AudioSegment(2, 0.0, NOISE[: SAMPLE_RATE_HZ * 2]))


def test_a_refusal_is_waited_for_as_long_as_its_body_says(bench: Bench) -> None:
    bench.server.change(requests_per_min=600, burst=1)
    transcriber = GeminiTranscriber(bench.model)
    for number in range(1, 5):
        transcriber.transcribe(AudioSegment(number, 0.0, NOISE[: SAMPLE_RATE_HZ * number]))
    counts = bench.server.counts()
    assert counts.served == 4
    assert counts.refused <= 2


# Writing.


def test_pictures_go_along_and_the_answer_has_the_form(bench: Bench) -> None:
    writer: Writer = GeminiWriter(bench.model)
    schema = {
        "type": "object",
        "properties": {"title": {"type": "string"}},
        "required": ["title"],
        "additionalProperties": False,
    }
    pictures = [Picture(1.0, b"one"), Picture(2.0, b"two")]

    def ask(**more: Any) -> Any:
        return writer.complete(
            "You write.", "A title.", max_tokens=100, schema=schema, check=dict, **more
        )

    assert ask(pictures=pictures)["title"]
    ask(pictures=pictures)
    assert bench.server.counts().served == 1
    with_pictures = bench.server.counts().spent["tokens"]
    ask()
    assert bench.server.counts().spent["tokens"] - with_pictures < with_pictures - 2 * 258 + 20


def test_an_answer_that_is_cut_is_said(bench: Bench) -> None:
    bench.server.change(canned=[{"contains": "Long", "content": "word " * 500}])
    with pytest.raises(PermanentError, match="longer than 10 tokens") as caught:
        GeminiWriter(bench.model).complete("a", "Long", max_tokens=10, schema={}, check=dict)
    assert caught.value.code == "answer_cut"


# Uploads.


def test_an_upload_comes_whole_waits_until_it_is_ready_and_is_deleted(bench: Bench) -> None:
    bench.server.change(processing_s=0.3)
    made = bench.upload()
    assert made.uri.startswith("http")
    assert bench.stored == FILMED.size_bytes
    assert bench.waited_s == sorted(bench.waited_s)
    assert bench.taken == FILMED.size_bytes
    assert bench.upload() == made
    told = bench.server.counts().files
    assert (told["finished"], told["kept"]) == (1, FILMED.size_bytes)
    for _ in range(2):
        bench.files.delete("ab" * 32)
    told = bench.server.counts().files
    assert (told["deleted"], told["kept"], bench.stored) == (1, 0, 0)


def test_an_upload_that_was_cut_goes_on_where_it_was(bench: Bench) -> None:
    bench.server.change(cut_upload_at=PART_BYTES + 1_000_000)
    bench.upload()
    told = bench.server.counts().files
    assert (told["finished"], told["queries"]) == (1, 1)
    assert told["bytes"] < FILMED.size_bytes + PART_BYTES


def test_an_address_that_the_server_gave_gets_no_key(bench: Bench, tmp_path: Path) -> None:
    with ApiServer(tmp_path / "other", keys=()) as other:
        bench.transport.ask("POST", f"{other.url.removesuffix('/v1')}/upload/session/x")
        bench.transport.ask("GET", "v1beta/files/none")
        assert other.counts().keys == {}
    assert len(bench.server.counts().keys) == 1


def test_an_upload_that_may_not_be_looked_at_is_not_waited_for(bench: Bench) -> None:
    bench.upload()
    bench.server.change(keys=["AIza-another"])
    with pytest.raises(PermanentError, match="cannot be looked at"):
        bench.upload()


def test_an_upload_that_the_provider_threw_away_is_made_again(bench: Bench) -> None:
    made = bench.upload()
    bench.transport.ask("DELETE", f"v1beta/{made.name}")
    again = bench.upload()
    assert again.name != made.name
    assert bench.stored == FILMED.size_bytes
    assert bench.server.counts().files["finished"] == 2


READY_WITHIN_S = 300.0 + FILMED.size_bytes / 1e6


@pytest.mark.parametrize("state", ["PROCESSING", "FAILED"])
def test_an_upload_that_is_of_no_use_is_made_once_anew(bench: Bench, state: str) -> None:
    bench.server.change(upload_states=[state])
    made = bench.upload()
    told = bench.server.counts().files
    assert (told["finished"], told["deleted"]) == (2, 1)
    assert bench.stored == FILMED.size_bytes
    assert bench.upload() == made
    longest_s = READY_WITHIN_S + 15.0 if state == "PROCESSING" else 0.0
    assert sum(bench.waited_s) <= longest_s


@pytest.mark.parametrize(
    ("state", "says"), [("PROCESSING", "not ready in time"), ("FAILED", "could not be read")]
)
def test_a_video_that_the_provider_makes_nothing_of_is_given_up(
    bench: Bench, state: str, says: str
) -> None:
    bench.server.change(upload_states=[state] * 9)
    file = cast("BinaryIO", io.BytesIO(CONTENT[: FILMED.size_bytes]))
    with pytest.raises(PermanentError, match=says) as caught:
        bench.video.transcribe_video(file, FILMED, lambda _at_s, _of: None)
    assert caught.value.code == "upload_failed"
    told = bench.server.counts()
    # Not once for each window, and nothing stays there.
    assert (told.files["started"], told.files["kept"], bench.stored) == (2, 0, 0)
    assert told.served == 0
    assert sum(bench.waited_s) <= 2 * (READY_WITHIN_S + 15.0)


def test_an_upload_that_an_earlier_attempt_left_unready_counts(bench: Bench) -> None:
    bench.server.change(upload_states=["PROCESSING"] * 9)

    def dies(_seconds: float) -> None:
        raise StoppingError("the worker is stopping")

    pause, bench.files._pause = bench.files._pause, dies
    with pytest.raises(StoppingError):
        bench.upload()
    bench.files._pause = pause
    with pytest.raises(PermanentError, match="not ready in time"):
        bench.upload()
    told = bench.server.counts().files
    assert (told["started"], told["deleted"]) == (2, 2)


def test_two_who_want_a_video_uploaded_do_it_once(bench: Bench) -> None:
    bench.server.change(processing_s=0.3)
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: bench.upload(), range(4)))
    assert len(set(made)) == 1
    assert bench.server.counts().files["started"] == 1
    assert bench.stored == FILMED.size_bytes


def test_no_room_is_no_upload(server: ApiServer, redis_server: RedisServer) -> None:
    with connect(redis_server.url, "gemini") as client:
        bench = Bench(server, client, room_bytes=1e6)
        with pytest.raises(BudgetError, match="more than there ever is"):
            bench.upload()
        bench.transport.close()
    assert server.counts().files["started"] == 0


def test_a_file_that_is_too_large_is_refused(bench: Bench) -> None:
    file = cast("BinaryIO", io.BytesIO(b""))
    with pytest.raises(PermanentError, match="too much for one upload"):
        bench.files.ensure(file, mime="video/mp4", size_bytes=2_100_000_000, content_hash="c")


MEMORY = """
import resource, sys
from tests.integration.test_gemini import Bench, FILMED
from tests.support.api_server import ApiServer
from videobatch.state.connection import connect
from pathlib import Path
path, url, redis = sys.argv[1:]

class Known:
    url = url
bench = Bench(Known(), connect(redis, "upload"), room_bytes=2e9)
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
size = Path(path).stat().st_size
before = peak()
with open(path, "rb", buffering=0) as file:
    bench.files.ensure(file, mime="video/mp4", size_bytes=size, content_hash="big")
print(peak() - before)
"""


def test_a_gigabyte_is_uploaded_with_little_memory(
    server: ApiServer, redis_server: RedisServer, tmp_path: Path
) -> None:
    path = tmp_path / "large.mp4"
    with path.open("wb") as file:
        file.truncate(1_000_000_000)
    argv = [sys.executable, "-c", MEMORY, str(path), server.url, redis_server.url]
    ended = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert ended.returncode == 0, ended.stderr
    added_mb = int(ended.stdout) / 1024
    assert server.counts().files["kept"] == 1_000_000_000
    print(f"{added_mb:.1f} MB added")  # noqa: T201 - pytest -rP
    assert added_mb <= 60


# Whole videos.


def test_a_video_is_heard_in_windows_and_leaves_nothing_behind(bench: Bench) -> None:
    video: VideoTranscriber = bench.video
    assert video.takes(FILMED)
    done: list[float] = []
    file = cast("BinaryIO", io.BytesIO(CONTENT[: FILMED.size_bytes]))
    found = video.transcribe_video(file, FILMED, lambda at_s, _of: done.append(at_s))
    assert done == [STRETCH_S, 2 * STRETCH_S, FILMED.duration_s]
    assert [each.start_s for each in found.utterances] == [5.0 * n for n in range(300)]
    assert found.utterances[-1].end_s == FILMED.duration_s
    told = bench.server.counts()
    assert (told.files["finished"], told.files["kept"], bench.stored) == (1, 0, 0)
    assert told.served == 3
    # All is answered already: nothing is uploaded again.
    assert video.transcribe_video(file, FILMED, lambda _at_s, _of: None) == found
    told = bench.server.counts()
    assert (told.files["started"], told.served) == (1, 3)


def test_a_file_that_vanishes_in_between_is_made_again(bench: Bench) -> None:
    file = cast("BinaryIO", io.BytesIO(CONTENT[: FILMED.size_bytes]))
    made = bench.upload()
    bench.server.change(latency_s=0.0)
    ensure = bench.files.ensure

    def gone(*args: Any, **kwargs: Any) -> Any:
        found = ensure(*args, **kwargs)
        bench.transport.ask("DELETE", f"v1beta/{made.name}")
        return found

    bench.files.ensure = gone  # type: ignore[method-assign]
    # In the same try: another batch may have had the same upload, and be done with it.
    assert bench.video.transcribe_video(file, FILMED, lambda _at_s, _of: None).utterances
    assert "2 of 2" in repr(bench.ring)
    told = bench.server.counts()
    assert (told.files["finished"], told.files["kept"], told.served) == (2, 0, 3)


def test_a_file_that_vanishes_again_and_again_is_said(bench: Bench) -> None:
    file = cast("BinaryIO", io.BytesIO(CONTENT[: FILMED.size_bytes]))
    ensure = bench.files.ensure

    def gone(*args: Any, **kwargs: Any) -> Any:
        found = ensure(*args, **kwargs)
        bench.transport.ask("DELETE", f"v1beta/{found.name}")
        return found

    bench.files.ensure = gone  # type: ignore[method-assign]
    with pytest.raises(TransientError) as caught:
        bench.video.transcribe_video(file, FILMED, lambda _at_s, _of: None)
    assert caught.value.code == "upload_gone"


def test_what_cannot_be_given_whole_is_heard_in_segments(bench: Bench) -> None:
    for other in (
        replace(FILMED, size_bytes=2_100_000_000),
        replace(FILMED, video=None),
        replace(FILMED, duration_s=0.0),
        replace(FILMED, container="ogg"),
    ):
        assert not bench.video.takes(other)
