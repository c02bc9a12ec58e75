"""Batches and their videos, as a submit or a recover writes them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice

from videobatch.records import PERSON, ErrorRecord, Pause, VideoJob, VideoResult, to_json
from videobatch.state.commands import Commands
from videobatch.state.job_places import job_in_ledger
from videobatch.state.kinds import DEFAULT_KIND, need_kind
from videobatch.state.ledger.part import LedgerPart

# So many videos in one script: others wait for Redis while it runs.
ADDED_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class NewVideo:
    """One video for `add_videos`.

    `cost_s` is the work it is expected to be, in seconds of one worker; `need_bytes` the memory,
    until some of its `kind` have shown what they take. An `error` makes it failed at once; a
    `result` says that it was made before, or cancelled.
    """

    video_id: str
    job: VideoJob
    cost_s: float = 1.0
    need_bytes: int = 0
    kind: str = DEFAULT_KIND
    priority: int = 0
    error: ErrorRecord | None = None
    result: VideoResult | None = None

    def arguments(self) -> tuple[str | float | int, ...]:
        return (
            self.video_id,
            self.job.name,
            to_json(self.job),
            self.job.fingerprint,
            self.job.identity,
            self.cost_s,
            need_kind(self.kind, self.need_bytes),
            self.priority,
            to_json(self.error) if self.error else "",
            to_json(self.result) if self.result else "",
        )


class Submissions(LedgerPart):
    """New batches, new videos, and the mark of the ledger itself."""

    def life(self) -> str:
        """A mark that is made with the ledger and lost with it: another one means other data."""
        key = self.store.keys.life

        def mark(redis: Commands) -> str | None:
            redis.set(key, secrets.token_hex(8), nx=True)
            return redis.get(key)

        return self.store.ask(mark) or ""

    def open_batch(
        self,
        batch_id: str,
        *,
        name: str,
        out_uri: str,
        root_uri: str,
        provider: str,
        umask: int | None = None,
        paused_for: str = "",
    ) -> bool:
        """Creates the batch, or opens it again; True if it is new. Its report is written by the
        `umask`. With `paused_for` a batch that there is stays as it is, and a new one waits, for
        that reason, until a person resumes it."""
        out, root = map(self.places.to_ledger, (out_uri, root_uri))
        pause = to_json(Pause(PERSON, paused_for)) if paused_for else ""
        mask = "" if umask is None else umask
        return bool(
            self._run("ledger/open_batch", batch_id, name, out, root, provider, 1, mask, pause)
        )

    def add_videos(
        self, batch_id: str, videos: Iterable[NewVideo], *, planned_s: float | None = None
    ) -> dict[str, str]:
        """Adds videos; maps each id to `added`, `again`, `open` or `busy` (see the script).

        What was made since `planned_s` (by Redis' clock) is not made again: whoever looked for
        its document then could not find it.
        """
        return self._add(batch_id, videos, -1 if planned_s is None else int(planned_s * 1000))

    def add_unknown(self, batch_id: str, videos: Iterable[NewVideo]) -> dict[str, str]:
        """Adds those of the videos that the ledger does not know, and leaves others as they are:
        maps each id to `added` or `known`. Safe to repeat."""
        return self._add(batch_id, videos, -2)

    def _add(self, batch_id: str, videos: Iterable[NewVideo], planned_ms: int) -> dict[str, str]:
        answers: dict[str, str] = {}
        remaining = iter(videos)
        while chunk := list(islice(remaining, ADDED_AT_ONCE)):
            args = [value for video in chunk for value in self._in_ledger(video).arguments()]
            replies: list[str] = self._run("ledger/add_videos", batch_id, planned_ms, *args)
            answers.update(zip((video.video_id for video in chunk), replies, strict=True))
        return answers

    def _in_ledger(self, video: NewVideo) -> NewVideo:
        return replace(video, job=job_in_ledger(video.job, self.places))
