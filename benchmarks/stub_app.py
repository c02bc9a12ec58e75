"""The worker's own application, but for the recogniser: it answers at once and hears nothing."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import tasks.desk.transcribers
from celery_app.command import run_worker
from celery_app.main import app
from videobatch.records import AudioSegment, Utterance
from videobatch.speech.recognisers.pocketsphinx import PocketsphinxTranscriber

__all__ = ["app"]


class Stub(PocketsphinxTranscriber):
    """A stand-in for the offline recogniser, under the name that the jobs ask for; it takes
    segments as long as those for a provider."""

    max_segment_s = 600.0

    def transcribe(self, segment: AudioSegment) -> tuple[Utterance, ...]:
        return (Utterance(segment.start_s, segment.end_s, "A sentence takes the place of speech."),)


def make_stub(*_: Any, **__: Any) -> Stub:
    return Stub()


patch.object(tasks.desk.transcribers, "make_transcriber", make_stub).start()

if __name__ == "__main__":
    run_worker(app)
