"""Small media files made on the spot: pictures that change, and sound that comes and goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.subtitles.stream import SubtitleStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

AUDIO_RATE_HZ = 48_000
# What each container of the product's list usually carries: format, video and audio codec.
CONTAINERS: dict[str, tuple[str, str | None, str | None]] = {
    ".mp4": ("mp4", "libx264", "aac"),
    ".m4v": ("mp4", "libx264", "aac"),
    ".mov": ("mov", "mjpeg", "pcm_s16le"),
    ".mkv": ("matroska", "libx264", "flac"),
    ".webm": ("webm", "libvpx-vp9", "libopus"),
    ".avi": ("avi", "mpeg4", "libmp3lame"),
    ".ts": ("mpegts", "libx264", "aac"),
    ".flv": ("flv", "libx264", "aac"),
    ".3gp": ("3gp", "mpeg4", "aac"),
    ".mpg": ("vob", "mpeg2video", "mp2"),
    ".wmv": ("asf", "wmv2", "wmav2"),
    ".m4a": ("ipod", None, "aac"),
    ".mp3": ("mp3", None, "libmp3lame"),
    ".wav": ("wav", None, "pcm_s16le"),
    ".flac": ("flac", None, "flac"),
    ".opus": ("opus", None, "libopus"),
    ".ogg": ("ogg", None, "flac"),
    ".aac": ("adts", None, "aac"),
}

# What else FFmpeg reads, as far as this build can write it.
MORE_CONTAINERS: dict[str, tuple[str, str | None, str | None]] = {
    ".3g2": ("3g2", "mpeg4", "aac"),
    ".ac3": ("ac3", None, "ac3"),
    ".aiff": ("aiff", None, "pcm_s16be"),
    ".asf": ("asf", "wmv2", "wmav2"),
    ".au": ("au", None, "pcm_s16be"),
    ".caf": ("caf", None, "pcm_s16be"),
    ".divx": ("avi", "mpeg4", "libmp3lame"),
    ".eac3": ("eac3", None, "eac3"),
    ".f4v": ("f4v", "libx264", "aac"),
    ".h264": ("h264", "libx264", None),
    ".m2t": ("mpegts", "mpeg2video", "mp2"),
    ".m2v": ("mpeg2video", "mpeg2video", None),
    ".m4b": ("ipod", None, "aac"),
    ".mjpeg": ("mjpeg", "mjpeg", None),
    ".mka": ("matroska", None, "libopus"),
    ".mp2": ("mp2", None, "mp2"),
    ".mpga": ("mp3", None, "libmp3lame"),
    ".mxf": ("mxf", "mpeg2video", "pcm_s16le"),
    ".nut": ("nut", "mpeg4", "flac"),
    ".oga": ("ogg", None, "flac"),
    ".ogm": ("ogg", "libvpx", "libopus"),
    ".qt": ("mov", "mjpeg", "pcm_s16le"),
    ".rm": ("rm", "rv10", "ac3"),
    ".tta": ("tta", None, "tta"),
    ".vob": ("vob", "mpeg2video", "ac3"),
    ".w64": ("w64", None, "pcm_s16le"),
    ".weba": ("webm", None, "libopus"),
    ".wma": ("asf", None, "wmav2"),
    ".wtv": ("wtv", "mpeg2video", "mp2"),
    ".wv": ("wv", None, "wavpack"),
    ".y4m": ("yuv4mpegpipe", "rawvideo", None),
}


@dataclass(frozen=True)
class Scenes:
    """Pictures that change at `changes_s`; `rates` frames a second, a keyframe every `gop`."""

    changes_s: Sequence[float] = ()
    size: tuple[int, int] = (160, 120)
    fps: int = 10
    gop: int = 10
    codec: str | None = None
    rotation_deg: int = 0
    sample_aspect: Fraction | None = None
    plain: bool = False
    irregular: bool = False
    start_s: float = 0.0


@dataclass(frozen=True)
class Sound:
    """Noise with a syllable's rhythm at `voiced` (start and end, s); silence elsewhere. With a
    `tone_hz` it is a tone, which a recogniser is done with in a quarter of the time."""

    voiced: Sequence[tuple[float, float]] = ((0.3, 1.7),)
    tone_hz: float | None = None
    level_db: float = -20.0
    noise_db: float = -80.0
    codec: str | None = None
    start_s: float = 0.0
    gap_s: tuple[float, float] | None = None
    rate_hz: int = AUDIO_RATE_HZ
    language: str | None = None
    title: str | None = None
    flags: Disposition | None = None


# Of files whose words nobody looks at.
TONE = Sound(tone_hz=3000.0)


@dataclass(frozen=True)
class Captions:
    """A text stream of (start s, end s, text); bytes are put into the file as they are."""

    cues: Sequence[tuple[float, float, str | bytes]]
    codec: str = "subrip"
    language: str | None = None
    title: str | None = None
    forced: bool = False


@dataclass(frozen=True)
class Recipe:
    """What to put into a file; None leaves a stream out."""

    seconds: float = 2.0
    scenes: Scenes | None = field(default_factory=Scenes)
    sound: Sound | None = TONE
    captions: Captions | Sequence[Captions] | None = None
    title: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    more_sounds: tuple[Sound, ...] = ()


def make_media(path: Path, recipe: Recipe | None = None) -> Path:
    """Writes the file; its suffix chooses container and codecs. Equal recipes look equal."""
    recipe = recipe or Recipe()
    known = {**CONTAINERS, **MORE_CONTAINERS}
    form, video_codec, audio_codec = known[path.suffix.lower()]
    with (
        path.open("wb") as file,
        av.open(file, "w", format=form, options=recipe.options) as container,
    ):
        if recipe.title is not None:
            container.metadata["title"] = recipe.title
        jobs: list[list[Packet[Stream]]] = []
        video = _video_stream(container, recipe.scenes, video_codec)
        sounds = [sound for sound in (recipe.sound, *recipe.more_sounds) if sound is not None]
        tracks = [(_audio_stream(container, sound, audio_codec), sound) for sound in sounds]
        texts = _texts(recipe.captions)
        captions = [_caption_stream(container, each) for each in texts]
        container.start_encoding()
        if video is not None and recipe.scenes is not None:
            jobs.append(_video_packets(video, recipe.scenes, recipe.seconds))
        jobs.extend(
            _audio_packets(audio, sound, recipe.seconds)
            for audio, sound in tracks
            if audio is not None
        )
        jobs.extend(map(_caption_packets, captions, texts))
        packets = [packet for job in jobs for packet in job if packet.dts is not None]
        for packet in sorted(packets, key=lambda p: (p.dts or 0) * p.time_base):
            container.mux(packet)
    return path


def picture(number: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    """A pattern of 8 by 6 grey and coloured fields, another for each number; (h, w, 3)."""
    fields = np.random.default_rng(number).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    rows = np.arange(size[1]) * 6 // size[1]
    columns = np.arange(size[0]) * 8 // size[0]
    return np.ascontiguousarray(fields[rows][:, columns])


def speech_like(seconds: float, sound: Sound, rate_hz: int = AUDIO_RATE_HZ) -> NDArray[np.int16]:
    """Noise in bursts of four syllables a second where `sound` is voiced; (n,), int16."""
    count = int(seconds * rate_hz)
    times = np.arange(count) / rate_hz
    noise = np.random.default_rng(1).standard_normal(count)
    shape = np.full(count, 10 ** (sound.noise_db / 20))
    for start_s, end_s in sound.voiced:
        voiced = (times >= start_s) & (times < end_s)
        rhythm = 0.6 + 0.4 * np.cos(2 * np.pi * 4 * (times[voiced] - start_s))
        shape[voiced] = 10 ** (sound.level_db / 20) * rhythm
    samples: NDArray[np.int16] = np.clip(noise * shape * 32767, -32768, 32767).astype(np.int16)
    return samples


def _tone(seconds: float, sound: Sound, tone_hz: float) -> NDArray[np.int16]:
    """The tone where `sound` is voiced, and nothing elsewhere."""
    times = np.arange(int(seconds * sound.rate_hz)) / sound.rate_hz
    shape = np.zeros(len(times))
    for start_s, end_s in sound.voiced:
        shape[(times >= start_s) & (times < end_s)] = 10 ** (sound.level_db / 20)
    samples: NDArray[np.int16] = (np.sin(2 * np.pi * tone_hz * times) * shape * 32767).astype(
        np.int16
    )
    return samples


def _video_stream(
    container: OutputContainer, scenes: Scenes | None, codec: str | None
) -> VideoStream | None:
    if scenes is None or codec is None:
        return None
    stream = container.add_stream(scenes.codec or codec, rate=scenes.fps)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height = scenes.size
    name = scenes.codec or codec
    stream.pix_fmt = "yuvj420p" if name == "mjpeg" else "yuv420p"
    context = stream.codec_context
    context.gop_size = scenes.gop
    if name == "libx264":
        context.options = {"preset": "ultrafast", "sc_threshold": "0", "crf": "20"}
    if name == "libvpx-vp9":
        context.options = {"deadline": "realtime", "cpu-used": "8"}
    if scenes.sample_aspect is not None:
        context.sample_aspect_ratio = scenes.sample_aspect
    if scenes.rotation_deg:
        stream.set_display_rotation(scenes.rotation_deg)
    return stream


def _video_packets(stream: VideoStream, scenes: Scenes, seconds: float) -> list[Packet[Stream]]:
    found: list[Packet[Stream]] = []
    for number in range(round(seconds * scenes.fps)):
        if scenes.irregular and number % 5 in {1, 2}:
            continue  # A variable frame rate: some pictures stay longer than others.
        at_s = number / scenes.fps
        scene = 0 if scenes.plain else 1 + sum(at_s >= change for change in scenes.changes_s)
        content = picture(scene, scenes.size)
        frame = VideoFrame.from_ndarray(
            np.full_like(content, 90) if scenes.plain else content, format="rgb24"
        )
        frame.pts = number + round(scenes.start_s * scenes.fps)
        frame.time_base = Fraction(1, scenes.fps)
        found.extend(stream.encode(frame))
    found.extend(stream.encode(None))
    return found


def _audio_stream(
    container: OutputContainer, sound: Sound, codec: str | None
) -> AudioStream | None:
    if codec is None:
        return None
    stream = container.add_stream(sound.codec or codec, rate=sound.rate_hz, layout="mono")
    assert isinstance(stream, AudioStream)
    stream.bit_rate = 64_000
    if sound.language is not None:
        stream.metadata["language"] = sound.language
    if sound.title is not None:
        stream.metadata["title"] = sound.title
    if sound.flags is not None:
        stream.disposition = sound.flags
    return stream


def _audio_packets(stream: AudioStream, sound: Sound, seconds: float) -> list[Packet[Stream]]:
    if sound.tone_hz is not None:
        samples = _tone(seconds, sound, sound.tone_hz)
    else:
        samples = speech_like(seconds, sound, sound.rate_hz)
    size = stream.codec_context.frame_size or 1024
    found: list[Packet[Stream]] = []
    for begin in range(0, len(samples), size):
        at_s = begin / sound.rate_hz
        if sound.gap_s is not None and sound.gap_s[0] <= at_s < sound.gap_s[1]:
            continue
        piece = samples[begin : begin + size].reshape(1, -1)
        frame = AudioFrame.from_ndarray(piece, format="s16", layout="mono")
        frame.sample_rate = sound.rate_hz
        frame.time_base = Fraction(1, sound.rate_hz)
        frame.pts = begin + round(sound.start_s * sound.rate_hz)
        found.extend(stream.encode(frame))
    found.extend(stream.encode(None))
    return found


def _texts(captions: Captions | Sequence[Captions] | None) -> Sequence[Captions]:
    if captions is None:
        return ()
    return (captions,) if isinstance(captions, Captions) else captions


def _caption_stream(container: OutputContainer, captions: Captions) -> SubtitleStream:
    stream = container.add_stream(captions.codec)
    assert isinstance(stream, SubtitleStream)
    # The encoder is not used, but it opens only with a header of styles.
    stream.codec_context.subtitle_header = b"[Script Info]\nScriptType: v4.00+\n"
    if captions.language is not None:
        stream.metadata["language"] = captions.language
    if captions.title is not None:
        stream.metadata["title"] = captions.title
    if captions.forced:
        stream.disposition = Disposition.forced
    return stream


def _caption_packets(stream: SubtitleStream, captions: Captions) -> list[Packet[Stream]]:
    found: list[Packet[Stream]] = []
    for start_s, end_s, text in captions.cues:
        raw = text.encode() if isinstance(text, str) else text
        packet: Packet[Stream] = Packet(raw)
        packet.stream = stream
        packet.time_base = Fraction(1, 1000)
        packet.pts = packet.dts = round(start_s * 1000)
        packet.duration = round((end_s - start_s) * 1000)
        found.append(packet)
    return found
