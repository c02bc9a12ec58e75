"""The kind of a video as far as memory goes, and what one of it is thought to take.

Kinds keep apart what takes different amounts, so that a few monstrous files do not raise what is
kept free for all. A submit knows a file's name and whether speech is to be recognised; the size of
the pictures is known once the file was probed.
"""

from __future__ import annotations

import os
from enum import StrEnum

from videobatch.media.container.formats import SOUND_SUFFIXES
from videobatch.records import Probe

# Where this machine recognises speech itself, which takes memory of its own: the built-in engine in
# the child, whisper in the host's recogniser, whose memory nobody has free any more once it has
# loaded its model. Until then this share of each child stands for it.
SPEECH = "+speech"
# Where it reads slides: in the host's recogniser as well, and likewise.
SLIDES = "+slides"


class Medium(StrEnum):
    """The size of the pictures."""

    SOUND = "sound"
    VIDEO = "video"
    VIDEO_4K = "video-4k"
    VIDEO_8K = "video-8k"


# Until eight of a kind have shown it. Measured beyond a fresh child (H.264 of 4 s, all stages, 2
# cores): sound 21, 1080p 56, 1440p 67, 4K 96, 8K 337, and about 94 for the built-in recogniser.
# Codecs with more and deeper frames in flight take two to three times as much.
_MIB = {Medium.SOUND: 100, Medium.VIDEO: 200, Medium.VIDEO_4K: 300, Medium.VIDEO_8K: 700}
_SPEECH_MIB = 100
# Until a worker, who knows who reads, tells more: a share of the host's one reader.
_SLIDES_MIB = 50
# As many pixels as 1440p and DCI 4K have, and some.
_LARGE_PIXELS, _HUGE_PIXELS = 4_000_000, 9_500_000


def need_mib(medium: Medium, *, with_speech: bool, slides_mib: int = 0) -> int:
    """The memory that one of these is thought to take, MiB; `slides_mib` of it for the reader of
    its slides, if it has any."""
    reading_mib = 0 if medium is Medium.SOUND else slides_mib
    return _MIB[medium] + (_SPEECH_MIB if with_speech else 0) + reading_mib


def planned_kind(name: str, *, with_speech: bool, with_slides: bool = False) -> tuple[str, int]:
    """The kind of the file of that name, and the bytes that it is thought to need."""
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - a name need not be a path
    medium = Medium.SOUND if suffix in SOUND_SUFFIXES else Medium.VIDEO
    kind = kind_of(medium, with_slides=with_slides) + (SPEECH if with_speech else "")
    slides_mib = _SLIDES_MIB if with_slides else 0
    return kind, need_mib(medium, with_speech=with_speech, slides_mib=slides_mib) << 20


def kind_of(medium: Medium, *, with_slides: bool) -> str:
    """The kind, without what speech takes; sound has no slides."""
    return medium.value + (SLIDES if with_slides and medium is not Medium.SOUND else "")


def medium_of(probe: Probe) -> Medium:
    """The medium that the file turned out to be."""
    if probe.video is None:
        return Medium.SOUND
    pixels = probe.video.width * probe.video.height
    if pixels > _HUGE_PIXELS:
        return Medium.VIDEO_8K
    return Medium.VIDEO_4K if pixels > _LARGE_PIXELS else Medium.VIDEO
