"""Subtitles that already exist: beside the video, or as a text stream inside it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.subtitles.subtitle import AssSubtitle

from videobatch.errors import InputError
from videobatch.media.captions import one_line, parse_captions
from videobatch.media.probe import TEXT_SUBTITLES
from videobatch.media.source import MEDIA_SUFFIXES, open_media, open_regular
from videobatch.media.streams import origin_s, placed
from videobatch.paths import display, inside
from videobatch.records import SubtitleTrack, Utterance

SIDECAR_SUFFIXES = (".srt", ".vtt")
MAX_SIDECAR_BYTES = 10 * 2**20
# A text subtitle that says nothing of its own length stays this long.
DEFAULT_SHOWN_S = 3.0
MAX_LANGUAGE_CHARACTERS = 12


def sidecars_in(folder: Path) -> tuple[str, ...]:
    """The names of the subtitle files in the folder; none if it cannot be read."""
    try:
        names = os.listdir(folder)  # noqa: PTH208 - names, as bytes allow them
    except OSError:
        return ()
    return tuple(name for name in names if name.lower().endswith(SIDECAR_SUFFIXES))


def find_sidecar(path: Path, root: Path, names: Sequence[str] | None = None) -> Path | None:
    """The subtitle file that belongs to the video, or None. `names` are those of `sidecars_in`
    its folder, where that was asked already.

    Looked for in this order: `lecture.mp4.srt`, `lecture.srt`, `lecture.en.srt`; `.srt` before
    `.vtt`; names without a language first. One that names the video with its suffix is its own,
    so two videos of one stem can each have theirs. Links out of `root` and what is no file are
    passed over.
    """
    found = [
        (rank, entry)
        for entry in (sidecars_in(path.parent) if names is None else names)
        if (rank := _rank(entry, path)) is not None and _is_usable(path.with_name(entry), root)
    ]
    return path.with_name(min(found)[1]) if found else None


def sidecar_language(sidecar: Path, video: Path) -> str | None:
    """The language in the sidecar's name (`lecture.zh.srt`: `zh`), or None."""
    for base in (video.name, video.stem):
        if sidecar.stem.startswith(f"{base}."):
            language = sidecar.stem[len(base) + 1 :]
            return language.lower() if _is_language(language) else None
    return None


def _rank(name: str, video: Path) -> tuple[int, int, str] | None:
    """How well a file's name fits the video's: lower is better, None is not at all."""
    stem, suffix = os.path.splitext(name)  # noqa: PTH122
    if suffix.lower() not in SIDECAR_SUFFIXES:
        return None
    kind = SIDECAR_SUFFIXES.index(suffix.lower())
    for place, base in enumerate((video.name, video.stem)):
        if stem == base:
            return place, kind, name
        if stem.startswith(f"{base}.") and _is_language(stem[len(base) + 1 :]):
            return place + 2, kind, name
    return None


def _is_language(text: str) -> bool:
    """True for what looks like a BCP 47 code: `en`, `zh-Hans`, `pt_BR`; not for `mp4`."""
    head, *rest = text.replace("_", "-").split("-")
    if f".{text.lower()}" in MEDIA_SUFFIXES:
        return False
    short = len(text) <= MAX_LANGUAGE_CHARACTERS and len(head) in {2, 3}
    return short and text.isascii() and head.isalpha() and all(part.isalnum() for part in rest)


def _is_usable(sidecar: Path, root: Path) -> bool:
    return sidecar.is_file() and inside(sidecar, root)


def read_sidecar(path: Path, root: Path) -> tuple[Utterance, ...]:
    """The utterances of an SRT or WebVTT file, in the order of their times; times in s.

    UTF-8 or UTF-16 (with a mark), else Windows-1252. Bad cues are passed over. Raises InputError
    with the codes of `check_file`, and `bad_subtitles` if it is larger than 10 MB or holds no cue.
    """
    name = display(path.name)
    with os.fdopen(open_regular(path, root), "rb") as file:
        raw = file.read(MAX_SIDECAR_BYTES + 1)
    if len(raw) > MAX_SIDECAR_BYTES:
        raise _bad_subtitles(f"{name} is larger than 10 MB, too large for subtitles")
    utterances = tuple(parse_captions(raw))
    if not utterances:
        raise _bad_subtitles(f"{name} holds no subtitles that can be read")
    return utterances


def _bad_subtitles(message: str) -> InputError:
    return InputError(
        message, hint="mend or remove it; without it the speech is recognised", code="bad_subtitles"
    )


def read_embedded(
    path: Path, root: Path, track: SubtitleTrack, joins: Sequence[float] = ()
) -> tuple[Utterance, ...]:
    """The utterances of a text subtitle stream; none for a stream of pictures.

    `joins` are those of the file's probe. Raises as `open_media`.
    """
    if track.codec not in TEXT_SUBTITLES:
        return ()
    with open_media(path, root) as container:
        found = list(_embedded(container, track.index, joins))
    return tuple(sorted(found, key=lambda utterance: utterance.start_s))


def _embedded(
    container: InputContainer, stream_index: int, joins: Sequence[float]
) -> Iterator[Utterance]:
    stream, origin = container.streams[stream_index], origin_s(container)
    for packet in placed(container, stream, joins):
        if packet.pts is None or not packet.size:
            continue
        start_s = max(0.0, float(packet.pts * packet.time_base) - origin)
        shown_s = float(packet.duration * packet.time_base) if packet.duration else DEFAULT_SHOWN_S
        text = one_line(" ".join(_texts(packet)))
        if text:
            yield Utterance(start_s, start_s + shown_s, text)


def _texts(packet: Packet[Stream]) -> Iterator[str]:
    try:
        decoded = packet.decode()
    except av.FFmpegError:
        return
    for subtitle in decoded:
        if isinstance(subtitle, AssSubtitle):
            yield (subtitle.dialogue or subtitle.text).decode("utf-8", "replace")
