"""Transcribers of a child: one for each engine, model and language, each made once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tasks.desk.transcribers import Transcribers
from tests.support.desks import paid_calls
from tests.support.models import lay_out
from videobatch.errors import SettingsError
from videobatch.pipeline.options import DocumentOptions
from videobatch.ports import Transcriber
from videobatch.speech.engines import SpeechOptions
from videobatch.speech.host.asking import Asker, Asking
from videobatch.speech.host.client import SharedTranscriber
from videobatch.telemetry.phases import PhaseTable


def options(**fields: str) -> DocumentOptions:
    return replace(DocumentOptions("a"), **fields)  # type: ignore[arg-type]


def unpaid(options: DocumentOptions, clock: Transcriber | None) -> Transcriber:
    raise AssertionError(f"{options.engine} is not paid for")


def test_a_transcriber_is_made_once() -> None:
    transcribers = Transcribers(SpeechOptions(), unpaid)
    first = transcribers.get(options())
    assert (first.name, first.model) == ("pocketsphinx", "en-us")
    assert transcribers.get(options()) is first


def test_another_speech_model_than_the_batch_wants() -> None:
    with pytest.raises(SettingsError, match="wants the speech model large") as refused:
        Transcribers(SpeechOptions(), unpaid).get(options(model="large"))
    assert "this worker has en-us" in refused.value.message


def test_an_engine_that_this_worker_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        Transcribers(SpeechOptions(tmp_path), unpaid).get(options(engine="whisper", model="base"))
    with pytest.raises(SettingsError, match="no speech engine"):
        Transcribers(SpeechOptions(), unpaid).get(options(engine="horn"))


def test_two_batches_with_two_models_are_served_in_one_worker() -> None:
    transcribers = Transcribers(SpeechOptions(), paid_calls().transcriber)
    first, second = (options(engine="openai", model=model) for model in ("whisper-1", "large"))
    made = transcribers.get(first), transcribers.get(second)
    assert [each.model for each in made] == ["whisper-1", "large"]
    assert (transcribers.get(first), transcribers.get(second)) == made
    assert transcribers.get(replace(first, language="de")) is not made[0]


def asker(at: Path) -> Asker:
    """The way to a recogniser that nobody has started."""
    phases = PhaseTable().join(0)
    return Asker(Asking(at, video=str, is_stopping=lambda: False, phases=phases, parallel=3))


def test_where_the_host_has_a_recogniser_it_is_asked_for_what_is_shared(tmp_path: Path) -> None:
    speech = SpeechOptions(model_dir=lay_out(tmp_path / "mine"))
    asked = asker(tmp_path / "s.sock")
    wanted = options(engine="whisper", model="mine", language="de")
    own = Transcribers(speech, unpaid).get(wanted)
    shared = Transcribers(speech, unpaid, asked).get(wanted)
    assert not isinstance(own, SharedTranscriber)
    assert isinstance(shared, SharedTranscriber)
    for name in ("name", "model", "language", "languages", "max_segment_s", "rough"):
        assert getattr(shared, name) == getattr(own, name)
    assert shared.parallel == 3
    built_in = Transcribers(speech, unpaid, asked).get(options())
    assert not isinstance(built_in, SharedTranscriber)


def test_who_is_paid_gets_the_host_s_recogniser_as_a_clock(tmp_path: Path) -> None:
    clocks: list[Transcriber | None] = []

    def paid(options: DocumentOptions, clock: Transcriber | None) -> Transcriber:
        clocks.append(clock)
        return paid_calls().transcriber(options, clock)

    speech = SpeechOptions(model_dir=lay_out(tmp_path / "mine"))
    wanted = options(engine="openai", model="gpt-transcribe", language="de")
    asked = asker(tmp_path / "s.sock")
    Transcribers(speech, paid, asked).get(wanted)
    Transcribers(speech, paid).get(wanted)
    Transcribers(speech, paid, asked, aligns=False).get(wanted)
    Transcribers(SpeechOptions(tmp_path / "none"), paid, asked).get(wanted)
    Transcribers(SpeechOptions(model_dir=tmp_path / "odd"), paid, asked).get(wanted)
    there, *others = clocks
    assert isinstance(there, SharedTranscriber)
    assert (there.name, there.model, there.language) == ("whisper", "mine", "de")
    assert others == [None] * 4
