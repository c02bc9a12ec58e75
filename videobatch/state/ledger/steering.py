"""A person's word, and the engine's own reasons to pause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from videobatch.records import PERSON, GoneModel, Pause, to_json
from videobatch.state.commands import Commands
from videobatch.state.ledger.part import LedgerPart

STEERED_AT_ONCE = 30
FORGOTTEN_VIDEOS = 40
Steer = Literal["pause", "resume", "cancel"]


@dataclass(frozen=True, slots=True)
class Steered:
    """The effect of a pause, resume or cancel: the new state, how many videos changed theirs, and
    how many still run."""

    state: str
    moved: int
    running: int


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The fate of a batch that was to be forgotten: `gone`, '' (there was none), `running` (the
    number of videos that are being made, or put in place), or `opened` (by a person meanwhile)."""

    what: str
    count: int


class Steering(LedgerPart):
    """Pauses, resumes and cancels; another try for what has ended, or none; a batch taken out."""

    def steer(
        self, batch_id: str, what: Steer, *, video_id: str = "", now: bool = False
    ) -> Steered | None:
        """Pauses, resumes or cancels a batch or a video by a person's word; None if there is no
        such one.

        A pause lets running videos come to their end, unless `now`. A resume takes back every
        pause, the engine's too; where a reason still holds, the engine finds it again. Safe to
        repeat.
        """
        pause = Pause(PERSON, "by hand")
        return self._steer(batch_id, what, pause, video_id=video_id, now=now)

    def pause_for(self, batch_id: str, pause: Pause) -> Steered | None:
        """Pauses a batch for a reason of the engine's own, beside others that it may have. What
        runs goes on, unless a person wants it to stop. Safe to repeat."""
        return self._steer(batch_id, "pause", pause)

    def lift(self, batch_id: str, pause: Pause) -> Steered | None:
        """Takes back a pause of the engine's own as it was read; the batch is open when none is
        left. Safe to repeat."""
        return self._steer(batch_id, "resume", pause)

    def _steer(
        self, batch_id: str, what: Steer, pause: Pause, *, video_id: str = "", now: bool = False
    ) -> Steered | None:
        moved = 0
        args = (batch_id, video_id, what, int(now), pause.cause, STEERED_AT_ONCE, to_json(pause))
        while True:
            reply = self._run("ledger/steer", *args)
            state, *counts = reply
            if not state:
                return None
            moved += counts[0]
            if not counts[2]:
                return Steered(state, moved, running=counts[1])

    def replace_model(self, batch_id: str, gone: GoneModel, successor: str) -> bool:
        """Has the batch's videos use the successor where they name the model that is gone; False if
        there is no such batch. Safe to repeat."""
        args = (batch_id, gone.group, gone.model, successor)
        return bool(self._run("ledger/replace_model", *args))

    def successor(self, batch_id: str, group: str, model: str) -> str:
        """The model that the batch uses where a job names this one to hear or to write: itself,
        unless a person has named another in its place."""
        key = self.store.keys.batch(batch_id)

        def read(redis: Commands) -> dict[str, str]:
            return dict(redis.hgetall(key))

        fields, seen = self.store.ask(read), {model}
        while (found := fields.get(f"instead:{group}:{model}")) and found not in seen:
            seen.add(found)
            model = found
        return model

    def retry(self, batch_id: str, video_id: str, *, done_too: bool = False) -> str:
        """Lets a video that failed (or, with `done_too`, any that ended) begin again; its state,
        '' if there is none."""
        state: str = self._run("ledger/retry", batch_id, video_id, int(done_too))
        return state

    def drop(self, batch_id: str, video_id: str) -> str:
        """Takes a video off the dead letters; its state (failed), '' if there is none."""
        state: str = self._run("ledger/drop", batch_id, video_id)
        return state

    def forget(self, batch_id: str) -> Forgotten:
        """Takes a batch out of the ledger, in steps that hold nobody up, and tells its fate. One
        that is being worked on has to be cancelled first. Its files stay. Safe to repeat."""
        begin = 1
        while True:
            what, count = self._run("ledger/forget", batch_id, FORGOTTEN_VIDEOS, begin)
            if what != "left":
                # A lost answer to the last step leaves no batch.
                return Forgotten("gone" if not what and not begin else what, count)
            begin = 0
