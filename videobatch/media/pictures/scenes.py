"""Finds where the picture changes to another scene, from small signatures alone."""

from __future__ import annotations

from collections import deque

import numpy as np

from videobatch.media.pictures.stills import Signature

# A cell of the signature has changed if its brightness differs by more than this; less is the
# noise of the encoder.
CHANGED_BY = 20
# The share of changed cells that makes a new scene: at least a few lines of text on a slide, and
# three times what is usual in a video that moves all the time, but never more than a third.
LEAST_SHARE, MOST_SHARE = 0.04, 0.35
USUAL_FACTOR = 3.0
RECENT = 31


class SceneDetector:
    """Says for each picture, in the order of time, whether a new scene begins with it."""

    def __init__(self) -> None:
        self._previous: Signature | None = None
        self._anchor: Signature | None = None
        self._shares: deque[float] = deque(maxlen=RECENT)

    def is_new_scene(self, picture: Signature) -> bool:
        """True for the first picture, for a cut, and when slow change has replaced the scene."""
        if self._previous is None or self._anchor is None:
            self._previous = self._anchor = picture
            return True
        share = changed_share(picture, self._previous)
        usual = float(np.median(self._shares)) if self._shares else 0.0
        self._shares.append(share)
        threshold = min(max(LEAST_SHARE, USUAL_FACTOR * usual), MOST_SHARE)
        self._previous = picture
        if share > threshold or changed_share(picture, self._anchor) > MOST_SHARE:
            self._anchor = picture
            return True
        return False


def changed_share(one: Signature, other: Signature) -> float:
    """The share of cells, 0 to 1, whose brightness differs clearly."""
    return float(np.count_nonzero(np.abs(one - other) > CHANGED_BY)) / one.size
