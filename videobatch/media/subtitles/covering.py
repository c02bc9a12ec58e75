"""The share of what is said that subtitles cover.

Subtitles may be a few lines for foreign words, or stop half way. A cue covers the time that it
takes to say its text, at most the time that it is shown. Between the cues the sound is listened to,
in samples: where it is not silent and rises and falls as speech does, words are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from videobatch.media.captions.cues import spoken_s
from videobatch.records import Utterance

# Shorter ones are breath.
GAP_S = 3.0
# Below this part of what is said subtitles are not the transcript; above the other nothing is told.
WHOLE, TOLD, LEAST_TOLD_S = 2 / 3, 0.9, 3.0
# Slow speech takes twice the time of fast speech.
SLOWNESS = 2.0

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Cover:
    """`covered_s` is what the cues take to say, `missing_s` the speech that was found between
    them; `first_hole_s` is where the longest stretch without a cue begins."""

    covered_s: float
    missing_s: float
    first_hole_s: float = 0.0

    @property
    def share(self) -> float:
        """The part of what is said that is covered, 0 to 1."""
        total = self.covered_s + self.missing_s
        return self.covered_s / total if total > 0 else 0.0

    @property
    def is_gapped(self) -> bool:
        """True where so much is missing that a reader should know."""
        return self.share < TOLD and self.missing_s >= LEAST_TOLD_S

    @property
    def is_whole(self) -> bool:
        return self.share >= WHOLE


def cover(
    utterances: Sequence[Utterance],
    duration_s: float,
    speech_share: Callable[[Sequence[Span]], float],
    *,
    is_thorough: bool = True,
) -> Cover:
    """Tells what the subtitles cover of a video of that length. `speech_share` says how much of
    some stretches is speech, 0 to 1. Unless `is_thorough` it is asked only where the cues alone do
    not decide whether they are whole."""
    spans = _spans(utterances, duration_s)
    covered_s = sum(end - start for start, end in spans)
    gaps = _gaps(spans, duration_s)
    longest = max(gaps, key=lambda gap: gap[1] - gap[0], default=(0.0, 0.0))
    is_dense = covered_s >= WHOLE * duration_s
    if duration_s <= 0 or not gaps or (is_dense and not is_thorough):
        return Cover(covered_s, 0.0)
    missing_s = speech_share(gaps) * sum(end - start for start, end in gaps)
    return Cover(covered_s, missing_s, longest[0])


def _spans(utterances: Sequence[Utterance], duration_s: float) -> list[Span]:
    """The spans in which something is said, in order and without overlaps."""
    found: list[Span] = []
    limit_s = duration_s if duration_s > 0 else float("inf")
    for said in sorted(utterances, key=lambda each: each.start_s):
        end_s = min(said.end_s, said.start_s + SLOWNESS * spoken_s(said.text), limit_s)
        start_s = max(said.start_s, found[-1][1] if found else 0.0)
        if end_s > start_s:
            found.append((start_s, end_s))
    return found


def _gaps(spans: Sequence[Span], duration_s: float) -> list[Span]:
    starts = [0.0, *(end for _, end in spans)]
    ends = [*(start for start, _ in spans), duration_s]
    return [(a, b) for a, b in zip(starts, ends, strict=True) if b - a >= GAP_S]
