"""Whether a file goes on to the end that it declares; files are cut, and durations lie."""

from __future__ import annotations

from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Discard

from videobatch.media.pcm import PcmReader
from videobatch.media.source import open_media
from videobatch.media.streams import clock, origin_s, packets, shortfall, stops_early
from videobatch.records import AudioTrack, Coverage, Probe

# How far before the declared end a search for its last packets begins.
_LOOK_BACK_S = 5.0


def sound_coverage(
    path: Path, root: Path, probe: Probe, track: AudioTrack, pcm: PcmReader
) -> Coverage:
    """What an exhausted reader covered. A sound track that merely ends before the pictures do
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
    if not shortfall(declared, read) or probe.joins or _goes_on_to(path, root, declared):
        return Coverage(declared, read)
    return Coverage(declared, read, stops_early(declared, read))


def _nothing_heard(declared: float) -> str:
    if declared == 0:
        return "none of its sound can be read"
    return f"its sound claims to last {clock(declared)}, but none of it can be read"


def _goes_on_to(path: Path, root: Path, end_s: float) -> bool:
    """True if the file has packets of any stream up to about `end_s`."""
    with open_media(path, root) as container:
        return not shortfall(end_s, last_packet_s(container, end_s - _LOOK_BACK_S))


def pictures_end_s(container: InputContainer, declared: float, last_keyframe_s: float) -> float:
    """Up to where there are packets after the last keyframe, cheaply. Moves the position."""
    if not shortfall(declared, last_keyframe_s):
        return declared
    for stream in container.streams:
        stream.discard = Discard.default
    for from_s in (declared - _LOOK_BACK_S, last_keyframe_s):
        end_s = last_packet_s(container, from_s)
        if end_s > last_keyframe_s:
            return end_s
    return last_keyframe_s


def last_packet_s(container: InputContainer, from_s: float) -> float:
    """The end of the last packet of sound or picture from `from_s` on; 0 if none is there."""
    origin = origin_s(container)
    try:
        container.seek(int((max(0.0, from_s) + origin) * av.time_base))
    except av.FFmpegError:
        return 0.0
    last = 0.0
    streams = [s for s in container.streams if s.type in {"audio", "video"}]
    for packet in packets(container, *streams):
        if packet.pts is None or packet.is_corrupt or not packet.size:
            continue
        end = (packet.pts + (packet.duration or 0)) * packet.time_base
        last = max(last, float(end) - origin)
    return last
