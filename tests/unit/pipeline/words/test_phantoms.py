"""Words that were made up where nobody spoke."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.media import make_media
from tests.support.pipeline import StubTranscriber, claim_of, job_of, make_claimed
from videobatch.pipeline.words.phantoms import leave_out_phantoms, phantom_remarks
from videobatch.records import AudioSegment, Utterance

TALK = [(0.0, 4.0, "We begin with plants.", 0.9), (4.5, 8.0, "They eat light.", 0.9)]


@pytest.mark.parametrize(
    ("said", "left_out"),
    [
        # Said at the end of a talk.
        ([*TALK, (8.4, 9.0, "Thank you.", 0.9)], []),
        # After a minute of music, and between two long silences.
        ([*TALK, (70, 71, "Thank you.", 0.8)], ["Thank you."]),
        ([*TALK, (30, 31, "Thank you.", 0.8), (60, 61, "We go on.", 0.9)], ["Thank you."]),
        # One after the other, and nothing else.
        ([(n * 3, n * 3 + 1, "Thank you.", 0.8) for n in range(3)], ["Thank you."] * 3),
        # Not sure at all, though somebody speaks near it.
        ([*TALK, (8.4, 9.0, "You", 0.2)], ["You"]),
        ([*TALK, (10, 12, "Thanks for watching!", 0.9)], ["Thanks for watching!"]),
        ([*TALK, (10, 12, "字幕by索兰娅", 0.9)], ["字幕by索兰娅"]),
        ([*TALK, (10, 12, "谢谢观看", 0.9)], ["谢谢观看"]),
        # A sentence about it, within speech.
        (
            [*TALK, (8.1, 12, "Subtitles by hand cost a lot of time, as you will see soon.", 0.9)],
            [],
        ),
        ([*TALK, (40, 44, "Thank you for the question about plants.", 0.9)], []),
    ],
)
def test_a_phrase_and_evidence_make_a_phantom(
    said: list[tuple[float, float, str, float]], left_out: list[str]
) -> None:
    utterances = [Utterance(*each) for each in said]
    kept, found = leave_out_phantoms(utterances)
    assert [each.text for each in found] == left_out
    assert sorted([*kept, *found], key=lambda u: u.start_s) == utterances


def test_what_was_left_out_is_told() -> None:
    (remark,) = phantom_remarks([Utterance(70, 71, "Thank you.")], "whisper tiny.en")
    assert '"Thank you." (01:10)' in remark.message
    assert phantom_remarks([], "whisper") == ()


class Dreamer(StubTranscriber):
    """Hears words, and thanks in the end."""

    def transcribe(self, segment: AudioSegment) -> tuple[Utterance, ...]:
        (said,) = super().transcribe(segment)
        made_up = Utterance(segment.end_s, segment.end_s, "Thanks for watching!", 0.1)
        return (said, made_up)


def test_it_is_counted_in_the_manifest(tmp_path: Path) -> None:
    path = make_media(tmp_path / "a.mp4")
    made = make_claimed(claim_of(job_of(path, tmp_path / "out")), transcriber=Dreamer())
    manifest = json.loads((made.folder / "manifest.json").read_text())
    assert manifest["phantoms"] == made.segments
    assert "watching" not in " ".join(made.said)
    assert [remark["code"] for remark in manifest["remarks"]] == ["phantom"]
