"""Sound as FLAC: smaller, and without loss."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest

from videobatch.providers.hearing.flac import BLOCK_SAMPLES, to_flac
from videobatch.records import SAMPLE_RATE_HZ


@pytest.mark.parametrize("count", [1000, BLOCK_SAMPLES, BLOCK_SAMPLES + 17])
def test_every_sample_is_there_again(count: int) -> None:
    samples = (np.sin(np.arange(count) / 20) * 9000).astype(np.int16)
    packed = to_flac(samples)
    with av.open(io.BytesIO(packed), "r") as container:
        stream = container.streams.audio[0]
        found = np.concatenate([frame.to_ndarray().ravel() for frame in container.decode(stream)])
        assert stream.rate == SAMPLE_RATE_HZ
    assert np.array_equal(found, samples)
    assert len(packed) < samples.nbytes + 10_000
