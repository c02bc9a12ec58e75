"""The stills that are kept while a video streams by."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from av.video.frame import VideoFrame

from videobatch.media.pictures.scenes import SceneDetector
from videobatch.media.pictures.stills import Signer, jpeg
from videobatch.records import Frame

MAX_SCENE_CHANGES = 10_000


@dataclass(slots=True)
class _Candidate:
    at_s: float
    picture: VideoFrame
    aspect: Fraction | None


class Album:
    """Takes pictures in the order of time and keeps a JPEG of the last one of each scene.

    One decoded picture is held at a time, and at most twice `max_frames` JPEGs: where scenes
    change more often, those closest to their neighbours are left out.
    """

    def __init__(self, max_frames: int, min_gap_s: float, max_width: int) -> None:
        self._max_frames = max(1, max_frames)
        self._min_gap_s = min_gap_s
        self._max_width = max_width
        self._scenes = SceneDetector()
        self._signer = Signer()
        self._candidate: _Candidate | None = None
        self._kept: list[Frame] = []
        self._changes: list[float] = []
        self.shown = 0
        self.errors = 0
        # The time of the last packet, whether it gave a picture or not.
        self.sent_s = 0.0
        self.last_s = 0.0

    def show(self, at_s: float, picture: VideoFrame, aspect: Fraction | None) -> None:
        """Looks at a picture; the one before it is kept if it was the last of its scene."""
        if self._scenes.is_new_scene(self._signer.signature(picture)):
            self._keep_candidate()
            if self.shown and len(self._changes) < MAX_SCENE_CHANGES:
                self._changes.append(at_s)
        self._candidate = _Candidate(at_s, picture, aspect)
        self.shown += 1
        self.last_s = max(self.last_s, at_s)

    def close(self) -> None:
        """Keeps the last scene's picture."""
        self._keep_candidate()

    def frames(self) -> tuple[Frame, ...]:
        """The stills in the order of time, at most `max_frames`."""
        self._thin(self._max_frames)
        return tuple(self._kept)

    @property
    def scene_changes(self) -> tuple[float, ...]:
        return tuple(self._changes)

    def _keep_candidate(self) -> None:
        candidate, self._candidate = self._candidate, None
        if candidate is None:
            return
        if self._kept and candidate.at_s - self._kept[-1].at_s < self._min_gap_s:
            return
        content, width, height = jpeg(candidate.picture, candidate.aspect, self._max_width)
        self._kept.append(Frame(candidate.at_s, content, width, height))
        if len(self._kept) > 2 * self._max_frames:
            self._thin(self._max_frames)

    def _thin(self, limit: int) -> None:
        """Leaves out the still that follows its predecessor soonest, until `limit` are left."""
        kept = self._kept
        while len(kept) > limit:
            gaps = [later.at_s - earlier.at_s for earlier, later in pairwise(kept)]
            closest = gaps.index(min(gaps)) + 1
            del kept[closest]
