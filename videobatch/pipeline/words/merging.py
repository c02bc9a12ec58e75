"""A few subtitles, put among the words that were heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from videobatch.languages import primary
from videobatch.pipeline.text.sentences import words
from videobatch.pipeline.words.subtitle_choice import SubtitleChoice
from videobatch.records import Transcript, Utterance

# A subtitle is known if so many of its words were heard so near.
NEAR_S, SAME_WORDS = 2.0, 0.6
# What was heard so far within the cues of leading subtitles gives way to them.
SAME_TIME = 0.7


def with_subtitles(heard: Transcript, found: SubtitleChoice) -> Transcript:
    """Merges what was heard with the words of a few subtitles that are not among it already."""
    one, other = primary(heard.language), primary(found.added_language)
    if not found.added or (one is not None and other is not None and one != other):
        return heard
    kept: Sequence[Utterance] = heard.utterances
    if found.is_leading:
        kept = [said for said in kept if not _is_within(said, found.added)]
    new = [said for said in found.added if not _is_known(said, kept)]
    together = sorted([*kept, *new], key=lambda said: said.start_s)
    return replace(heard, utterances=tuple(together))


def _is_within(heard: Utterance, added: Sequence[Utterance]) -> bool:
    """True for what was heard almost wholly while subtitles were shown."""
    shared_s = sum(
        max(0.0, min(heard.end_s, other.end_s) - max(heard.start_s, other.start_s))
        for other in added
    )
    return shared_s >= SAME_TIME * (heard.end_s - heard.start_s) > 0


def _is_known(said: Utterance, heard: Sequence[Utterance]) -> bool:
    """True if most words of the subtitle were heard at about that time."""
    near = " ".join(
        other.text
        for other in heard
        if other.start_s < said.end_s + NEAR_S and other.end_s > said.start_s - NEAR_S
    )
    known, own = set(words(near)), words(said.text)
    return bool(own) and sum(word in known for word in own) >= SAME_WORDS * len(own)
