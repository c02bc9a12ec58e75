"""A batch as it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from videobatch.paths import Places
from videobatch.records import UNCHECKED, Checked, Pause, VideoState, from_json
from videobatch.state.costs import MICROS

OPEN_STATES = (
    VideoState.PENDING,
    VideoState.RUNNING,
    VideoState.WAITING,
    VideoState.COMMITTED,
    VideoState.PAUSED,
)
PAUSE = "pause:"


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch: its folders, how many of its videos are in each state, and why it is paused: it goes
    on when none of its `pauses` is left. `paid_usd` is what its calls cost, with those that are
    out; `unwritten` how many documents were made without their language model, by reason; `checked`
    what became of the statements of those with one. `ended_s` is when its last video ended. Times
    in Unix seconds."""

    batch_id: str
    name: str
    state: str
    out_uri: str
    root_uri: str
    provider: str
    submitted_s: float
    total: int
    counts: Mapping[VideoState, int]
    pauses: tuple[Pause, ...] = ()
    paid_usd: float = 0.0
    unwritten: Mapping[str, int] = field(default_factory=dict)
    umask: int | None = None
    checked: Checked = UNCHECKED
    ended_s: float | None = None

    @property
    def reason(self) -> str | None:
        """The reasons for all of its pauses, in words; what is said of two of them, once."""
        return "; ".join(dict.fromkeys(pause.in_words for pause in self.pauses)) or None

    @property
    def resume_s(self) -> float | None:
        """The time at which it goes on by itself, as far as is known."""
        times = [pause.resume_s for pause in self.pauses]
        return None if not times or None in times else max(t for t in times if t is not None)

    @property
    def made_videos(self) -> int:
        """The number of its documents."""
        return sum(self.counts.get(state, 0) for state in (VideoState.DONE, VideoState.PARTIAL))

    @property
    def open_videos(self) -> int:
        return sum(self.counts.get(state, 0) for state in OPEN_STATES)


def batch_view(
    batch_id: str, fields: Mapping[str, str], paid: str | None, places: Places
) -> BatchView:
    """The batch from its hash, and what was paid for it."""
    counts = {state: int(fields.get(f"n:{state.value}", 0)) for state in VideoState}
    return BatchView(
        batch_id=batch_id,
        name=fields["name"],
        state=fields["state"],
        out_uri=places.to_here(fields["out_uri"]),
        root_uri=places.to_here(fields["root_uri"]),
        provider=fields["provider"],
        submitted_s=int(fields["submitted_ms"]) / 1000,
        total=int(fields.get("total", 0)),
        counts=counts,
        pauses=_pauses(fields),
        umask=int(fields["umask"]) if fields.get("umask") else None,
        paid_usd=int(paid or 0) / MICROS,
        unwritten=_unwritten(fields),
        checked=Checked(int(fields.get("checked", 0)), int(fields.get("found", 0))),
        ended_s=int(fields["ended"]) / 1e6 if fields.get("ended") else None,
    )


def _pauses(fields: Mapping[str, str]) -> tuple[Pause, ...]:
    """A person's first, the others by their cause."""
    found = [from_json(Pause, text) for name, text in fields.items() if name.startswith(PAUSE)]
    return tuple(sorted(found, key=lambda pause: (not pause.is_by_person, pause.cause)))


def _unwritten(fields: Mapping[str, str]) -> dict[str, int]:
    """The counts by reason, the commonest first."""
    mark = "unwritten:"
    found = {n.removeprefix(mark): int(c) for n, c in fields.items() if n.startswith(mark)}
    return {r: c for r, c in sorted(found.items(), key=lambda each: (-each[1], each[0])) if c > 0}
