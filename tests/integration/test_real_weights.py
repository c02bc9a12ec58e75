"""Whisper with its real weights, where set-up has left the model `base` on this machine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from benchmarks.speech import nobody, word_errors
from benchmarks.speech_corpus import words_of
from cli.demo.scripts import load_talks
from cli.demo.videos import scenes
from config.settings import PROJECT_ROOT
from tests.support.processes import Process
from tests.support.speech import write_wav
from videobatch.media.container.probe import probe
from videobatch.media.sound.segments import AudioReader
from videobatch.pipeline.words.phantoms import leave_out_phantoms
from videobatch.providers.catalog import UNTIMED_SEGMENT_S
from videobatch.providers.hearing.clock import Clock
from videobatch.providers.openai.transcriber import _utterances
from videobatch.records import AudioSegment, Utterance
from videobatch.speech.models.catalogue import find_model
from videobatch.speech.models.store import ModelStore
from videobatch.speech.recognisers.whisper.recogniser import WhisperTranscriber

pytestmark = pytest.mark.real

SOON_S = 300.0
MOST_ERRORS = 0.02
MODELS = PROJECT_ROOT / ".videobatch" / "models"
TALK = "bicycle"
# A process that has heard forks children, which hear and end, each kind in its own way.
FORKS = """
import os, sys, wave
from pathlib import Path

import billiard
import numpy as np

from videobatch.records import AudioSegment
from videobatch.speech.recognisers.whisper.recogniser import WhisperTranscriber

folder, sound = sys.argv[1:]
with wave.open(sound) as file:
    samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
transcriber = WhisperTranscriber(Path(folder), "en", device="cpu")


def heard():
    said = transcriber.transcribe(AudioSegment(0, 0.0, samples))
    return " ".join(each.text for each in said)


before = heard()


def child():
    sys.exit(0 if heard() == before else 1)


for number in range(2):
    pid = os.fork()
    if pid == 0:
        child()
    print("fork:", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
process = billiard.Process(target=child)
process.start()
process.join()
print("pool's child:", process.exitcode, "after", len(before.split()), "words", flush=True)
"""


@pytest.fixture(scope="module")
def folder() -> Path:
    found = ModelStore(MODELS).verified(find_model("base"))
    if found is None:
        pytest.skip("the speech model base is not here: .venv/bin/videobatch models get base")
    return found


@cache
def spoken() -> tuple[np.ndarray, tuple[str, ...]]:
    """The demonstration's talk of that name: its sound at 22,050 Hz, and its sentences."""
    (talk,) = (each for each in load_talks() if each.name == TALK)
    sound = np.concatenate([scene.samples for scene in scenes(talk)])
    return sound, tuple(text for slide in talk.slides for text in slide.speech)


def segments(at: Path, max_segment_s: float) -> list[AudioSegment]:
    """The talk as the product reads it out of a file."""
    path = at / "talk.wav"
    write_wav(path, spoken()[0])
    return list(AudioReader(path, at, probe(path, at), max_segment_s=max_segment_s))


def said(folder: Path, sound: Sequence[AudioSegment]) -> list[Utterance]:
    transcriber = WhisperTranscriber(folder, device="cpu")
    found = [each for segment in sound for each in transcriber.transcribe(segment)]
    return list(leave_out_phantoms(found)[0])


def test_the_demonstration_s_words_are_heard_and_heard_again_alike(
    folder: Path, tmp_path: Path
) -> None:
    sound = segments(tmp_path, WhisperTranscriber.max_segment_s)
    found = said(folder, sound)
    right = words_of(" ".join(spoken()[1]))
    heard = words_of(" ".join(each.text for each in found))
    assert word_errors(right, heard) <= MOST_ERRORS * len(right), heard
    assert {each.language for each in found} == {"en"}
    assert said(folder, sound) == found


def test_sentences_without_times_get_those_at_which_their_words_are_heard(
    folder: Path, tmp_path: Path
) -> None:
    """As a paid model tells them that gives the text of a minute alone."""
    (talk,) = (each for each in load_talks() if each.name == TALK)
    truth = [(each.start_s, each.text) for scene in scenes(talk) for each in scene.spoken]
    whisper = WhisperTranscriber(folder, device="cpu")
    right, roughly = [], []
    for segment in segments(tmp_path, UNTIMED_SEGMENT_S):
        told = [each for each in truth if segment.start_s <= each[0] < segment.end_s]
        spread = _utterances(json.dumps({"text": " ".join(t for _, t in told), "segments": []}),
                             segment)  # fmt: skip
        timed = Clock(whisper).timed(spread, segment)
        assert [each.text for each in timed] == [text for _, text in told]
        right += [abs(a.start_s - b) for a, (b, _) in zip(timed, told, strict=True)]
        roughly += [abs(a.start_s - b) for a, (b, _) in zip(spread, told, strict=True)]
    assert len(right) == len(truth)
    assert median(right) <= 0.3 < median(roughly), (right, roughly)
    assert max(right) <= 1.0, right


@pytest.mark.parametrize("kind", ["silence", "hum", "noise", "music"])
def test_where_nobody_speaks_there_are_no_words(folder: Path, kind: str) -> None:
    assert said(folder, [AudioSegment(0, 0.0, nobody(kind, 60.0))]) == []


def test_a_child_of_a_process_that_has_heard_hears_and_ends(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "sentence.wav"
    (sentence, *_) = segments(tmp_path, 5.0)
    write_wav(path, sentence.samples, 16_000)
    process = Process.python(["-c", FORKS, str(folder), str(path)], tmp_path / "log")
    try:
        process.wait_for_line("pool's child: 0 after", SOON_S)
        assert process.log().count("fork: 0") == 2
        assert "after 0 words" not in process.log()
        process.wait_for(lambda: not process.is_alive(), SOON_S, "it ends itself")
    finally:
        process.stop()
