"""Remarks about subtitles: which were taken, what is wrong with them, which were passed over."""

from __future__ import annotations

from collections.abc import Sequence

from videobatch.errors import InputError
from videobatch.media.captions import Captions
from videobatch.media.container.streams import clock
from videobatch.media.subtitles.covering import Cover
from videobatch.pipeline.words.candidates import Candidate
from videobatch.records import Remark, RemarkCode

MOST_NAMED = 5
# A cue may begin so late after the declared end of the video.
LATE_S = 2.0


def remarks_about(
    candidate: Candidate, captions: Captions, covered: Cover, candidates: Sequence[Candidate]
) -> list[Remark]:
    told = [*flaws(candidate, captions)]
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


def outlasting(candidate: Candidate, captions: Captions, duration_s: float) -> list[Remark]:
    """Cues behind the end of the video: it was cut, or they are of another version of it."""
    last_s = max(said.start_s for said in captions.utterances)
    if not duration_s or last_s <= duration_s + LATE_S:
        return []
    message = (
        f"the subtitles {candidate.name} go on until {clock(last_s)}, the video ends at "
        f"{clock(duration_s)}: they may be of another version, with other times"
    )
    return [Remark(RemarkCode.SUBTITLES_FLAWED, message)]


def flaws(candidate: Candidate, captions: Captions) -> list[Remark]:
    parts = [
        counted(
            captions.unread, "cue whose times cannot be read", "cues whose times cannot be read"
        ),
        counted(captions.stray, "line outside any cue", "lines outside any cue"),
        counted(captions.left_out, "line of signs or songs", "lines of signs or songs"),
    ]
    left = [part for part in parts if part]
    said = [f"left out {' and '.join(left)}"] if left else []
    if captions.broken:
        said.append(counted(captions.broken, "broken character is", "broken characters are")
                    + " marked �")  # fmt: skip
    if captions.doubted:
        said.append(counted(captions.doubted, "word has", "words have")
                    + " characters that may be wrong, since its encoding is not sure")  # fmt: skip
    if captions.restarts:
        said.append("their times begin anew, so that what follows was put behind, at times that "
                    "may be off")  # fmt: skip
    if not said:
        return []
    return [Remark(RemarkCode.SUBTITLES_FLAWED, f"of the subtitles {candidate.name}: "
                   + "; ".join(said))]  # fmt: skip


def counted(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}" if number else ""


def passed_over(candidate: Candidate, error: InputError) -> Remark:
    reason = error.message.removeprefix(f"{candidate.name}: ").removeprefix(f"{candidate.name} ")
    message = f"the subtitles {candidate.name} were passed over: {reason} ({error.hint})"
    return Remark(RemarkCode.SUBTITLES_PASSED_OVER, message)
