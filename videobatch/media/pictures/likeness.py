"""Likeness of stills: the same picture, apart from the noise of its encoding."""

from __future__ import annotations

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

WIDTH, HEIGHT = 160, 90
Look = NDArray[np.int16]

# A cell of six pixels has changed if its brightness differs by more than this; a word that differs
# changes a dozen of the 14,400 cells.
CHANGED_BY = 10
MOST_CHANGED = 6


def look_of(jpeg: bytes) -> Look:
    """The brightness of a still in 90 rows of 160, 0 to 255. Raises ValueError for bytes that are
    no JPEG."""
    decoder = VideoCodecContext.create("mjpeg", "r")
    try:
        frames = [*decoder.decode(av.Packet(jpeg)), *decoder.decode(None)]
    except av.FFmpegError as error:
        raise ValueError(f"no JPEG: {error}") from error
    if not frames:
        raise ValueError("no JPEG: it holds no picture")
    small = frames[0].reformat(width=WIDTH, height=HEIGHT, format="gray", interpolation="AREA")
    return small.to_ndarray().astype(np.int16)


def are_alike(one: Look, other: Look) -> bool:
    """True where nobody would see a difference."""
    return int(np.count_nonzero(np.abs(one - other) > CHANGED_BY)) <= MOST_CHANGED
