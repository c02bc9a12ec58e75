"""A video that is given back by whoever had it."""

from __future__ import annotations

from dataclasses import replace

from videobatch.records import OVERDUE, Death, ErrorKind, ErrorRecord, to_json
from videobatch.state.ledger.part import LedgerPart

_DIED = ErrorRecord(
    ErrorKind.PERMANENT,
    "worker_died",
    "the process that worked on it died again and again, at last with nothing beside it",
    "the file may exhaust memory or crash a decoder; `videobatch dead show` has the evidence",
)
_LATE = ErrorRecord(
    ErrorKind.PERMANENT,
    "time_limit",
    "it took longer than its time limit, and its process, which did not react, was ended for it",
    "where the machine is slow, raise VIDEOBATCH_LIMITS__STAGE_S and VIDEOBATCH_LIMITS__VIDEO_S "
    "(or the *_FACTOR of each), then retry; finished parts are kept",
)


class Releases(LedgerPart):
    """The common step of a task that stops and of a worker whose child is gone."""

    def _release(
        self,
        batch_id: str,
        video_id: str,
        token: str,
        *,
        death: Death | None = None,
        after_s: float = 0.0,
    ) -> str:
        """Gives the video back; planned where there is no `death`. Its new state, '' where the
        token is stale."""
        error = to_json(_given_up("" if death is None else death.how))
        told = "" if death is None else to_json(death)
        delay_ms = round(after_s * 1000)
        args = (batch_id, video_id, token, self._lease_ms, told, error, delay_ms)
        state: str = self._run("ledger/release", *args)
        return state


def _given_up(death: str) -> ErrorRecord:
    """The error of a video whose process died so for the last time, as a dead letter has it."""
    if death == OVERDUE:
        return _LATE
    return replace(_DIED, message=f"{_DIED.message}, by {death}")
