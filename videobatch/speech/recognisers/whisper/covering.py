"""The speech that was passed over: where somebody speaks, and no word came of it."""

from __future__ import annotations

from collections.abc import Sequence

from videobatch.records import Word
from videobatch.speech.recognisers.whisper.stretches import Stretch

# Nobody speaks one word for longer; what is left of it has words that are not there.
LONGEST_WORD_S = 1.2
# Around a word, because its times are not exact, and between two, where one takes a breath.
AROUND_S = 0.6
# Less is not worth the model's time.
LEAST_S = 1.5


def uncovered(speech: Sequence[Stretch], words: Sequence[Word]) -> tuple[Stretch, ...]:
    """The parts of the speech, each of `LEAST_S` or longer, in which there is no word."""
    found: list[Stretch] = []
    covers = _covers(words)
    for stretch in speech:
        at_s = stretch.start_s
        for cover in covers:
            if cover.end_s <= at_s or cover.start_s >= stretch.end_s:
                continue
            found.append(Stretch(at_s, cover.start_s))
            at_s = cover.end_s
        found.append(Stretch(at_s, stretch.end_s))
    return tuple(each for each in found if each.duration_s >= LEAST_S)


def _covers(words: Sequence[Word]) -> list[Stretch]:
    """The stretches that words lie in, in order, none over another."""
    covers: list[Stretch] = []
    for word in sorted(words, key=lambda word: word.start_s):
        end_s = min(word.end_s, word.start_s + LONGEST_WORD_S) + AROUND_S
        start_s = word.start_s - AROUND_S
        if covers and start_s <= covers[-1].end_s:
            covers[-1] = Stretch(covers[-1].start_s, max(end_s, covers[-1].end_s))
        else:
            covers.append(Stretch(start_s, end_s))
    return covers
