"""Refused stretches: they cost their own seconds, and the document says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.media import Recipe, Sound, make_media
from tests.support.pipeline import (
    Made,
    Ports,
    StubTranscriber,
    claim_of,
    job_of,
    tools_of,
    unlimited_watch,
)
from videobatch.errors import (
    ANSWER_CUT,
    BAD_ANSWER,
    REFUSED,
    PermanentError,
    RejectedError,
    SettingsError,
    VideobatchError,
)
from videobatch.pipeline.outputs.publication import attempt_dir, publish
from videobatch.pipeline.stages.runner import run
from videobatch.pipeline.words.gaps import PATIENCE_SEGMENTS
from videobatch.providers.hearing.parts import hear, joined
from videobatch.records import AudioSegment, Gap, RemarkCode, Utterance, VideoState

WHO = "stub en-us"
VOICED = [(at + 0.3, at + 2.4) for at in range(0, 12, 3)]
Span = tuple[int, int]


def _refused() -> PermanentError:
    return PermanentError("gemini refused to answer (RECITATION)", code=REFUSED)


def _rejected(status: int) -> RejectedError:
    return RejectedError("rejected", status=status, said="the audio is corrupt")


class Ears:
    """Hears spans of seconds, and raises for those that hold a bad second."""

    def __init__(self, bad: set[int], error: Callable[[], VideobatchError] = _refused) -> None:
        self.asked: list[Span] = []
        self._bad, self._error = bad, error

    def hear(self, span: Span) -> tuple[Utterance, ...]:
        self.asked.append(span)
        if self._bad & set(range(*span)):
            raise self._error()
        return (Utterance(*span, f"{span[0]} to {span[1]}"),)


def _halves(span: Span) -> tuple[Span, ...]:
    begin, end = span
    middle = (begin + end) // 2
    return ((begin, middle), (middle, end)) if end - begin >= 30 else ()


def _gap(span: Span, why: str) -> Gap:
    return Gap(*span, WHO, why)


def test_a_few_refused_seconds_cost_their_stretch_alone() -> None:
    ears = Ears({301, 302})
    spoken = hear((0, 600), ears.hear, _halves, _gap)
    assert [(gap.start_s, gap.end_s) for gap in spoken.gaps] == [(300, 318)]
    covered = sorted((u.start_s, u.end_s) for u in spoken.utterances)
    assert sum(end - begin for begin, end in covered) == 600 - 18
    assert [u.start_s for u in spoken.utterances] == sorted(u.start_s for u in spoken.utterances)
    assert spoken.is_heard
    assert "RECITATION" in spoken.gaps[0].why


@pytest.mark.parametrize("code", [REFUSED, ANSWER_CUT, BAD_ANSWER])
def test_a_segment_of_which_nothing_is_heard_costs_few_calls(code: str) -> None:
    ears = Ears(set(range(600)), lambda: PermanentError("no", code=code))
    spoken = hear((0, 600), ears.hear, _halves, _gap)
    assert [(gap.start_s, gap.end_s) for gap in spoken.gaps] == [(0, 600)]
    assert (spoken.utterances, spoken.is_heard) == ((), False)
    assert len(ears.asked) <= 14


@pytest.mark.parametrize(
    "error",
    [SettingsError("no key"), PermanentError("odd"), _rejected(404), _rejected(405)],
    ids=str,
)
def test_what_is_no_matter_of_the_sound_is_raised_at_once(error: VideobatchError) -> None:
    ears = Ears({5}, lambda: error)
    with pytest.raises(type(error)):
        hear((0, 600), ears.hear, _halves, _gap)
    assert len(ears.asked) == 1


def test_a_request_that_is_rejected_for_its_sound_is_not_sent_in_halves() -> None:
    ears = Ears({5}, lambda: _rejected(400))
    spoken = hear((0, 600), ears.hear, _halves, _gap)
    assert len(ears.asked) == 1
    assert spoken.gaps == (Gap(0, 600, WHO, "the audio is corrupt"),)


def test_gaps_that_touch_are_one() -> None:
    gaps = [_gap((20, 40), "a"), _gap((0, 20), "a"), _gap((40, 50), "b"), _gap((60, 70), "b")]
    assert [(g.start_s, g.end_s) for g in joined(gaps)] == [(0, 40), (40, 50), (60, 70)]


# The whole document.


def _make(
    tmp_path: Path,
    error: Callable[[AudioSegment], VideobatchError | None],
    *,
    parallel: int = 1,
    pictures: bool = True,
    ports: Ports | None = None,
) -> tuple[Made, StubTranscriber]:
    recipe = Recipe(seconds=12.0, sound=Sound(VOICED), scenes=Recipe().scenes if pictures else None)
    path = tmp_path / "a.mp4"
    if not path.exists():
        make_media(path, recipe)

    def on_segment(segment: AudioSegment) -> None:
        found = error(segment)
        if found is not None:
            raise found

    transcriber = StubTranscriber(3.0, on_segment)
    transcriber.parallel = parallel
    claim = claim_of(job_of(path, tmp_path / "out"), checkpoints=ports.stored if ports else None)
    ports = ports or Ports()
    result = run(claim, tools_of(transcriber), ports, ports, unlimited_watch())
    publish(claim)
    return Made(result, attempt_dir(claim).parent, len(transcriber.heard)), transcriber


@pytest.mark.parametrize("parallel", [1, 3])
def test_a_document_with_a_gap_says_so_everywhere(tmp_path: Path, parallel: int) -> None:
    made, _ = _make(tmp_path, lambda s: _refused() if s.index == 1 else None, parallel=parallel)
    assert made.result.state is VideoState.PARTIAL
    assert made.result.note is not None
    assert "not transcribed" in made.result.note
    (remark,) = made.result.remarks
    assert remark.code is RemarkCode.GAP
    assert "RECITATION" in remark.message
    assert "00:0" in remark.message
    (gap,) = made.transcript["gaps"]
    assert gap["by"] == WHO
    assert 0 < gap["start_s"] < gap["end_s"] < 12
    assert len(made.said) >= 3
    assert any("RECITATION" in note for note in made.notes)
    assert "partial: true" in made.document
    manifest = json.loads((made.folder / "manifest.json").read_text())
    assert manifest["state"] == "partial"
    assert manifest["coverage"]["gaps_s"] == pytest.approx(gap["end_s"] - gap["start_s"])


def test_the_next_attempt_asks_again_for_the_gap_and_for_nothing_else(tmp_path: Path) -> None:
    ports = Ports()
    _make(tmp_path, lambda s: _refused() if s.index == 1 else None, ports=ports)
    assert not [name for name in ports.stored if name.startswith("segment:1:")]
    del ports.stored["transcribe"]
    made, transcriber = _make(tmp_path, lambda _: None, ports=ports)
    assert transcriber.heard == [1]
    assert made.transcript["gaps"] == []


def test_a_video_that_is_refused_as_a_whole_is_made_of_its_pictures(tmp_path: Path) -> None:
    made, _ = _make(tmp_path, lambda _: _refused())
    assert made.result.state is VideoState.PARTIAL
    assert made.result.keyframes > 0
    assert made.said == []
    assert RemarkCode.GAP in {remark.code for remark in made.result.remarks}


def test_sound_alone_that_is_refused_as_a_whole_fails_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="RECITATION"):
        _make(tmp_path, lambda _: _refused(), pictures=False)


def test_a_model_that_answers_nothing_of_use_fails_the_video_soon(tmp_path: Path) -> None:
    asked: list[int] = []

    def bad(segment: AudioSegment) -> PermanentError:
        asked.append(segment.index)
        return PermanentError("no JSON", code=BAD_ANSWER)

    with pytest.raises(PermanentError, match="no JSON"):
        _make(tmp_path, bad)
    assert len(asked) == PATIENCE_SEGMENTS


def test_a_first_stretch_that_is_rejected_costs_the_others_nothing(tmp_path: Path) -> None:
    made, _ = _make(tmp_path, lambda s: _rejected(400) if s.index == 0 else None)
    assert made.result.state is VideoState.PARTIAL
    assert len(made.said) >= 3
    assert made.transcript["gaps"][0]["start_s"] < 1
    assert "the audio is corrupt" in made.result.remarks[0].message


def test_a_loop_is_cut_in_the_document_and_marked(tmp_path: Path) -> None:
    path = make_media(tmp_path / "a.mp4", Recipe(seconds=12.0, sound=Sound(VOICED)))
    claim = claim_of(job_of(path, tmp_path / "out"))
    ports = Ports()

    class Looping(StubTranscriber):
        def transcribe(self, segment: AudioSegment) -> tuple[Utterance, ...]:
            said = super().transcribe(segment)
            loop = " ".join(["Thank you for watching."] * 30)
            return (
                (*said, Utterance(segment.start_s, segment.end_s, loop)) if segment.index else said
            )

    result = run(claim, tools_of(Looping()), ports, ports, unlimited_watch())
    publish(claim)
    made = Made(result, attempt_dir(claim).parent, 0)
    assert made.result.state is VideoState.DONE
    loops = [r for r in made.result.remarks if r.code is RemarkCode.LOOP]
    assert loops
    assert "30 times in a row" in loops[0].message
    assert " ".join(made.said).count("Thank you for watching") == len(loops)
    assert len(made.transcript["gaps"]) == len(loops)
