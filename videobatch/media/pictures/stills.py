"""One decoded picture as a small signature to compare, or as a JPEG to show."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, VideoReformatter
from numpy.typing import NDArray

from videobatch.media.container.probe import clockwise_deg

SIGNATURE_WIDTH, SIGNATURE_HEIGHT = 64, 36
Signature = NDArray[np.int16]

# FFmpeg's quality scale of JPEG, 2 (best) to 31; 5 keeps small text sharp.
JPEG_QUALITY = 5
_LAMBDA = 118  # FF_QP2LAMBDA, libavutil/avutil.h
_MIN_SIDE = 16


class Signer:
    """Makes the signatures of a video's pictures."""

    def __init__(self) -> None:
        # Each frame's own scaler would be set up anew, which takes longer than the scaling.
        self._scaler = VideoReformatter()

    def signature(self, frame: VideoFrame) -> Signature:
        """The brightness of the picture in 36 rows of 64, 0 to 255."""
        small = self._scaler.reformat(
            frame,
            width=SIGNATURE_WIDTH,
            height=SIGNATURE_HEIGHT,
            format="gray",
            interpolation="AREA",
        )
        return small.to_ndarray().astype(np.int16)


def jpeg(frame: VideoFrame, aspect: Fraction | None, max_width: int) -> tuple[bytes, int, int]:
    """The picture as a player shows it (square pixels, turned upright): JPEG, width, height.

    `aspect` is the sample aspect ratio. Neither side of the picture becomes larger than it is,
    and its width is at most `max_width`.
    """
    turn = clockwise_deg(frame.rotation)
    width, height = _shown_size(frame, aspect, max_width, turned=turn in {90, 270})
    if turn:
        small = frame.reformat(width=width, height=height, format="rgb24").to_ndarray()
        turned = np.ascontiguousarray(np.rot90(small, k=-turn // 90), dtype=np.uint8)
        frame = VideoFrame.from_ndarray(turned, format="rgb24")
        if turn in {90, 270}:
            width, height = height, width
    frame = frame.reformat(
        width=width,
        height=height,
        format="yuvj420p",
        # JPEG (JFIF) colours are those of BT.601, whatever the video's are.
        dst_colorspace=Colorspace.ITU601,
        dst_color_range="JPEG",
        interpolation="AREA",
    )
    return _encode(frame), width, height


def _shown_size(
    frame: VideoFrame, aspect: Fraction | None, max_width: int, *, turned: bool
) -> tuple[int, int]:
    """Size before turning, of square pixels, so that it is at most `max_width` wide after it."""
    ratio = float(aspect) if aspect and 0.1 < aspect < 10 else 1.0
    width, height = frame.width * min(1.0, ratio), frame.height / max(1.0, ratio)
    if ratio > 1:
        width, height = float(frame.width), frame.height / ratio
    scale = min(1.0, max_width / (height if turned else width))
    return _even(width * scale), _even(height * scale)


def _even(side: float) -> int:
    return max(_MIN_SIDE, round(side / 2) * 2)


def _encode(frame: VideoFrame) -> bytes:
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"flags": "+qscale", "global_quality": str(JPEG_QUALITY * _LAMBDA)}
    frame.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])
