"""Sample videos: slides that are spoken, as H.264 and AAC, with a keyframe at each slide."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream
from numpy.typing import NDArray

from cli.demo.scripts import Talk
from cli.demo.slides import HEIGHT, WIDTH, draw_slide
from cli.demo.speech import RATE_HZ, synthesise
from videobatch.pipeline.words.cues.making import cues_of
from videobatch.pipeline.words.transcripts import to_srt
from videobatch.records import Utterance

FPS = 10
STEP = RATE_HZ // FPS  # Samples that sound during one picture.
KEYFRAME_EVERY = 2 * FPS
LEAD_S, PAUSE_S, END_S = 0.5, 0.45, 0.8
AUDIO_BITS_PER_S = 96_000
# One thread, because another number makes other files; the videos are made side by side.
X264 = {"preset": "superfast", "tune": "stillimage", "crf": "24", "threads": "1", "bf": "0"}

Samples: TypeAlias = NDArray[np.int16]


@dataclass(frozen=True)
class Scene:
    """A slide while it is spoken: whole pictures long; when each sentence begins and ends (s)."""

    number: int
    samples: Samples
    spoken: tuple[Utterance, ...]

    @property
    def pictures(self) -> int:
        return len(self.samples) // STEP


def is_made(talk: Talk, folder: Path) -> bool:
    """True if the video, and its subtitles where it has any, are in the folder."""
    path, sidecar = _files(talk, folder)
    return path.exists() and (sidecar.exists() or not talk.subtitles)


def make_video(talk: Talk, folder: Path) -> Path:
    """The talk as `<name>.mp4` in the folder, with `<name>.en.srt` if it has subtitles; made only
    if it is missing. Equal talks give equal files. Raises SettingsError without espeak-ng."""
    path, sidecar = _files(talk, folder)
    if is_made(talk, folder):
        return path
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        with av.open(file, "w", format="mp4") as container:
            container.metadata["title"] = talk.title
            spoken = _encode(container, talk)
        file.flush()
        os.fsync(file.fileno())
    if talk.subtitles:
        sidecar.write_text(to_srt(cues_of(spoken)), encoding="utf-8")
    part.replace(path)
    return path


def _files(talk: Talk, folder: Path) -> tuple[Path, Path]:
    path = folder / f"{talk.name}.mp4"
    return path, path.with_suffix(".en.srt")


def scenes(talk: Talk) -> Iterator[Scene]:
    """The talk's slides with their sound, in order of time."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        spoken = pool.map(synthesise, [text for slide in talk.slides for text in slide.speech])
        start_s = 0.0
        for number, slide in enumerate(talk.slides):
            sentences = [(text, next(spoken)) for text in slide.speech]
            scene = _scene(number, sentences, start_s)
            start_s += scene.pictures / FPS
            yield scene


def _scene(number: int, sentences: Sequence[tuple[str, Samples]], start_s: float) -> Scene:
    pieces = [_silence(LEAD_S)]
    count = len(pieces[0])
    cues: list[Utterance] = []
    for text, samples in sentences:
        begin = start_s + count / RATE_HZ
        cues.append(Utterance(begin, begin + len(samples) / RATE_HZ, text))
        pieces += [samples, _silence(PAUSE_S)]
        count += len(samples) + len(pieces[-1])
    count += round(END_S * RATE_HZ)
    whole = np.zeros(-(-count // STEP) * STEP, np.int16)
    sound = np.concatenate(pieces)
    whole[: len(sound)] = sound
    return Scene(number, whole, tuple(cues))


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE_HZ), np.int16)


def _encode(container: OutputContainer, talk: Talk) -> tuple[Utterance, ...]:
    """Writes pictures and sound in step, and returns what is said when."""
    video, audio = _streams(container)
    spoken: list[Utterance] = []
    at = 0
    for scene in scenes(talk):
        spoken += scene.spoken
        picture = _picture(talk, scene.number)
        for i in range(scene.pictures):
            picture.pts, picture.time_base = at, Fraction(1, FPS)
            picture.pict_type = PictureType.NONE if i else PictureType.I
            container.mux(video.encode(picture))
            container.mux(audio.encode(_sound(scene.samples[i * STEP : (i + 1) * STEP], at)))
            at += 1
    container.mux(video.encode(None))
    container.mux(audio.encode(None))
    return tuple(spoken)


def _streams(container: OutputContainer) -> tuple[VideoStream, AudioStream]:
    video = container.add_stream("libx264", rate=FPS)
    audio = container.add_stream("aac", rate=RATE_HZ, layout="mono")
    if not isinstance(video, VideoStream) or not isinstance(audio, AudioStream):
        raise TypeError("H.264 is no video or AAC no sound")
    video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    context = video.codec_context
    context.gop_size, context.options = KEYFRAME_EVERY, X264
    # BT.709, as players expect of high definition.
    context.colorspace = context.color_primaries = context.color_trc = Colorspace.ITU709
    context.color_range = ColorRange.MPEG
    audio.bit_rate = AUDIO_BITS_PER_S
    audio.metadata["language"] = "eng"
    return video, audio


def _picture(talk: Talk, number: int) -> VideoFrame:
    """The slide as x264 takes it; converted once, shown many times."""
    drawn = VideoFrame.from_ndarray(np.asarray(draw_slide(talk, number)), format="rgb24")
    return drawn.reformat(
        format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
    )


def _sound(samples: Samples, at: int) -> AudioFrame:
    frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate, frame.time_base, frame.pts = RATE_HZ, Fraction(1, RATE_HZ), at * STEP
    return frame
