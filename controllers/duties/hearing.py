"""Hearing: the workers' samples are read once in a round, for all duties."""

from __future__ import annotations

from dataclasses import dataclass

from controllers.duties.duty import Round
from controllers.duties.leading import Leading
from videobatch.state.samples import SampleStore


@dataclass(slots=True)
class Hearing:
    """Reads who lives, with which slots, and which leader they obeyed last: a leader's token must
    be higher than any that they have heard of."""

    samples: SampleStore
    leading: Leading
    due_s: float = 0.0

    def run(self, now: Round) -> None:
        """The round has the readings, and the slots that the workers have been told."""
        now.readings = self.samples.alive()
        samples = [reading.sample for reading in now.readings.values()]
        self.leading.heard = max((sample.leader_token for sample in samples), default=0)
        now.slots = sum(sample.slots for sample in samples)
