"""The right to work on a video: its claim and fencing token, and the end of whoever held it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from videobatch.records.video import VideoJob

# Between a worker's name and the mark of its life, in what it holds.
LIFE_MARK = "#"
# "<order>-<nonce>"; before version 2 of the ledger, the order alone.
TOKEN = re.compile(r"(\d+)(?:-[0-9a-f]{8})?", re.ASCII)


def token_order(token: str) -> int:
    """The place of a fencing token among those of its video: a later claim's is higher. Whose a
    video is, the whole token says. Raises ValueError for what is none."""
    found = TOKEN.fullmatch(token)
    if found is None:
        raise ValueError(f"not a fencing token: {token!r}")
    return int(found[1])


@dataclass(frozen=True, slots=True)
class Claim:
    """A video that this process now owns, until its lease ends.

    `token` is its fencing token. `publish_only` means that an earlier attempt was committed and
    only the rename of its files is left. `checkpoints` maps a checkpoint's name to its JSON text.
    `wished_ms` is when the document was wished for: what was made for it has a token of a higher
    order (0: not known).
    """

    batch_id: str
    video_id: str
    token: str
    attempt: int
    job: VideoJob
    checkpoints: Mapping[str, str]
    publish_only: bool = False
    result_json: str | None = None
    wished_ms: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """A running video as its worker's main process sees it."""

    batch_id: str
    video_id: str
    token: str
    pid: int


@dataclass(frozen=True, slots=True)
class NoRoom:
    """A claim that took nothing although work waits: the least memory that a video needs, what the
    host's youngest videos have yet to take, and how fast that declines (bytes per second)."""

    need_bytes: int
    promised_bytes: int
    decline_bytes_per_s: int

    def is_over(self, free_bytes: int, after_s: float) -> bool:
        """True where a video would fit beside this free memory so long after the claim."""
        declined = self.decline_bytes_per_s * max(0.0, after_s)
        return free_bytes - max(0.0, self.promised_bytes - declined) >= self.need_bytes


# How the death of a process is told that was ended because it was over its time limit.
OVERDUE = "over its time limit"


@dataclass(frozen=True, slots=True)
class Death:
    """The end of a process while it worked on a video: `how`, in words, whether that speaks against
    the video, and the memory that it held when it was last seen (None: not known)."""

    how: str
    suspect: bool
    rss_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The end of an attempt with its process or its worker, as a dead letter keeps it: a `Death`,
    with when (Unix seconds), where, at which stage, and whether it ran with nothing beside it."""

    how: str
    suspect: bool
    at_s: float
    alone: bool
    rss_bytes: int | None = None
    stage: str | None = None
    worker: str | None = None
