"""Which of a video's subtitles are its transcript, if any is.

One rule for whoever asks: the stage that transcribes, the estimate of what a batch will cost, and
the check of a template's language. Pure but for reading what it decides about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from videobatch.errors import InputError
from videobatch.languages import bcp47, primary
from videobatch.media.captions import Captions
from videobatch.media.container.streams import clock
from videobatch.media.subtitles.covering import Cover, cover
from videobatch.media.subtitles.listening import speech_share
from videobatch.media.subtitles.naming import Label, Mark, label_of_title
from videobatch.media.subtitles.reader import read_embedded, read_sidecar
from videobatch.media.subtitles.sidecars import Listing, find_sidecars, kind_rank, rank
from videobatch.pipeline.text.sentences import words
from videobatch.pipeline.words.transcripts import SUBTITLES
from videobatch.records import (
    Probe,
    Remark,
    RemarkCode,
    SubtitleTrack,
    Transcript,
    Utterance,
)

MOST_NAMED = 5
# A cue may begin so late after the declared end of the video.
LATE_S = 2.0
# A subtitle is known if so many of its words were heard so near.
NEAR_S, SAME_WORDS = 2.0, 0.6
# Subtitles that cover so much take the place of what was heard within their cues.
LEADING, SAME_TIME = 0.4, 0.7
_DEVANAGARI = re.compile(r"[\u0900-\u097f]")
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
)


@dataclass(frozen=True, slots=True)
class SubtitleWish:
    """`languages` in the order in which they are wanted (BCP 47), the one that is `spoken` as far
    as the sound's track tells; `heard` gives those that the recogniser understands (none: any).
    Only where `is_told` is the sound sampled for what nothing but a remark depends on."""

    languages: tuple[str, ...] = ()
    spoken: str | None = None
    heard: Callable[[], Collection[str]] = frozenset
    is_told: bool = True


@dataclass(frozen=True, slots=True)
class SubtitleChoice:
    """The transcript that subtitles are (None: the sound is to be heard), what a few subtitles add
    to one that is heard, and what is to be told. `is_leading` if the few are better than what is
    heard at the same time: whole sentences of a part of the talk, not foreign words or signs."""

    transcript: Transcript | None
    added: tuple[Utterance, ...] = ()
    added_language: str | None = None
    remarks: tuple[Remark, ...] = ()
    is_leading: bool = False


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Subtitles that may be taken. `name` is for a person, `detail` follows the word subtitles."""

    name: str
    detail: str
    said: Label
    read: Callable[[], Captions]

    @property
    def is_forced(self) -> bool:
        return Mark.FORCED in self.said.marks


@dataclass(frozen=True, slots=True)
class _Partial:
    """Subtitles that cover little of what is said."""

    candidate: _Candidate
    captions: Captions
    cover: Cover


def subtitle_wish(
    template_language: str | None,
    setting: str | None,
    probe: Probe,
    heard: Callable[[], Collection[str]] = frozenset,
    *,
    is_told: bool = True,
) -> SubtitleWish:
    """The template's language first, then the one that is set."""
    named = [bcp47(each) for each in (template_language, setting)]
    spoken = bcp47(probe.audio.language) if probe.audio else None
    return SubtitleWish(
        tuple(dict.fromkeys(each for each in named if each)), spoken, heard, is_told
    )


def choose_subtitles(
    path: Path, root: Path, probe: Probe, wanted: SubtitleWish, known: Listing | None = None
) -> SubtitleChoice:
    """The subtitles to be taken, of those beside the video and those in it.

    The first that can be read and covers what is said is the transcript. What covers less is added
    to what is heard, unless the recogniser does not understand its language. Raises as
    `open_media`.
    """
    candidates = _candidates(path, root, probe, wanted, known)
    remarks: list[Remark] = []
    few: list[_Partial] = []
    for candidate in candidates:
        if Mark.COMMENTARY in candidate.said.marks:
            continue
        try:
            captions = candidate.read()
        except InputError as error:
            remarks.append(_passed_over(candidate, error))
            continue
        if not captions.utterances:
            continue
        covered = _cover(path, root, probe, captions, candidate, is_thorough=wanted.is_told)
        if covered.is_whole or probe.audio is None:
            told = [*remarks, *_about(candidate, captions, covered, candidates)]
            told += _outlasting(candidate, captions, probe.duration_s)
            return SubtitleChoice(_transcript(candidate, captions), remarks=tuple(told))
        few.append(_Partial(candidate, captions, covered))
    return _few(few, remarks, wanted, candidates)


def _candidates(
    path: Path, root: Path, probe: Probe, wanted: SubtitleWish, known: Listing | None
) -> list[_Candidate]:
    likely = (*wanted.languages, *([wanted.spoken] if wanted.spoken else []))
    beside = [
        _Candidate(
            each.name,
            each.name,
            each.said,
            partial(read_sidecar, each.path, root, (*each.said.languages, *likely)),
        )
        for each in find_sidecars(path, root, wanted.languages, wanted.spoken, known)
    ]
    inside = [_of_track(path, root, probe, track, likely) for track in probe.subtitles]
    # Of the streams in the language that is spoken; a file was put there by somebody.
    inside.sort(key=lambda each: rank(each.said, wanted.languages, wanted.spoken))
    return sorted([*beside, *inside], key=lambda each: kind_rank(each.said, wanted.languages))


def _of_track(
    path: Path, root: Path, probe: Probe, track: SubtitleTrack, languages: Sequence[str]
) -> _Candidate:
    titled = label_of_title(track.title or "")
    own = bcp47(track.language)
    named = (
        titled.languages if own is None or primary(own) in map(primary, titled.languages) else ()
    )
    marks = set(titled.marks)
    marks |= {Mark.FORCED} if track.forced else set()
    marks |= {Mark.HEARING} if track.hearing_impaired else set()
    marks |= {Mark.COMMENTARY} if track.commentary else set()
    said = Label(named or ((own,) if own else ()), frozenset(marks))
    told = f" ({track.language})" if track.language else ""
    return _Candidate(
        f"stream {track.index}{told}",
        f"stream {track.index}, {track.codec}",
        said,
        partial(read_embedded, path, root, track, probe.joins, (*said.languages, *languages)),
    )


def _cover(
    path: Path,
    root: Path,
    probe: Probe,
    captions: Captions,
    candidate: _Candidate,
    *,
    is_thorough: bool,
) -> Cover:
    """What the subtitles cover. What calls itself forced has to cover it without a look at the
    sound: a few lines in a silent film are no transcript either."""
    duration_s = probe.duration_s or max(said.end_s for said in captions.utterances)

    def share(gaps: Sequence[tuple[float, float]]) -> float:
        return 1.0 if candidate.is_forced else speech_share(path, root, probe, gaps)

    return cover(captions.utterances, duration_s, share, is_thorough=is_thorough)


def _transcript(candidate: _Candidate, captions: Captions) -> Transcript:
    language = _language(candidate, captions)
    return Transcript(language, f"{SUBTITLES} ({candidate.detail})", captions.utterances)


def _language(candidate: _Candidate, captions: Captions) -> str | None:
    """The language by the name, unless the text denies it; by the script where no name tells."""
    named = candidate.said.languages[0] if candidate.said.languages else None
    text = "".join(said.text for said in captions.utterances[:200])
    if named == "hi" and not _DEVANAGARI.search(text):
        return None  # Hearing impaired, not Hindi.
    if named is None:
        return next((code for code, script in _SCRIPTS if len(script.findall(text)) >= 4), None)
    return named


def _about(
    candidate: _Candidate, captions: Captions, covered: Cover, candidates: Sequence[_Candidate]
) -> list[Remark]:
    told = [*_flaws(candidate, captions)]
    if covered.is_gapped:
        told.append(
            Remark(
                RemarkCode.SUBTITLES_PARTIAL,
                f"the subtitles {candidate.name} have no words for about "
                f"{clock(covered.missing_s)} of sound that may be speech, "
                f"most of it from {clock(covered.first_hole_s)} on",
            )
        )
    others = [each.name for each in candidates if each is not candidate]
    if others:
        more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
        names = ", ".join(others[:MOST_NAMED]) + more
        message = f"the words are from the subtitles {candidate.name}; there are also {names}"
        told.append(Remark(RemarkCode.SUBTITLES_CHOSEN, message))
    return told


def _outlasting(candidate: _Candidate, captions: Captions, duration_s: float) -> list[Remark]:
    """Cues behind the end of the video: it was cut, or they are of another version of it."""
    last_s = max(said.start_s for said in captions.utterances)
    if not duration_s or last_s <= duration_s + LATE_S:
        return []
    message = (
        f"the subtitles {candidate.name} go on until {clock(last_s)}, the video ends at "
        f"{clock(duration_s)}: they may be of another version, with other times"
    )
    return [Remark(RemarkCode.SUBTITLES_FLAWED, message)]


def _flaws(candidate: _Candidate, captions: Captions) -> list[Remark]:
    parts = [
        _counted(
            captions.unread, "cue whose times cannot be read", "cues whose times cannot be read"
        ),
        _counted(captions.stray, "line outside any cue", "lines outside any cue"),
        _counted(captions.left_out, "line of signs or songs", "lines of signs or songs"),
    ]
    left = [part for part in parts if part]
    said = [f"left out {' and '.join(left)}"] if left else []
    if captions.broken:
        said.append(_counted(captions.broken, "broken character is", "broken characters are")
                    + " marked �")  # fmt: skip
    if captions.doubted:
        said.append(_counted(captions.doubted, "word has", "words have")
                    + " characters that may be wrong, since its encoding is not sure")  # fmt: skip
    if captions.restarts:
        said.append("their times begin anew, so that what follows was put behind, at times that "
                    "may be off")  # fmt: skip
    if not said:
        return []
    return [Remark(RemarkCode.SUBTITLES_FLAWED, f"of the subtitles {candidate.name}: "
                   + "; ".join(said))]  # fmt: skip


def _counted(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}" if number else ""


def _passed_over(candidate: _Candidate, error: InputError) -> Remark:
    reason = error.message.removeprefix(f"{candidate.name}: ").removeprefix(f"{candidate.name} ")
    message = f"the subtitles {candidate.name} were passed over: {reason} ({error.hint})"
    return Remark(RemarkCode.SUBTITLES_PASSED_OVER, message)


def _few(
    few: Sequence[_Partial],
    remarks: list[Remark],
    wanted: SubtitleWish,
    candidates: Sequence[_Candidate],
) -> SubtitleChoice:
    """What is left where no subtitles cover what is said."""
    if not few:
        return SubtitleChoice(None, remarks=tuple(remarks))
    best = max(few, key=lambda each: (not each.candidate.is_forced, each.cover.share))
    language = _language(best.candidate, best.captions)
    if _is_all_there_is(best, language, wanted):
        told = [*remarks, *_about(best.candidate, best.captions, best.cover, candidates)]
        return SubtitleChoice(_transcript(best.candidate, best.captions), remarks=tuple(told))
    said = best.captions.utterances
    remarks.append(
        Remark(
            RemarkCode.SUBTITLES_PARTIAL,
            f"the subtitles {best.candidate.name} cover only {100 * best.cover.share:.0f} % of "
            f"what seems to be said, so the sound is heard; the "
            f"{_counted(len(said), 'cue', 'cues')} go with it where the language is the same",
        )
    )
    remarks.extend(_flaws(best.candidate, best.captions))
    is_leading = best.cover.share >= LEADING and not best.candidate.is_forced
    return SubtitleChoice(None, said, language, tuple(remarks), is_leading)


def _is_all_there_is(best: _Partial, language: str | None, wanted: SubtitleWish) -> bool:
    """True where to hear the sound would give nonsense: its language is one that the recogniser
    does not understand, as far as the subtitles tell."""
    if best.candidate.is_forced or language is None:
        return False
    heard = wanted.heard()
    return bool(heard) and primary(language) not in heard and primary(wanted.spoken) not in heard


def may_be_of_language(transcript: Transcript, language: str) -> bool:
    """True where the subtitles are in the language, or name none and are not in another script."""
    if transcript.language is not None:
        return primary(transcript.language) == language
    scripts = dict(_SCRIPTS)
    text = "".join(said.text for said in transcript.utterances[:200])
    return language not in scripts or bool(scripts[language].search(text))


def with_subtitles(heard: Transcript, found: SubtitleChoice) -> Transcript:
    """What was heard, with the words of a few subtitles that are not among it already."""
    one, other = primary(heard.language), primary(found.added_language)
    if not found.added or (one is not None and other is not None and one != other):
        return heard
    kept: Sequence[Utterance] = heard.utterances
    if found.is_leading:
        kept = [said for said in kept if not _is_within(said, found.added)]
    new = [said for said in found.added if not _is_known(said, kept)]
    together = sorted([*kept, *new], key=lambda said: said.start_s)
    return replace(heard, utterances=tuple(together))


def _is_within(heard: Utterance, added: Sequence[Utterance]) -> bool:
    """True for what was heard almost wholly while subtitles were shown."""
    shared_s = sum(
        max(0.0, min(heard.end_s, other.end_s) - max(heard.start_s, other.start_s))
        for other in added
    )
    return shared_s >= SAME_TIME * (heard.end_s - heard.start_s) > 0


def _is_known(said: Utterance, heard: Sequence[Utterance]) -> bool:
    """True if most words of the subtitle were heard at about that time."""
    near = " ".join(
        other.text
        for other in heard
        if other.start_s < said.end_s + NEAR_S and other.end_s > said.start_s - NEAR_S
    )
    known, own = set(words(near)), words(said.text)
    return bool(own) and sum(word in known for word in own) >= SAME_WORDS * len(own)
