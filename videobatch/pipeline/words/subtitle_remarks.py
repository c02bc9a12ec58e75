"""Remarks about subtitles: which were taken, what is wrong with them, which were passed over."""

from __future__ import annotations

from collections.abc import Sequence

from videobatch.errors import InputError
from videobatch.media.captions import Captions
from videobatch.media.container.streams import clock
from videobatch.media.subtitles.covering import Cover
from videobatch.pipeline.text.phrases import MAIN, PHRASES, Phrases, remark
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
            remark(
                RemarkCode.SUBTITLES_PARTIAL,
                lambda say: say.tell(
                    "subtitles_holes",
                    name=candidate.name,
                    missing=clock(covered.missing_s),
                    at=clock(covered.first_hole_s),
                ),
            )
        )
    others = [each.name for each in candidates if each is not candidate]
    if others:
        told.append(
            remark(
                RemarkCode.SUBTITLES_CHOSEN,
                lambda say: say.tell(
                    "subtitles_chosen",
                    name=candidate.name,
                    others=say.enumerated(others[:MOST_NAMED], len(others) - MOST_NAMED),
                ),
            )
        )
    return told


def outlasting(candidate: Candidate, captions: Captions, duration_s: float) -> list[Remark]:
    """Cues behind the end of the video: it was cut, or they are of another version of it."""
    last_s = max(said.start_s for said in captions.utterances)
    if not duration_s or last_s <= duration_s + LATE_S:
        return []
    last, end = clock(last_s), clock(duration_s)
    return [
        remark(
            RemarkCode.SUBTITLES_FLAWED,
            lambda say: say.tell("subtitles_outlasting", name=candidate.name, last=last, end=end),
        )
    ]


def flaws(candidate: Candidate, captions: Captions) -> list[Remark]:
    if not _flaws(PHRASES[MAIN], captions):
        return []

    def told(say: Phrases) -> str:
        listed = say.tell("flaws_between").join(_flaws(say, captions))
        return say.tell("subtitles_flawed", name=candidate.name, flaws=listed)

    return [remark(RemarkCode.SUBTITLES_FLAWED, told)]


def _flaws(say: Phrases, captions: Captions) -> list[str]:
    parts = [
        say.counted(captions.unread, "unread_cue", "unread_cues"),
        say.counted(captions.stray, "stray_line", "stray_lines"),
        say.counted(captions.left_out, "sign", "signs"),
    ]
    left = say.tell("left_out_between").join(part for part in parts if part)
    said = [
        say.tell("left_out", parts=left) if left else "",
        say.counted(captions.broken, "broken", "broken_many"),
        say.counted(captions.doubted, "doubted", "doubted_many"),
        say.tell("restarts") if captions.restarts else "",
    ]
    return [each for each in said if each]


def passed_over(candidate: Candidate, error: InputError) -> Remark:
    reason = error.message.removeprefix(f"{candidate.name}: ").removeprefix(f"{candidate.name} ")
    return remark(
        RemarkCode.SUBTITLES_PASSED_OVER,
        lambda say: say.tell(
            "subtitles_passed_over", name=candidate.name, problem=reason, hint=error.hint
        ),
    )
