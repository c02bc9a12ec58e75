"""The language of a video whose statements may be in several."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.media import make_media
from tests.support.pipeline import StubTranscriber, claim_of, job_of, make_claimed
from videobatch.pipeline.words.spoken_language import spoken_language
from videobatch.records import AudioSegment, Utterance


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ([], None),
        ([(0, 5, None)], None),
        ([(0, 5, "en"), (5, 7, "zh"), (7, 8, "zh")], "en"),
        ([(0, 2, "en"), (5, 7, "zh"), (7, 8, "zh"), (9, 30, None)], "zh"),
    ],
)
def test_most_of_the_time_decides(
    said: list[tuple[float, float, str | None]], language: str | None
) -> None:
    found = [Utterance(start, end, "text", language=code) for start, end, code in said]
    assert spoken_language(found) == language


class Listener(StubTranscriber):
    """Tells the language itself."""

    language = None
    languages: frozenset[str] = frozenset()

    def transcribe(self, segment: AudioSegment) -> tuple[Utterance, ...]:
        said = super().transcribe(segment)
        return tuple(Utterance(u.start_s, u.end_s, u.text, language="de") for u in said)


def test_the_document_tells_the_language_that_was_heard(tmp_path: Path) -> None:
    path = make_media(tmp_path / "a.mp4")
    made = make_claimed(claim_of(job_of(path, tmp_path / "out")), transcriber=Listener())
    assert made.transcript["language"] == "de"
    assert "\nlanguage: de\n" in made.document
