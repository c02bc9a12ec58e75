"""One video, a real ledger and a worker's desk: what an attempt works with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from redis import Redis

from tasks.attempt import attempt
from tasks.desk.desk import Desk
from tasks.desk.present import Present
from tests.support.keys import KEYS
from tests.support.pipeline import StubTranscriber, job_of, tools_of
from tests.support.world import BATCH, VIDEO, World
from videobatch.paths import Places, to_uri
from videobatch.pipeline.retry import RetryOptions
from videobatch.pipeline.stopwatch import TimeLimits
from videobatch.records import Claim, ErrorRecord, VideoState
from videobatch.state.alerts import Alerts
from videobatch.state.keys import member
from videobatch.state.ledger import Ledger, NewVideo
from videobatch.state.store import Store
from videobatch.telemetry.peak import PeakMemory

SOON_S = 5.0
NAME = "a.mkv"


class AttemptWorld(World):
    """A ledger with one video, and the folder that its document goes to."""

    def __init__(self, client: Redis, path: Path, out: Path) -> None:
        super().__init__(client, patience_s=SOON_S)
        self.out, self.folder = out, out / NAME
        self.stub = StubTranscriber()
        self.is_stopping = False
        self.places = Places()
        self.abandoned = 0
        self.works: list[str | None] = []
        self.ledger.sweep()
        self.open(out=out, root_uri=to_uri(path.parent))
        self.add(NewVideo(VIDEO, job_of(path, out, name=NAME, min_gap_s=1.0)))

    def taken(self, worker: str = "w1", pid: int = 1) -> Claim:
        """The video, taken by a child of that worker, which is its host's only one."""
        return self.take(worker=worker, host=worker, pid=pid)

    def attempt(self, claim: Claim | None = None) -> Claim:
        """Claims, and brings it to an end; the claim."""
        claim = claim or self.taken()
        attempt(self.desk(), claim)
        return claim

    @property
    def alerts(self) -> Alerts:
        return Alerts(Store(self.client, "vb"))

    def desk(self) -> Desk:
        return Desk(
            worker="w1",
            host="w1",
            patient=self.ledger,
            brisk=Ledger(Store(self.client, "vb", patience_s=0.0)),
            views=self.views,
            tools=tools_of(self.stub),
            retry=RetryOptions(attempts=3, base_s=0.01, cap_s=0.01),
            limits=TimeLimits(),
            is_stopping=lambda: self.is_stopping,
            free_bytes=lambda: -1,
            peak=PeakMemory(),
            abandon=self.abandon,
            arm=lambda _deadline_s: None,
            no_room=lambda _why: None,
            works_under=self.works.append,
            now=Present(),
            places=self.places,
            alerts=self.alerts,
        )

    def abandon(self) -> None:
        self.abandoned += 1

    def end_lease(self) -> None:
        """Ends the lease, as time does; the sweep finds it."""
        self.swept_now()
        self.client.zadd(KEYS.leases, {member(BATCH, VIDEO): 1})
        self.ledger.sweep()

    def lose_the_order(self) -> None:
        """Takes the folder's order away, as time does where the holder stands still."""
        for key in self.client.scan_iter(KEYS.order("*")):
            self.client.delete(key)

    def taken_by_another(self) -> Claim:
        """The lease ends and another worker claims; its folder has a file in it."""
        self.end_lease()
        claim = self.taken("w2", 2)
        folder = self.attempt_dir(claim.token)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "of-another.txt").write_text("mine")
        return claim

    def attempt_dir(self, token: str) -> Path:
        return self.folder / f".attempt-summary_report-{token}"

    @property
    def token(self) -> str:
        """The token of the last claim."""
        return str(self.client.hget(KEYS.video("b", "v"), "token"))

    def attempt_dirs(self) -> list[Path]:
        return sorted(self.folder.glob(".attempt-*"))

    @property
    def error(self) -> ErrorRecord:
        found = self.video().error
        assert found is not None
        return found

    def held(self) -> list[str]:
        return [held.video_id for worker in ("w1", "w2") for held in self.ledger.held(worker)]

    def lease_s(self) -> float:
        """The seconds that the lease still lasts."""
        end_ms = self.client.zscore(KEYS.leases, "b/v")
        assert isinstance(end_ms, float)
        return end_ms / 1000 - self.views.now_s()

    def is_due(self) -> bool:
        """A sweep, as it comes each second, has made the waiting video pending."""
        self.ledger.sweep()
        return self.state() is VideoState.PENDING


def each_time(error: Exception) -> Callable[[object], None]:
    """For `stub.on_segment`: every segment fails with this error."""

    def fails(_segment: object) -> None:
        raise error

    return fails
