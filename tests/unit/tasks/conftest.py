"""One video of six seconds, and a ledger that has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.attempts import NAME, AttemptWorld
from tests.support.fake_redis import fake_redis
from tests.support.media import Recipe, Scenes, Sound, make_media

RECIPE = Recipe(
    seconds=6.0,
    scenes=Scenes(changes_s=(3.0,), fps=5, gop=15),
    sound=Sound(voiced=((0.2, 1.4), (4.0, 5.4))),
)


@pytest.fixture(scope="package")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_media(tmp_path_factory.mktemp("in") / NAME, RECIPE)


@pytest.fixture
def world(path: Path, tmp_path: Path) -> Iterator[AttemptWorld]:
    made = AttemptWorld(fake_redis(), path, tmp_path / "out")
    yield made
    made.client.close()
