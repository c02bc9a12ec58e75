"""The choice among a video's subtitles: those that are its transcript, if any are.

One rule for whoever asks: the stage that transcribes, the estimate of what a batch will cost, and
the check of a template's language. Pure but for reading what it decides about.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from videobatch.errors import InputError
from videobatch.languages import bcp47, primary
from videobatch.media.captions import Captions
from videobatch.media.subtitles.covering import Cover, cover
from videobatch.media.subtitles.listening import speech_share
from videobatch.media.subtitles.naming import Mark
from videobatch.media.subtitles.sidecars import Listing
from videobatch.pipeline.text.phrases import remark
from videobatch.pipeline.words.candidates import (
    Candidate,
    candidates_of,
    language_of,
    transcript_of,
)
from videobatch.pipeline.words.subtitle_remarks import (
    flaws,
    outlasting,
    passed_over,
    remarks_about,
)
from videobatch.records import Probe, Remark, RemarkCode, Transcript, Utterance

# A few subtitles that cover so much take the place of what was heard within their cues.
LEADING = 0.4


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
class _Partial:
    """Subtitles that cover little of what is said."""

    candidate: Candidate
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
    candidates = candidates_of(path, root, probe, wanted.languages, wanted.spoken, known)
    remarks: list[Remark] = []
    few: list[_Partial] = []
    for candidate in candidates:
        if Mark.COMMENTARY in candidate.label.marks:
            continue
        try:
            captions = candidate.read()
        except InputError as error:
            remarks.append(passed_over(candidate, error))
            continue
        if not captions.utterances:
            continue
        covered = _cover(path, root, probe, captions, candidate, is_thorough=wanted.is_told)
        if covered.is_whole or probe.audio is None:
            told = [*remarks, *remarks_about(candidate, captions, covered, candidates)]
            told += outlasting(candidate, captions, probe.duration_s)
            return SubtitleChoice(transcript_of(candidate, captions), remarks=tuple(told))
        few.append(_Partial(candidate, captions, covered))
    return _few(few, remarks, wanted, candidates)


def _cover(
    path: Path,
    root: Path,
    probe: Probe,
    captions: Captions,
    candidate: Candidate,
    *,
    is_thorough: bool,
) -> Cover:
    """The coverage of the subtitles. What calls itself forced has to cover it without a look at the
    sound: a few lines in a silent film are no transcript either."""
    duration_s = probe.duration_s or max(said.end_s for said in captions.utterances)

    def share(gaps: Sequence[tuple[float, float]]) -> float:
        return 1.0 if candidate.is_forced else speech_share(path, root, probe, gaps)

    return cover(captions.utterances, duration_s, share, is_thorough=is_thorough)


def _few(
    few: Sequence[_Partial],
    remarks: list[Remark],
    wanted: SubtitleWish,
    candidates: Sequence[Candidate],
) -> SubtitleChoice:
    """The choice that is left where no subtitles cover what is said."""
    if not few:
        return SubtitleChoice(None, remarks=tuple(remarks))
    best = max(few, key=lambda each: (not each.candidate.is_forced, each.cover.share))
    language = language_of(best.candidate, best.captions)
    if _is_all_there_is(best, language, wanted):
        told = [*remarks, *remarks_about(best.candidate, best.captions, best.cover, candidates)]
        return SubtitleChoice(transcript_of(best.candidate, best.captions), remarks=tuple(told))
    said = best.captions.utterances
    remarks.append(
        remark(
            RemarkCode.SUBTITLES_PARTIAL,
            lambda say: say.tell(
                "subtitles_partial",
                name=best.candidate.name,
                percent=f"{100 * best.cover.share:.0f}",
                cues=say.counted(len(said), "cue", "cues"),
            ),
        )
    )
    remarks.extend(flaws(best.candidate, best.captions))
    is_leading = best.cover.share >= LEADING and not best.candidate.is_forced
    return SubtitleChoice(None, said, language, tuple(remarks), is_leading)


def _is_all_there_is(best: _Partial, language: str | None, wanted: SubtitleWish) -> bool:
    """True where to hear the sound would give nonsense: its language is one that the recogniser
    does not understand, as far as the subtitles tell."""
    if best.candidate.is_forced or language is None:
        return False
    heard = wanted.heard()
    return bool(heard) and primary(language) not in heard and primary(wanted.spoken) not in heard
