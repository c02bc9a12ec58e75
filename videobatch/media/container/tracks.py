"""The sound tracks of a file: what each is said to be, and which a player would start with."""

from __future__ import annotations

import re
from collections.abc import Sequence

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition

from videobatch.media.container.streams import clean_text, codec_name, language_of
from videobatch.records import AudioTrack

MAX_TITLE_CHARACTERS = 200

# FFmpeg's flags, by their names in its tools.
FLAGS = {
    "default": Disposition.default,
    "original": Disposition.original,
    "dub": Disposition.dub,
    "comment": Disposition.comment,
    "lyrics": Disposition.lyrics,
    "karaoke": Disposition.karaoke,
    "hearing_impaired": Disposition.hearing_impaired,
    "visual_impaired": Disposition.visual_impaired,
    "clean_effects": Disposition.clean_effects,
    "non_diegetic": Disposition.non_diegetic,
    "descriptions": Disposition.descriptions,
    "dependent": Disposition.dependent,
}
# Tracks that are heard beside the video's own, not for it.
_ASIDE = frozenset(
    {
        "comment",
        "lyrics",
        "karaoke",
        "visual_impaired",
        "clean_effects",
        "non_diegetic",
        "descriptions",
        "dependent",
    }
)
_ASIDE_TITLE = re.compile(
    r"comment(ary|aries|aire|ario|i)|kommentar|комментар|解说|解說|评论|評論|コメンタリ|해설"
    r"|audio ?-?descri|descriptive|described video|audiodeskription|hörfilm|\bAD\b|口述影像"
    r"|視障|视障"
    r"|karaoke|instrumental|music (and|&|only)|effects only|\bM ?& ?E\b|isolated score|伴奏|卡拉"
    r"|(score|music|effects)$",
    re.IGNORECASE,
)
# What muxers write where a title could stand.
_NO_TITLE = re.compile(
    r"(.*handler.*|core media audio|iso media.*|gpac.*|mainconcept.*|(mono|stereo|surround).*"
    r"|#?(track|audio|sound)\s*\d*)$",
    re.IGNORECASE,
)
_IN_TITLE = {
    "en": r"english|\beng?\b",
    "zh": r"chinese|mandarin|中文|国语|國語|普通话|普通話|汉语|漢語",
    "yue": r"cantonese|粤语|粵語",
    "de": r"german|deutsch",
    "fr": r"french|français|francais|\bvff?\b",
    "es": r"spanish|español|espanol|castellano",
    "pt": r"portugu[eê]s",
    "it": r"italian",
    "ru": r"russian|русск",
    "ja": r"japanese|日本語|日语|日語",
    "ko": r"korean|한국어|韩语|韓語",
    "ar": r"arabic|العربية",
}


def sound_tracks(container: InputContainer) -> tuple[AudioTrack, ...]:
    """All of them, as they stand in the file."""
    return tuple(_track(stream) for stream in container.streams.audio)


def _track(stream: AudioStream) -> AudioTrack:
    codec = codec_name(stream)
    title = _title(stream)
    return AudioTrack(
        index=stream.index,
        codec=codec or "unknown",
        sample_rate_hz=stream.codec_context.sample_rate if codec else 0,
        channels=stream.layout.nb_channels if codec else 0,
        language=language_of(stream) or _language_in(title),
        title=title,
        flags=tuple(name for name, flag in FLAGS.items() if stream.disposition & flag),
        is_wordless=(stream.language or "").lower() == "zxx",
    )


def _title(stream: AudioStream) -> str | None:
    for key in ("title", "name", "handler_name"):
        title = clean_text(stream.metadata.get(key, ""), MAX_TITLE_CHARACTERS)
        if title and not _NO_TITLE.match(title):
            return title
    return None


def _language_in(title: str | None) -> str | None:
    """The language that a title names, where it names one alone."""
    found = [
        code
        for code, pattern in _IN_TITLE.items()
        if title and re.search(pattern, title, re.IGNORECASE)
    ]
    return found[0] if len(found) == 1 else None


def is_aside(track: AudioTrack) -> bool:
    """True for a commentary, a description for the blind, karaoke and the like: by its flags, or
    by its title."""
    if track.is_wordless or not _ASIDE.isdisjoint(track.flags):
        return True
    return track.title is not None and _ASIDE_TITLE.search(track.title) is not None


def is_decodable(track: AudioTrack) -> bool:
    return track.codec != "unknown"


def as_played(track: AudioTrack) -> tuple[bool, bool, bool, int, int]:
    """Ranks as a player without a wish does, best first: flags, channels, place in the file."""
    flags = track.flags
    return (
        "default" not in flags,
        "original" not in flags and "dub" in flags,
        "hearing_impaired" in flags,
        -track.channels,
        track.index,
    )


def first_choice(tracks: Sequence[AudioTrack]) -> AudioTrack | None:
    """The track that is the video's own as far as the file tells, whatever its language."""
    return min(
        tracks,
        key=lambda track: (not is_decodable(track), is_aside(track), *as_played(track)),
        default=None,
    )
