"""The end up to which a file really has packets: files are cut, and durations lie."""

from __future__ import annotations

from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Discard

from videobatch.media.container.source import open_media
from videobatch.media.container.streams import origin_s, packets, shortfall

# How far before the declared end a search for its last packets begins.
_LOOK_BACK_S = 5.0


def goes_on_to(path: Path, root: Path, end_s: float) -> bool:
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
