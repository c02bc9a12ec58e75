"""Gaps: what nobody transcribed of a video, told as its segments come in, and when they are so
many that the video fails."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from videobatch.errors import REFUSED, PermanentError
from videobatch.pipeline.text.markdown import stamp
from videobatch.pipeline.text.phrases import Phrases, remark
from videobatch.ports import Spoken
from videobatch.providers.hearing.parts import joined
from videobatch.records import Gap, Remark, RemarkCode, Utterance

# So many segments in a row, none of them heard: all would be lost.
PATIENCE_SEGMENTS = 3
SHOWN_STRETCHES, SHOWN_REASONS = 5, 5


class Losses:
    """The gaps of a video, as its segments come in."""

    def __init__(self) -> None:
        self.gaps: tuple[Gap, ...] = ()
        self._is_heard = False
        self._lost = 0
        self._first: PermanentError | None = None

    def note(self, spoken: Spoken) -> tuple[Utterance, ...]:
        """The utterances. Raises the first error where the first segments are lost one after the
        other, and not because of what is said in them: then all would be."""
        self.gaps = joined((*self.gaps, *spoken.gaps))
        self._is_heard = self._is_heard or spoken.is_heard
        if spoken.error and not spoken.is_heard:
            self._lost += 1
            self._first = self._first or spoken.error
            is_refusal = self._first.code == REFUSED
            if not self._is_heard and not is_refusal and self._lost >= PATIENCE_SEGMENTS:
                raise self._first
        return spoken.utterances

    def check(self, *, has_pictures: bool) -> None:
        """Raises the first error where nothing was heard at all, unless the provider refused what
        is said, and there are pictures to make a document of."""
        if self._first is None or self._is_heard:
            return
        if not (has_pictures and self._first.code == REFUSED):
            raise self._first

    @property
    def seconds(self) -> float:
        """The seconds that they are together."""
        return sum(gap.end_s - gap.start_s for gap in self.gaps)

    def remarks(self) -> tuple[Remark, ...]:
        """Tells a reader who refused what."""
        ordered = sorted(self.gaps, key=lambda gap: (gap.by, gap.why))
        groups: list[tuple[str, str | None, list[Gap]]] = [
            (by, why, list(gaps))
            for (by, why), gaps in groupby(ordered, key=lambda gap: (gap.by, gap.why))
        ]
        if len(groups) > SHOWN_REASONS:
            others = [gap for _, _, gaps in groups[SHOWN_REASONS - 1 :] for gap in gaps]
            groups[SHOWN_REASONS - 1 :] = [(others[0].by, None, others)]
        return tuple(_remark(*group) for group in groups)


def _remark(by: str, why: str | None, gaps: Sequence[Gap]) -> Remark:
    return remark(RemarkCode.GAP, lambda say: _told(say, by, why, gaps))


def _told(say: Phrases, by: str, why: str | None, gaps: Sequence[Gap]) -> str:
    shown = [
        say.tell("stretch", start=stamp(gap.start_s), end=stamp(gap.end_s))
        for gap in gaps[:SHOWN_STRETCHES]
    ]
    stretches = say.enumerated(shown, len(gaps) - SHOWN_STRETCHES)
    return say.tell("gap", stretches=stretches, by=by, why=why or say.tell("several_reasons"))
