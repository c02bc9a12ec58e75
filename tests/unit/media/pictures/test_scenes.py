"""Where a new scene begins, in pictures of one brightness with a patch that changes."""

from __future__ import annotations

import numpy as np
import pytest

from videobatch.media.pictures.scenes import CHANGED_BY, LEAST_SHARE, SceneDetector, changed_share
from videobatch.media.pictures.stills import SIGNATURE_HEIGHT, SIGNATURE_WIDTH, Signature


def picture(brightness: int = 100, *, patch: float = 0.0, by: int = 100) -> Signature:
    """A picture, of which that share is brighter."""
    made = np.full((SIGNATURE_HEIGHT, SIGNATURE_WIDTH), brightness, dtype=np.int16)
    made.reshape(-1)[: round(made.size * patch)] += by
    return made


@pytest.mark.parametrize(
    ("patch", "by", "share"), [(0.25, 100, 0.25), (0.25, CHANGED_BY, 0.0), (1.0, -100, 1.0)]
)
def test_a_cell_counts_when_it_differs_by_more_than_noise(
    patch: float, by: int, share: float
) -> None:
    assert changed_share(picture(patch=patch, by=by), picture()) == pytest.approx(share, abs=0.001)


def test_the_first_picture_begins_a_scene_and_an_equal_one_does_not() -> None:
    detector = SceneDetector()
    assert [detector.is_new_scene(picture()) for _ in range(3)] == [True, False, False]


@pytest.mark.parametrize(("patch", "is_new"), [(LEAST_SHARE / 2, False), (LEAST_SHARE * 2, True)])
def test_a_few_lines_of_text_are_enough(patch: float, is_new: bool) -> None:
    detector = SceneDetector()
    detector.is_new_scene(picture())
    assert detector.is_new_scene(picture(patch=patch)) is is_new


def test_where_everything_moves_all_the_time_a_little_more_is_no_scene() -> None:
    detector = SceneDetector()
    for number in range(12):
        detector.is_new_scene(picture(patch=0.1 if number % 2 else 0.0))
    assert not detector.is_new_scene(picture(patch=0.2))
    assert detector.is_new_scene(picture(200))


def test_slow_change_replaces_the_scene_in_the_end() -> None:
    detector = SceneDetector()
    found = [detector.is_new_scene(picture(patch=n * 0.03)) for n in range(20)]
    assert found[0] is True
    assert sum(found) == 2
