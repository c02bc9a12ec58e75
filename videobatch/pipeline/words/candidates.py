"""The subtitles that a video could take its words from, those beside it and those in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from videobatch.languages import bcp47, primary
from videobatch.media.captions import Captions
from videobatch.media.subtitles.naming import Label, Mark, label_of_title
from videobatch.media.subtitles.reader import read_embedded, read_sidecar
from videobatch.media.subtitles.sidecars import Listing, find_sidecars, kind_rank, rank
from videobatch.pipeline.text.script import language_of_script
from videobatch.pipeline.words.transcripts import SUBTITLES
from videobatch.records import Probe, SubtitleTrack, Transcript

_DEVANAGARI = re.compile(r"[\u0900-\u097f]")
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Subtitles that may be taken. `name` is for a person, `detail` follows the word subtitles."""

    name: str
    detail: str
    label: Label
    read: Callable[[], Captions]

    @property
    def is_forced(self) -> bool:
        return Mark.FORCED in self.label.marks


def candidates_of(
    path: Path,
    root: Path,
    probe: Probe,
    wanted: Sequence[str],
    spoken: str | None,
    known: Listing | None = None,
) -> list[Candidate]:
    """All of them, the likeliest first: in the languages that are `wanted`, else in the one that
    is `spoken` (BCP 47)."""
    likely = (*wanted, *([spoken] if spoken else []))
    beside = [
        Candidate(
            each.name,
            each.name,
            each.label,
            partial(read_sidecar, each.path, root, (*each.label.languages, *likely)),
        )
        for each in find_sidecars(path, root, wanted, spoken, known)
    ]
    inside = [_of_track(path, root, probe, track, likely) for track in probe.subtitles]
    # Of the streams in the language that is spoken; a file was put there by somebody.
    inside.sort(key=lambda each: rank(each.label, wanted, spoken))
    return sorted([*beside, *inside], key=lambda each: kind_rank(each.label, wanted))


def _of_track(
    path: Path, root: Path, probe: Probe, track: SubtitleTrack, languages: Sequence[str]
) -> Candidate:
    titled = label_of_title(track.title or "")
    own = bcp47(track.language)
    named = (
        titled.languages if own is None or primary(own) in map(primary, titled.languages) else ()
    )
    marks = set(titled.marks)
    marks |= {Mark.FORCED} if track.forced else set()
    marks |= {Mark.HEARING} if track.hearing_impaired else set()
    marks |= {Mark.COMMENTARY} if track.commentary else set()
    label = Label(named or ((own,) if own else ()), frozenset(marks))
    told = f" ({track.language})" if track.language else ""
    return Candidate(
        f"stream {track.index}{told}",
        f"stream {track.index}, {track.codec}",
        label,
        partial(read_embedded, path, root, track, probe.joins, (*label.languages, *languages)),
    )


def transcript_of(candidate: Candidate, captions: Captions) -> Transcript:
    """The captions as the transcript, under the candidate's name."""
    language = language_of(candidate, captions)
    return Transcript(language, f"{SUBTITLES} ({candidate.detail})", captions.utterances)


def language_of(candidate: Candidate, captions: Captions) -> str | None:
    """The language by the name, unless the text denies it; by the script where no name tells."""
    named = candidate.label.languages[0] if candidate.label.languages else None
    text = "".join(said.text for said in captions.utterances[:200])
    if named == "hi" and not _DEVANAGARI.search(text):
        return None  # Hearing impaired, not Hindi.
    if named is None:
        return next((code for code, script in _SCRIPTS if len(script.findall(text)) >= 4), None)
    script = dict(_SCRIPTS).get(primary(named) or "")
    if script is not None and not script.search(text) and any(map(str.isalpha, text)):
        return None  # A name that the text denies.
    return named


def may_be_of_language(transcript: Transcript, language: str) -> bool:
    """True where the subtitles are in the language, or name none and are not in another script: a
    name in another one makes no language."""
    script = language_of_script(said.text for said in transcript.utterances)
    if transcript.language is not None:
        named = primary(transcript.language)
        return named == language and (script is None or script == language)
    return script == language if language in dict(_SCRIPTS) else script is None
