"""The part of a video's sound that could be read, and what is missing of it."""

from __future__ import annotations

from pathlib import Path

from videobatch.media.container.completeness import goes_on_to
from videobatch.media.container.streams import clock, shortfall, stops_early
from videobatch.media.sound.pcm import PcmReader
from videobatch.records import AudioTrack, Coverage, Probe


def sound_coverage(
    path: Path, root: Path, probe: Probe, track: AudioTrack, pcm: PcmReader
) -> Coverage:
    """The coverage of an exhausted reader. A sound track that merely ends before the pictures do
    is complete; that is looked up only where something is missing."""
    declared, read = pcm.declared_s, pcm.end_s
    if track.codec == "unknown":
        return Coverage(declared, 0.0, "its sound is in a format that cannot be decoded here")
    if pcm.decoded_s == 0:
        return Coverage(declared, 0.0, _nothing_heard(declared))
    if pcm.errors and shortfall(read, pcm.decoded_s):
        lost = clock(read - pcm.decoded_s)
        return Coverage(declared, pcm.decoded_s, f"{lost} of the sound are damaged and left out")
    if shortfall(pcm.sent_s, read):
        return Coverage(declared, read, f"its sound after {clock(read)} cannot be decoded here")
    if pcm.is_guessed:
        return Coverage(read, read)
    # The length of a joined file was measured: its packets go on to there.
    if not shortfall(declared, read) or probe.joins or goes_on_to(path, root, declared):
        return Coverage(declared, read)
    return Coverage(declared, read, stops_early(declared, read))


def _nothing_heard(declared: float) -> str:
    if declared == 0:
        return "none of its sound can be read"
    return f"its sound claims to last {clock(declared)}, but none of it can be read"
