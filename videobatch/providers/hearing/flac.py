"""Sound as FLAC, in memory: half the bytes of a WAV, and not a sample lost."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from videobatch.records import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK_SAMPLES = 65_536


def to_flac(samples: NDArray[np.int16]) -> bytes:
    """A FLAC file of the samples, shape (n,), 16 kHz mono."""
    # Loading PyAV takes 0.1 s and 32 MB, and only workers encode.
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=SAMPLE_RATE_HZ, layout="mono")
        stream.format = "s16"
        for first in range(0, len(samples), BLOCK_SAMPLES):
            block = samples[first : first + BLOCK_SAMPLES]
            frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="s16", layout="mono")
            frame.sample_rate = SAMPLE_RATE_HZ
            frame.pts = first
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()
