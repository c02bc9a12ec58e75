"""The whisper transcriber, with its module and its model replaced by a script."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.support.whisper import FakeWhisper, model_folder, said
from videobatch.errors import PermanentError
from videobatch.records import AudioSegment
from videobatch.speech.recognisers.whisper.recogniser import WhisperTranscriber


def sound(seconds: float, start_s: float = 10.0) -> AudioSegment:
    return AudioSegment(1, start_s, np.zeros(round(seconds * 16_000), np.int16))


SEGMENT = sound(3.0)


def filled(seconds: float, asked: dict[str, Any]) -> list[SimpleNamespace]:
    """Two sentences that fill a window."""
    half = int(seconds / 2)
    words = " ".join(["word"] * (half - 1)) + " end."
    return [said(words, 0, 1.0), said(words, half, 1.0)]


def test_words_have_times_from_the_start_of_the_video(
    whisper: FakeWhisper, model_dir: Path
) -> None:
    whisper.answer = lambda seconds, asked: [said("Hello there.", 0.5)]
    (found,) = WhisperTranscriber(model_dir).transcribe(SEGMENT)
    assert (found.start_s, found.end_s, found.text) == (10.5, 11.3, "Hello there.")
    assert [(w.start_s, w.end_s, w.text) for w in found.words] == [
        (10.5, 10.9, "Hello"),
        (10.9, 11.3, "there."),
    ]
    assert found.confidence == 0.9


def test_nothing_lies_behind_the_segment(whisper: FakeWhisper, model_dir: Path) -> None:
    whisper.answer = lambda seconds, asked: [said("on and on", 2.5, 4.0)]
    found = WhisperTranscriber(model_dir).transcribe(SEGMENT)
    assert max(word.end_s for each in found for word in each.words) == 13.0


def test_the_language_that_was_heard_is_told(whisper: FakeWhisper, model_dir: Path) -> None:
    whisper.likely = [{"de": 0.95, "en": 0.05}]
    whisper.answer = filled
    found = WhisperTranscriber(model_dir).transcribe(SEGMENT)
    assert {each.language for each in found} == {"de"}


def test_a_file_may_be_in_two_languages(whisper: FakeWhisper, model_dir: Path) -> None:
    whisper.speech = [(0, 25), (27, 50)]
    whisper.likely = [{"en": 0.97}, {"fr": 0.96}]
    whisper.answer = filled
    found = WhisperTranscriber(model_dir).transcribe(sound(50))
    assert [each.language for each in found] == ["en", "en", "fr", "fr"]


def test_a_window_that_is_not_plain_is_told_by_its_neighbours(
    whisper: FakeWhisper, model_dir: Path
) -> None:
    whisper.speech = [(0, 25), (27, 50)]
    whisper.likely = [{"cy": 0.5, "en": 0.4}, {"en": 0.98, "cy": 0.01}]
    whisper.answer = filled
    found = WhisperTranscriber(model_dir).transcribe(sound(50))
    assert {each.language for each in found} == {"en"}


def test_it_runs_in_whole_numbers_on_one_thread_and_leaves_nothing_to_chance(
    whisper: FakeWhisper, model_dir: Path
) -> None:
    whisper.answer = filled
    WhisperTranscriber(model_dir, device="cpu", workers=3).transcribe(SEGMENT)
    (loaded,) = whisper.loaded
    assert (loaded["device"], loaded["compute_type"]) == ("cpu", "int8")
    assert (loaded["cpu_threads"], loaded["num_workers"]) == (1, 3)
    assert loaded["local_files_only"]
    (asked,) = whisper.asked
    assert asked["temperature"] == 0.0
    assert asked["condition_on_previous_text"] is False


def test_speech_without_words_is_heard_again(whisper: FakeWhisper, model_dir: Path) -> None:
    whisper.speech = [(0, 9), (10, 20)]

    def answer(seconds: float, asked: dict[str, Any]) -> list[SimpleNamespace]:
        whole = seconds > 15
        return [said(" ".join("abcdefghi"), 0, 1.0)] if whole else [said("lost and found", 1)]

    whisper.answer = answer
    found = WhisperTranscriber(model_dir).transcribe(sound(20))
    assert " ".join(each.text for each in found) == "a b c d e f g h i lost and found"
    assert [each["no_repeat_ngram_size"] for each in whisper.asked] == [0, 3]


@pytest.mark.parametrize(("sure", "told"), [(0.95, "en"), (0.5, "zh")])
def test_what_was_passed_over_is_heard_in_its_own_language_where_that_is_plain(
    whisper: FakeWhisper, model_dir: Path, sure: float, told: str
) -> None:
    whisper.speech = [(0, 9), (10, 20)]
    whisper.likely = [{"zh": 0.96}, {"en": sure, "zh": 1 - sure}]

    def answer(seconds: float, asked: dict[str, Any]) -> list[SimpleNamespace]:
        return [said("一二三四五六七八九", 0, 1.0) if seconds > 15 else said("lost and found", 1)]

    whisper.answer = answer
    found = WhisperTranscriber(model_dir).transcribe(sound(20))
    assert found[0].text.startswith("一二三四五六七八九")
    assert found[-1].text.endswith("lost and found")
    assert (found[0].language, found[-1].language) == ("zh", told)


def test_what_stays_without_words_is_not_heard_for_ever(
    whisper: FakeWhisper, model_dir: Path
) -> None:
    assert WhisperTranscriber(model_dir).transcribe(sound(60)) == ()
    assert len(whisper.asked) <= 6


def test_a_phrase_again_and_again_is_heard_anew(whisper: FakeWhisper, model_dir: Path) -> None:
    def answer(seconds: float, asked: dict[str, Any]) -> list[SimpleNamespace]:
        is_first = not asked["no_repeat_ngram_size"]
        return [said("so so so so so so", packs=9.0)] if is_first else [said("so it is", 1)]

    whisper.answer = answer
    (found,) = WhisperTranscriber(model_dir).transcribe(SEGMENT)
    assert found.text == "so it is"


def test_what_the_model_gives_no_credit_is_left_out(whisper: FakeWhisper, model_dir: Path) -> None:
    whisper.answer = lambda seconds, asked: [said("Thank you.", silent=0.9, logprob=-1.4)]
    assert WhisperTranscriber(model_dir).transcribe(SEGMENT) == ()


def test_silence_is_not_even_listened_to(whisper: FakeWhisper, model_dir: Path) -> None:
    whisper.speech = []
    assert WhisperTranscriber(model_dir).transcribe(SEGMENT) == ()
    assert whisper.asked == []


def test_a_language_that_the_model_lacks_is_named(whisper: FakeWhisper, model_dir: Path) -> None:
    with pytest.raises(PermanentError, match="not a valid language"):
        WhisperTranscriber(model_dir, "la").transcribe(SEGMENT)


def test_an_english_model_knows_english_alone(tmp_path: Path, model_dir: Path) -> None:
    assert WhisperTranscriber(model_dir).languages == frozenset()
    assert WhisperTranscriber(model_folder(tmp_path, "small.en")).languages == {"en"}
