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
# As many pixels as 1440p and DCI 4K have, and some.
_LARGE_PIXELS, _HUGE_PIXELS = 4_000_000, 9_500_000


def need_mib(medium: Medium, *, with_speech: bool) -> int:
    """The memory that one of these is thought to take, MiB."""
    return _MIB[medium] + (_SPEECH_MIB if with_speech else 0)


def planned_kind(name: str, *, with_speech: bool) -> tuple[str, int]:
    """The kind of the file of that name, and the bytes that it is thought to need."""
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - a name need not be a path
    medium = Medium.SOUND if suffix in SOUND_SUFFIXES else Medium.VIDEO
    kind = medium.value + (SPEECH if with_speech else "")
    return kind, need_mib(medium, with_speech=with_speech) << 20


def medium_of(probe: Probe) -> Medium:
    """The medium that the file turned out to be."""
    if probe.video is None:
        return Medium.SOUND
    pixels = probe.video.width * probe.video.height
    if pixels > _HUGE_PIXELS:
        return Medium.VIDEO_8K
    return Medium.VIDEO_4K if pixels > _LARGE_PIXELS else Medium.VIDEO
