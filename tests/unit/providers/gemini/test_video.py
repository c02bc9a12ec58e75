"""A whole video at Gemini: what is refused of it, and in which times it is told."""

from __future__ import annotations

import io
import json
from typing import Any, BinaryIO, cast

import httpx
import pytest

from tests.unit.providers.paid import Bench
from videobatch.errors import REFUSED, PermanentError
from videobatch.providers.catalog import google_key
from videobatch.providers.gemini.model import GeminiModel
from videobatch.providers.gemini.video import GeminiVideo
from videobatch.providers.paid_models import load_models
from videobatch.records import AudioTrack, Probe, StoredFile, VideoTrack

LASTS_S = 1300.0
PROBE = Probe(
    "mov",
    LASTS_S,
    1000,
    "hash",
    VideoTrack(0, "h264", 160, 120, 0, 10.0),
    AudioTrack(1, "aac", 48_000, 2, None),
)


class Files:
    """Uploads that are there at once."""

    def ensure(self, *_: Any, **__: Any) -> StoredFile:
        return StoredFile("files/a", "https://server.test/files/a", "video/mp4", "permit")

    def delete(self, *_: Any) -> None:
        pass


def _video(bad_s: float, *, is_absolute: bool = False) -> tuple[Bench, GeminiVideo]:
    """A video of which the stretch with that second is refused."""
    bench = Bench(httpx.Response(500), auth=google_key)

    def serve(request: httpx.Request) -> httpx.Response:
        request.read()
        bench.requests.append(request)
        part = json.loads(request.content)["contents"][0]["parts"][0]["videoMetadata"]
        start_s, end_s = (float(part[name].rstrip("s")) for name in ("startOffset", "endOffset"))
        if start_s <= bad_s < end_s:
            return httpx.Response(200, json={"candidates": [{"finishReason": "RECITATION"}]})
        base_s = start_s if is_absolute else 0.0
        said = {"start": base_s + 1, "end": base_s + 2, "text": f"from {start_s:g}"}
        text = json.dumps({"utterances": [said]})
        answer = {"content": {"parts": [{"text": text}]}, "finishReason": "STOP"}
        return httpx.Response(200, json={"candidates": [answer]})

    bench.serve = serve
    model = GeminiModel(bench.transport, "gemini-2.5-flash", models=load_models())
    # One call at a time: the bench is no server.
    return bench, GeminiVideo(model, cast("Any", Files()), parallel=1)


def _heard(video: GeminiVideo) -> Any:
    file = cast("BinaryIO", io.BytesIO(b"video"))
    return video.transcribe_video(file, PROBE, lambda _done, _of: None)


@pytest.mark.parametrize("is_absolute", [False, True])
def test_a_refused_stretch_is_a_gap_and_all_else_is_heard(is_absolute: bool) -> None:
    bench, video = _video(700.0, is_absolute=is_absolute)
    spoken = _heard(video)
    (gap,) = spoken.gaps
    assert gap.start_s <= 700.0 < gap.end_s
    assert 15 <= gap.end_s - gap.start_s <= 30
    assert "RECITATION" in gap.why
    starts = [said.start_s for said in spoken.utterances]
    assert starts == sorted(starts)
    assert (starts[0], starts[-1]) == (1.0, 1201.0)
    paid = len(bench.requests)
    # What was answered is not asked for again, what was refused is.
    assert _heard(video).utterances == spoken.utterances
    assert len(bench.requests) - paid < paid / 2 + 1


def test_a_video_of_which_nothing_is_heard_says_why() -> None:
    bench, video = _video(700.0)
    bench.serve = lambda _request: httpx.Response(
        200, json={"promptFeedback": {"blockReason": "OTHER"}}
    )
    spoken = _heard(video)
    assert (spoken.utterances, spoken.is_heard) == ((), False)
    assert [(gap.start_s, gap.end_s) for gap in spoken.gaps] == [(0.0, LASTS_S)]
    assert isinstance(spoken.error, PermanentError)
    assert spoken.error.code == REFUSED
