"""Two batches with two models of one provider in one worker: each is heard by its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tasks.desk.transcribers import Transcribers
from tests.support.api_server import ApiServer
from tests.support.desks import paid_calls
from tests.support.servers import RedisServer
from videobatch.pipeline.options import DocumentOptions
from videobatch.providers.openai.transcriber import OpenAITranscriber
from videobatch.records import AudioSegment
from videobatch.speech.engines import SpeechOptions
from videobatch.state.connection import connect

pytestmark = pytest.mark.real

OPTIONS = DocumentOptions("a", "openai", "whisper-1")
LOUD = np.tile(np.array([9000, -9000], np.int16), 16_000)


def test_each_batch_is_heard_by_its_model(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with ApiServer(tmp_path / "api") as server, connect(redis_server.url) as client:
        monkeypatch.setenv("VIDEOBATCH_API__MODEL", "whisper-1")
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        transcribers = Transcribers(SpeechOptions(), paid_calls(client).transcriber)
        for model in ("whisper-1", "whisper-large-v3", "whisper-1"):
            heard = transcribers.get(replace(OPTIONS, model=model))
            assert heard.model == model
            assert isinstance(heard, OpenAITranscriber)
            assert heard.transcribe(AudioSegment(0, 0.0, LOUD))
            heard._transport.close()
        # The third call finds the answer to the first one: a call is known by its model, too.
        assert list(server.counts().identities.values()) == [1, 1]
