"""Speech, writing and limits at servers that we did not write."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from tests.compat.servers import aimock, nginx
from tests.support.processes import Process
from tests.support.servers import RedisServer
from videobatch.errors import PermanentError
from videobatch.providers.calls.keys import KeyRing
from videobatch.providers.calls.transport import Transport
from videobatch.providers.catalog import google_key
from videobatch.providers.gemini.model import GeminiModel
from videobatch.providers.gemini.writer import GeminiWriter
from videobatch.providers.openai.transcriber import OpenAITranscriber
from videobatch.providers.openai.writer import OpenAIWriter
from videobatch.providers.paid_models import load_models
from videobatch.records import SAMPLE_RATE_HZ, AudioSegment
from videobatch.state.answers import RedisAnswers
from videobatch.state.connection import connect
from videobatch.state.limits import RedisLimiter, Scope
from videobatch.state.store import Store
from videobatch.telemetry.phases import PhaseTable

pytestmark = pytest.mark.real

MODELS = load_models()
NOISE = np.random.default_rng(3).integers(-9000, 9000, SAMPLE_RATE_HZ * 3).astype(np.int16)
PER_MIN, BURST, SECONDS, PROCESSES = 120, 5, 60.0, 4
SOON_S = 300.0


class Title(BaseModel):
    title: str


SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string"}},
    "required": ["title"],
    "additionalProperties": False,
}


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[Any]:
    with connect(redis_server.url, "compat") as made:
        yield made


def transport(client: Any, url: str, **options: Any) -> Transport:
    return Transport(
        url,
        KeyRing(["sk-compat"], "OPENAI_API_KEY"),
        limiter=RedisLimiter(Store(client, "vb"), Scope("compat")),
        answers=RedisAnswers(Store(client, "vb")),
        phases=PhaseTable().join(0),
        **options,
    )


def test_speech_and_writing(client: Any, tmp_path: Path) -> None:
    with aimock(tmp_path) as url:
        sends = transport(client, f"{url}/v1")
        heard = OpenAITranscriber(sends, "whisper-1", models=MODELS).transcribe(
            AudioSegment(0, 60.0, NOISE)
        )
        assert [(each.start_s, each.end_s, each.text) for each in heard] == [
            (60.0, 61.5, "Good morning."),
            (61.5, 63.0, "This is a lecture."),
        ]
        writer = OpenAIWriter(sends, "gpt-4o-mini", models=MODELS)
        asked: dict[str, Any] = {"max_tokens": 50, "schema": SCHEMA, "check": Title.model_validate}
        assert writer.complete("You write.", "A title", **asked) == Title(title="A lecture")
        with pytest.raises(PermanentError) as caught:
            writer.complete("You write.", "No title", **asked)
        assert caught.value.code == "bad_answer"
        google = transport(client, url, auth=google_key)
        model = GeminiModel(google, "gemini-2.5-flash", models=MODELS)
        assert GeminiWriter(model).complete("You write.", "A title", **asked) == Title(
            title="A lecture"
        )
        sends.close()
        google.close()


def test_refusals_and_failures_by_chance_lose_no_call(client: Any, tmp_path: Path) -> None:
    with aimock(tmp_path, "--chaos-ratelimit", "0.2", "--chaos-drop", "0.1") as url:
        sends = transport(client, f"{url}/v1")
        writer = OpenAIWriter(sends, "gpt-4o-mini", models=MODELS)
        for number in range(6):
            written = writer.complete(
                f"You write {number}.",
                "A title",
                max_tokens=50,
                schema=SCHEMA,
                check=Title.model_validate,
            )
            assert written == Title(title="A lecture")
        sends.close()


def test_a_proxy_that_says_nothing_of_its_limit(redis_server: RedisServer, tmp_path: Path) -> None:
    """Its own log is the evidence: at least 85 % of what it permits, at most 5 % refused."""
    with aimock(tmp_path) as behind, nginx(tmp_path, behind, PER_MIN, BURST) as gate:
        told = {
            "redis_url": redis_server.url,
            "api_url": f"{gate.url}/v1",
            "threads": 2,
            "seconds": SECONDS,
        }
        argv = [sys.executable, "-m", "tests.support.call_maker", json.dumps(told)]
        running = [Process(argv, tmp_path / f"caller-{n}.log") for n in range(PROCESSES)]
        for process in running:
            process.wait_for(
                lambda p=process: not p.is_alive(),  # type: ignore[misc]
                SECONDS + SOON_S,
                "it ends",
            )
        found = gate.statuses()
    began_s, ended_s = found[0][0], found[-1][0]
    served = sum(status == 200 for _, status in found)
    refused = sum(status == 429 for _, status in found)
    permitted = 1 + BURST + (ended_s - began_s) * PER_MIN / 60
    print(f"{served} of {permitted:.0f} permitted, {refused} refused")  # noqa: T201 - pytest -rP
    assert served + refused == len(found)
    assert served >= 0.85 * permitted
    assert refused <= 0.05 * len(found)
