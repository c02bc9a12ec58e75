"""A transcript as subtitle files that players read: SRT and WebVTT.

pysubs2, which reads such files for us, does not write them: it knows no voices and no escapes of
WebVTT, and takes `{…}` and `\\N` in what was said for markup.
"""

from __future__ import annotations

from collections.abc import Iterable

from videobatch.pipeline.words.cues.making import Cue, cues_of
from videobatch.records import Transcript

# The `source` of a transcript begins with this where its words are from subtitles.
SUBTITLES = "subtitles"
LOOK_ALIKES = str.maketrans("<>{}", "‹›()")


def cues(transcript: Transcript) -> tuple[Cue, ...]:
    """The transcript as cues that can be read; the author's own where it is from subtitles."""
    return cues_of(transcript.utterances, is_authored=transcript.source.startswith(SUBTITLES))


def to_srt(shown: Iterable[Cue]) -> str:
    """The cues as SubRip, a name where another one begins to speak; "" without cues."""
    blocks = [
        f"{number}\n{_times(cue, ',')}\n" + "\n".join(map(_srt_text, cue.lines)) + "\n"
        for number, cue in enumerate(shown, 1)
    ]
    return "\n".join(blocks)


def to_vtt(shown: Iterable[Cue]) -> str:
    """The cues as WebVTT, with their voices; its header alone without cues."""
    blocks = [f"{_times(cue, '.')}\n{_vtt_text(cue)}\n" for cue in shown]
    return "\n".join(["WEBVTT\n", *blocks])


def _srt_text(line: str) -> str:
    # Players read <b> and {\an8} as markup, and SRT has no escapes: look-alikes instead.
    return line.translate(LOOK_ALIKES)


def _vtt_text(cue: Cue) -> str:
    voice = f"<v {_escaped(cue.speaker)}>" if cue.speaker else ""
    lines = [cue.lines[0].removeprefix(cue.label).lstrip(), *cue.lines[1:]]
    return voice + "\n".join(_escaped(line) for line in lines if line)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _times(cue: Cue, point: str) -> str:
    return f"{_time(cue.start_ms, point)} --> {_time(cue.end_ms, point)}"


def _time(at_ms: int, point: str) -> str:
    seconds, ms = divmod(at_ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{ms:03d}"
