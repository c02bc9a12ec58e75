"""Short files, each different: speech in one and two segments, moving pictures, subtitles."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.support.media import Recipe, Scenes, Sound, make_media
from tests.support.speech import RATE_HZ, synthesise, write_wav

_SPOKEN = (
    "the bird can see the river from the tree and the water is cold in the morning. ",
    "a farmer walks along the road with two horses and a small dog behind him. ",
    "plants take light from the sun and make sugar out of water and air. ",
)
_PAUSE_S = 2.3
# A silence ends a segment only after a third of the recogniser's longest one, which is 30 s.
_FIRST_PART_S = 10.5


def make_footage(folder: Path) -> list[Path]:
    """Twelve files of 4 to 17 s; equal calls, equal files."""
    folder.mkdir(parents=True)
    talks = [make_speech(folder / f"talk-{n}.wav", n, segments=1 + n % 2) for n in range(3)]
    films = [_film(folder / f"film-{n}.mp4", n) for n in range(5)]
    captioned = [_captioned(folder / f"captioned-{n}.mp4", n) for n in range(4)]
    return [*talks, *films, *captioned]


def make_speech(path: Path, number: int, segments: int) -> Path:
    """Spoken text in so many segments, another for each number."""
    said = synthesise(_SPOKEN[number % len(_SPOKEN)], rate=150 + 5 * number, pitch=40 + number)
    long = np.resize(said, round(_FIRST_PART_S * RATE_HZ))
    pause = np.zeros(round(_PAUSE_S * RATE_HZ), np.int16)
    write_wav(path, np.concatenate([*[long, pause] * (segments - 1), said]))
    return path


def _film(path: Path, number: int) -> Path:
    changes_s = tuple(float(at) for at in range(2 + number, 12, 4))
    sound = Sound(voiced=((0.4, 1.4 + number / 4),))
    return make_media(path, Recipe(12.0, Scenes(changes_s), sound, title=f"Film {number}"))


def _captioned(path: Path, number: int) -> Path:
    cues = [f"{i}\n00:00:0{i},000 --> 00:00:0{i},900\nLine {i} of {number}.\n" for i in (1, 4, 7)]
    path.with_suffix(".en.srt").write_text("\n".join(cues))
    return make_media(path, Recipe(10.0 + number, Scenes((3.0 + number, 7.0))))
