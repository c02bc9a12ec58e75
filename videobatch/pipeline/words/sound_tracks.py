"""The sound track that is listened to, the order of the others, and what a reader is told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from videobatch.languages import bcp47
from videobatch.media.container.tracks import as_played, is_aside, is_decodable
from videobatch.pipeline.text.phrases import Phrases, remark
from videobatch.records import AudioTrack, Probe, Remark, RemarkCode

# One hour of sound is read in seconds, but heard for money: no more tracks than these are tried.
MOST_TRIES = 3


def tracks_to_hear(
    probe: Probe, wanted: Sequence[str | None], understood: Collection[str]
) -> list[AudioTrack]:
    """The sound tracks, the best first: one that the recogniser can understand, not a commentary
    or the like, of the first language that is wanted, and as a player would choose.

    `understood` are the recogniser's languages (empty: any). A track that does not tell its
    language may be any.
    """
    tracks = probe.sounds or ((probe.audio,) if probe.audio else ())
    wishes = [language for language in (_primary(wish) for wish in wanted) if language]

    def rank(track: AudioTrack) -> tuple[bool, bool, bool, bool, int, Any]:
        language = _primary(track.language)
        wish = wishes.index(language) if language in wishes else len(wishes)
        return (
            not is_decodable(track),
            not is_understood(track, understood),
            is_aside(track),
            bool(understood) and language is None,
            wish,
            as_played(track),
        )

    return sorted(tracks, key=rank)


def is_understood(track: AudioTrack, understood: Collection[str]) -> bool:
    """False where the track says that it is of a language which the recogniser does not know."""
    language = _primary(track.language)
    return not understood or language is None or language in {_primary(u) for u in understood}


def _primary(language: str | None) -> str | None:
    return (bcp47(language) or "").partition("-")[0] or None


def choice_remarks(
    heard: AudioTrack,
    ordered: Sequence[AudioTrack],
    understood: Collection[str],
    wordless: Sequence[AudioTrack] = (),
) -> tuple[Remark, ...]:
    """The remarks on the choice: nothing where there was none, or all others are
    commentaries and the like. `wordless` are those that were tried before it."""
    others = [track for track in ordered if track.index != heard.index]
    if wordless or (others and (is_aside(heard) or not all(map(is_aside, others)))):
        rest = [track for track in others if track not in wordless]
        told = remark(RemarkCode.SOUND_TRACK, lambda say: _told(say, heard, wordless, rest))
        return (told,)
    if not is_understood(heard, understood):
        known = ", ".join(sorted(understood))
        told = remark(
            RemarkCode.SOUND_LANGUAGE,
            lambda say: say.tell("sound_language", track=_named(heard), known=known),
        )
        return (told,)
    return ()


def _told(
    say: Phrases, heard: AudioTrack, wordless: Sequence[AudioTrack], rest: Sequence[AudioTrack]
) -> str:
    silent, others = (say.enumerated([*map(_named, tracks)]) for tracks in (wordless, rest))
    name = "sound_wordless" if wordless else "sound_track"
    told = say.tell(name, track=_named(heard), others=silent)
    return say.tell("sound_others", told=told, others=others) if rest else told


def _named(track: AudioTrack) -> str:
    """`stream 2 (en, Director commentary)`."""
    told = [bcp47(track.language), track.title, None if track.title else _flag(track)]
    about = ", ".join(each for each in told if each)
    return f"stream {track.index}" + (f" ({about})" if about else "")


def _flag(track: AudioTrack) -> str | None:
    flags = [flag for flag in track.flags if flag != "default"]
    return flags[0].replace("_", " ") if flags else None
