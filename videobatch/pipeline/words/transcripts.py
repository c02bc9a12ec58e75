"""A transcript as files that other programs read: SRT, WebVTT and JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from dataclasses import asdict, replace

from videobatch.pipeline.text.markdown import plain
from videobatch.pipeline.text.sentences import CJK
from videobatch.records import Transcript, Utterance

# The `source` of a transcript begins with this where its words are from subtitles.
SUBTITLES = "subtitles"
# What people can read: two lines of 42 characters, 7 s at most (Netflix' Timed Text Style Guide).
LINE_CHARS = 42
LINES = 2
CUE_S = 7.0
LEAST_CUE_S = 0.2
LOOK_ALIKES = str.maketrans("<>{}", "‹›()")


def to_srt(transcript: Transcript) -> str:
    """The transcript as SubRip; "" without words."""
    blocks: list[str] = []
    speaker: str | None = None
    for number, cue in enumerate(_cues(transcript), 1):
        # A name where another one begins to speak, as subtitles have it.
        name = f"{cue.speaker}: " if cue.speaker and cue.speaker != speaker else ""
        speaker = cue.speaker
        times = f"{_time(cue.start_s, ',')} --> {_time(cue.end_s, ',')}"
        blocks.append(f"{number}\n{times}\n{_srt_text(name + cue.text)}\n")
    return "\n".join(blocks)


def to_vtt(transcript: Transcript) -> str:
    """The transcript as WebVTT; its header alone without words."""
    blocks = [
        f"{_time(cue.start_s, '.')} --> {_time(cue.end_s, '.')}\n{_vtt_text(cue)}\n"
        for cue in _cues(transcript)
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def to_json(transcript: Transcript, **facts: str | float | None) -> str:
    """The transcript as JSON: language, source, rough, and each utterance with its times in
    seconds, as it was recognised, and the gaps; `facts` (title, duration, ...) come first."""
    utterances = [
        {key: value for key, value in asdict(u).items() if value not in (None, ())}
        for u in transcript.utterances
    ]
    fields = {
        "schema_version": 1,
        **facts,
        "language": transcript.language,
        "source": transcript.source,
        "rough": transcript.rough,
        "utterances": utterances,
        "gaps": [asdict(gap) for gap in transcript.gaps],
    }
    # ASCII, because subtitles may hold lone surrogates, which no UTF-8 file can.
    return json.dumps(fields, ensure_ascii=True, indent=1, allow_nan=False) + "\n"


def _cues(transcript: Transcript) -> Iterator[Utterance]:
    """Cues in order of time, none longer than people can read. The parts of an utterance share
    its time in proportion to their length; a cue ends where the next begins."""
    parts = [
        part
        for utterance in sorted(transcript.utterances, key=lambda u: (u.start_s, u.end_s))
        if (text := plain(utterance.text, 100_000))
        for part in _split(utterance, text)
    ]
    for i, part in enumerate(parts):
        end_s = max(part.end_s, part.start_s + LEAST_CUE_S)
        if i + 1 < len(parts) and parts[i + 1].start_s > part.start_s:
            end_s = min(end_s, parts[i + 1].start_s)
        yield replace(part, end_s=min(end_s, part.start_s + CUE_S))


def _split(utterance: Utterance, text: str) -> Iterator[Utterance]:
    start_s, span_s = max(0.0, utterance.start_s), max(0.0, utterance.end_s - utterance.start_s)
    lines = _wrapped(text)
    groups = ["\n".join(lines[i : i + LINES]) for i in range(0, len(lines), LINES)]
    if span_s > CUE_S * len(groups):
        # Few words over a long time: the text stays as it is, and is shown at its beginning.
        span_s = CUE_S * len(groups)
    total = sum(map(len, groups))
    done = 0
    for group in groups:
        begin_s = start_s + span_s * done / total
        done += len(group)
        speaker = plain(utterance.speaker, 80) if utterance.speaker else None
        yield Utterance(begin_s, start_s + span_s * done / total, group, speaker=speaker)


def _wrapped(text: str) -> list[str]:
    """Lines of at most 42 columns; a Chinese or Japanese character takes two of them."""
    width = LINE_CHARS // 2 if CJK.search(text) else LINE_CHARS
    return textwrap.wrap(text, width, break_on_hyphens=False) or [text]


def _srt_text(text: str) -> str:
    # Players read <b> and {\an8} as markup, and SRT has no escapes: look-alikes instead.
    return text.translate(LOOK_ALIKES)


def _vtt_text(cue: Utterance) -> str:
    voice = f"<v {_escaped(cue.speaker)}>" if cue.speaker else ""
    return voice + _escaped(cue.text)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(at_s: float, point: str) -> str:
    total_ms = max(0, round(at_s * 1000))
    seconds, ms = divmod(total_ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{ms:03d}"
