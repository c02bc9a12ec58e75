"""A recogniser of this machine as the clock of one that tells no times."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from videobatch.errors import (
    PermanentError,
    SettingsError,
    StoppingError,
    TimeLimitError,
    TransientError,
)
from videobatch.providers.hearing.clock import MOST_FAILURES, Clock
from videobatch.records import AudioSegment, Utterance, Word

SOUND = AudioSegment(0, 100.0, np.full(160_000, 900, np.int16))
SAID = (Utterance(100.0, 110.0, "It is late."),)
HEARD = (
    Utterance(
        104.0,
        105.5,
        "it is late",
        words=(Word(104.0, 104.5, "it"), Word(104.5, 105.0, "is"), Word(105.0, 105.5, "late")),
    ),
)


class Local:
    """A recogniser that hears this, or fails so."""

    name, model, rough = "whisper", "tiny", False
    language: str | None = None
    languages: frozenset[str] = frozenset()
    max_segment_s, parallel = 30.0, 1

    def __init__(self, heard: tuple[Utterance, ...] | Exception) -> None:
        self.heard = heard
        self.asked = 0

    def transcribe(self, segment: AudioSegment) -> tuple[Utterance, ...]:
        self.asked += 1
        if isinstance(self.heard, Exception):
            raise self.heard
        return self.heard


def test_sentences_get_the_times_of_their_words() -> None:
    (said,) = Clock(Local(HEARD)).timed(SAID, SOUND)
    assert (said.start_s, said.end_s, said.text) == (104.0, 105.5, "It is late.")
    assert [word.text for word in said.words] == ["It", "is", "late."]


def test_nothing_said_asks_nobody() -> None:
    local = Local(HEARD)
    assert Clock(local).timed((), SOUND) == ()
    assert local.asked == 0


def test_where_other_words_are_heard_the_times_stay(caplog: pytest.LogCaptureFixture) -> None:
    local = Local((Utterance(101.0, 102.0, "no", words=(Word(101.0, 102.0, "no"),)),))
    clock = Clock(local)
    with caplog.at_level(logging.WARNING):
        assert clock.timed(SAID, SOUND) == SAID
    assert "tiny hears other words from 100 s to 110 s" in caplog.text
    clock.timed(SAID, SOUND)
    assert local.asked == 2, "another stretch may well have the same words"


@pytest.mark.parametrize("error", [PermanentError("broken"), SettingsError("no model")])
def test_one_that_fails_costs_no_paid_words_and_is_not_asked_again(error: Exception) -> None:
    local = Local(error)
    clock = Clock(local)
    assert clock.timed(SAID, SOUND) == SAID
    assert clock.timed(SAID, SOUND) == SAID
    assert local.asked == 1


def test_one_that_fails_for_now_is_asked_again_and_not_for_ever() -> None:
    local = Local(TransientError("gone"))
    clock = Clock(local)
    assert clock.timed(SAID, SOUND) == SAID
    local.heard = HEARD
    assert clock.timed(SAID, SOUND)[0].start_s == 104.0
    local.heard = TransientError("gone")
    for _ in range(5):
        assert clock.timed(SAID, SOUND) == SAID
    assert local.asked == 2 + MOST_FAILURES


@pytest.mark.parametrize("error", [StoppingError("stop"), TimeLimitError("too long")])
def test_whoever_is_to_stop_stops(error: Exception) -> None:
    with pytest.raises(type(error)):
        Clock(Local(error)).timed(SAID, SOUND)
