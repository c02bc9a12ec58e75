"""Stills: one for each scene, whatever the codec and however rare its keyframes."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.media import CONTAINERS, Recipe, Scenes, Sound, make_media, picture
from videobatch.errors import StoppingError
from videobatch.media.container.probe import probe
from videobatch.media.pictures.frames import Pictures, pick_frames
from videobatch.records import Frame

SLIDES = Scenes(changes_s=(2.0, 4.0))
VIDEO_SUFFIXES = sorted(suffix for suffix, kinds in CONTAINERS.items() if kinds[1])


def pick(path: Path, max_frames: int = 10, min_gap_s: float = 0.5, width: int = 960) -> Pictures:
    found = probe(path, path.parent)
    return pick_frames(
        path, path.parent, found, max_frames=max_frames, min_gap_s=min_gap_s, max_width=width
    )


def pixels(frame: Frame) -> NDArray[np.int16]:
    with av.open(io.BytesIO(frame.jpeg), "r", format="jpeg_pipe") as container:
        image = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert image.shape == (frame.height, frame.width, 3)
    return image.astype(np.int16)


def looks_like(frame: Frame, wanted: NDArray[np.uint8]) -> bool:
    # Colours lose some of their detail on the way.
    return float(np.abs(pixels(frame) - wanted.astype(np.int16)).mean()) < 16


@pytest.mark.parametrize("suffix", VIDEO_SUFFIXES)
def test_every_container_gives_a_still_of_each_scene(tmp_path: Path, suffix: str) -> None:
    size = (176, 144)
    scenes = Scenes(changes_s=(2.0, 4.0), size=size, fps=25 if suffix == ".mpg" else 10)
    found = pick(make_media(tmp_path / f"slides{suffix}", Recipe(seconds=6, scenes=scenes)))
    assert len(found.frames) == 3
    for number, frame in enumerate(found.frames, start=1):
        assert looks_like(frame, picture(number, size))
    assert [round(at) for at in found.scene_changes] == [2, 4]
    assert found.coverage.problem is None


def test_a_still_is_taken_late_in_its_scene(tmp_path: Path) -> None:
    found = pick(make_media(tmp_path / "slides.mp4", Recipe(seconds=6, scenes=SLIDES)))
    assert [f.at_s for f in found.frames] == pytest.approx([1.0, 3.0, 5.0])


def test_only_keyframes_are_decoded(tmp_path: Path) -> None:
    seen: list[float] = []
    path = make_media(tmp_path / "slides.webm", Recipe(seconds=6, scenes=SLIDES, sound=None))
    found = probe(path, tmp_path)
    pick_frames(path, tmp_path, found, max_frames=9, min_gap_s=1, on_time=seen.append)
    assert seen == pytest.approx([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], abs=0.02)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_variable_frame_rate_keeps_times_true(tmp_path: Path, suffix: str) -> None:
    scenes = Scenes(changes_s=(2.0, 4.0), gop=6, irregular=True)
    found = pick(make_media(tmp_path / f"vfr{suffix}", Recipe(seconds=6, scenes=scenes)))
    assert [round(at, 1) for at in found.scene_changes] == [2.0, 4.0]
    assert len(found.frames) == 3


def test_one_keyframe_in_the_whole_file(tmp_path: Path) -> None:
    scenes = Scenes(changes_s=(6.0, 12.0), gop=100_000)
    found = pick(make_media(tmp_path / "rare.mp4", Recipe(seconds=18, scenes=scenes)))
    assert len(found.frames) == 3
    assert [round(at) for at in found.scene_changes] == [6, 12]


def test_a_keyframe_every_ten_seconds(tmp_path: Path) -> None:
    scenes = Scenes(changes_s=(6.0, 14.0), gop=100)
    found = pick(make_media(tmp_path / "rare.mkv", Recipe(seconds=30, scenes=scenes)))
    assert [round(at) for at in found.scene_changes] == [6, 14]


def test_rare_keyframes_without_an_index(tmp_path: Path) -> None:
    scenes = Scenes(changes_s=(6.0,), gop=100_000)
    found = pick(make_media(tmp_path / "rare.ts", Recipe(seconds=12, scenes=scenes)))
    assert len(found.frames) == 2


def test_one_plain_colour_is_one_still(tmp_path: Path) -> None:
    found = pick(make_media(tmp_path / "plain.mp4", Recipe(seconds=4, scenes=Scenes(plain=True))))
    assert len(found.frames) == 1
    assert found.scene_changes == ()


@pytest.mark.parametrize("counterclockwise", [90, 180, 270])
def test_a_turned_video_is_shown_upright(tmp_path: Path, counterclockwise: int) -> None:
    scenes = Scenes(rotation_deg=counterclockwise)
    path = make_media(tmp_path / "phone.mp4", Recipe(scenes=scenes))
    track = probe(path, tmp_path).video
    assert track is not None
    assert track.rotation_deg == (360 - counterclockwise) % 360
    frame = pick(path).frames[0]
    upright = np.rot90(picture(1, (160, 120)), k=counterclockwise // 90)
    assert looks_like(frame, upright)


@pytest.mark.parametrize(
    ("aspect", "size"), [(Fraction(2, 1), (160, 60)), (Fraction(1, 2), (80, 120))]
)
def test_pixels_become_square(tmp_path: Path, aspect: Fraction, size: tuple[int, int]) -> None:
    path = make_media(tmp_path / "wide.mkv", Recipe(scenes=Scenes(sample_aspect=aspect)))
    frame = pick(path).frames[0]
    assert (frame.width, frame.height) == size


def test_stills_are_no_wider_than_asked(tmp_path: Path) -> None:
    path = make_media(tmp_path / "large.mp4", Recipe(scenes=Scenes(size=(640, 360))))
    frame = pick(path, width=320).frames[0]
    assert (frame.width, frame.height) == (320, 180)


def test_the_number_of_stills_is_bounded(tmp_path: Path) -> None:
    changes = tuple(float(at) for at in range(1, 30))
    path = make_media(tmp_path / "busy.mp4", Recipe(seconds=30, scenes=Scenes(changes_s=changes)))
    found = pick(path, max_frames=5, min_gap_s=0.1)
    assert len(found.frames) == 5
    times = [f.at_s for f in found.frames]
    assert times == sorted(times)
    assert times[-1] - times[0] > 15
    assert len(pick(path, max_frames=50, min_gap_s=5).frames) <= 7


def test_cover_art_is_no_video(tmp_path: Path) -> None:
    path = make_media(tmp_path / "song.mp3", Recipe(scenes=None))
    cover = pick(make_media(tmp_path / "cover.mp4")).frames[0].jpeg
    tagged = tmp_path / "tagged.mp3"
    body = b"\0image/jpeg\0\x03\0" + cover
    frame = b"APIC" + len(body).to_bytes(4, "big") + b"\0\0" + body
    size = bytes((len(frame) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    tagged.write_bytes(b"ID3\x03\0\0" + size + frame + path.read_bytes())
    found = probe(tagged, tmp_path)
    assert found.video is None
    assert found.audio is not None
    assert pick_frames(tagged, tmp_path, found, max_frames=3, min_gap_s=1).frames == ()


def test_a_cut_silent_video_says_where_it_stops(tmp_path: Path) -> None:
    recipe = Recipe(seconds=30, sound=None, options={"movflags": "faststart"})
    scenes = Scenes(changes_s=tuple(float(at) for at in range(1, 30)))
    recipe = Recipe(seconds=30, sound=None, scenes=scenes, options=recipe.options)
    whole = make_media(tmp_path / "whole.mp4", recipe).read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole[: len(whole) // 2])
    found = pick(path)
    assert found.frames
    assert 8 < found.coverage.read_s < 22
    assert found.coverage.problem == (
        f"the file stops after 00:{int(found.coverage.read_s):02d} of 00:30"
    )


def test_a_video_of_which_nothing_is_left(tmp_path: Path) -> None:
    recipe = Recipe(seconds=20, sound=None, options={"movflags": "faststart"})
    whole = make_media(tmp_path / "whole.mp4", recipe).read_bytes()
    path = tmp_path / "liar.mp4"
    path.write_bytes(whole[: whole.index(b"mdat") + 4])
    found = pick(path)
    assert found.frames == ()
    assert found.coverage.problem is not None
    assert "00:20" in found.coverage.problem


def test_a_codec_without_a_decoder_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "odd.mp4"
    content = make_media(tmp_path / "plain.mp4").read_bytes()
    path.write_bytes(content.replace(b"avc1", b"zzzz"))
    found = pick(path)
    assert found.frames == ()
    assert found.coverage.problem == "its pictures are in a format that cannot be decoded here"


def test_sound_alone_has_no_pictures(tmp_path: Path) -> None:
    found = pick(make_media(tmp_path / "talk.mp3", Recipe(scenes=None, sound=Sound())))
    assert found.frames == ()
    assert found.coverage.problem is None


def test_whoever_follows_the_time_can_stop_it(tmp_path: Path) -> None:
    path = make_media(tmp_path / "slides.mp4", Recipe(seconds=6, scenes=SLIDES))
    seen: list[float] = []

    def follow(at_s: float) -> None:
        seen.append(at_s)
        if at_s >= 2:
            raise StoppingError("the worker is stopping")

    with pytest.raises(StoppingError):
        pick_frames(
            path, tmp_path, probe(path, tmp_path), max_frames=9, min_gap_s=1, on_time=follow
        )
    assert seen == pytest.approx([0.0, 1.0, 2.0])
