"""The names of all keys in Redis. No other module spells one.

What stands in them is told where it is written: for those that scripts share, at the heads of
`lua/` (which a test holds to these names), for the others in the module that has them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Named:
    """A key of which there is one."""

    name: str

    def __get__(self, keys: Keys, owner: type[Keys]) -> str:
        return f"{keys.prefix}:{self.name}"


def member(batch_id: str, video_id: str) -> str:
    """A video as sorted sets and hashes of the whole ledger name it."""
    return f"{batch_id}/{video_id}"


def ids_of(member: str) -> tuple[str, str]:
    """The batch and the video that a member names."""
    batch_id, _, video_id = member.partition("/")
    return batch_id, video_id


class Keys:
    """The names under one prefix: an attribute where there is one such key, else a method."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    # Batches and their videos.

    batches = _Named("batches")
    totals = _Named("totals")
    dead = _Named("dead")
    leftovers = _Named("leftovers")
    reports = _Named("reports")

    def batches_in(self, state: str) -> str:
        return f"{self.prefix}:batches:{state}"

    def batch(self, batch_id: str) -> str:
        return f"{self.prefix}:batch:{batch_id}"

    def videos(self, batch_id: str) -> str:
        return f"{self.prefix}:videos:{batch_id}"

    def video(self, batch_id: str, video_id: str) -> str:
        return f"{self.prefix}:video:{batch_id}:{video_id}"

    def checkpoints(self, batch_id: str, video_id: str) -> str:
        return f"{self.prefix}:checkpoints:{batch_id}:{video_id}"

    def paused_of(self, batch_id: str) -> str:
        return f"{self.prefix}:paused:{batch_id}"

    def waiting_of(self, batch_id: str) -> str:
        return f"{self.prefix}:waiting:{batch_id}"

    def finished(self, batch_id: str) -> str:
        return f"{self.prefix}:finished:{batch_id}"

    def glossary(self, batch_id: str) -> str:
        return f"{self.prefix}:glossary:{batch_id}"

    # Who is next.

    turns = _Named("turns")
    shelves = _Named("shelves")
    waiting = _Named("waiting")
    trials = _Named("trials")

    def kinds(self, batch_id: str) -> str:
        return f"{self.prefix}:kinds:{batch_id}"

    def shelf(self, shelf: str, batch_id: str) -> str:
        return f"{self.prefix}:shelf:{shelf}:{batch_id}"

    def turns_on(self, shelf: str) -> str:
        return f"{self.prefix}:turns:{shelf}"

    def trials_of(self, batch_id: str) -> str:
        return f"{self.prefix}:trials:{batch_id}"

    def trial(self, batch_id: str, video_id: str) -> str:
        return f"{self.prefix}:trial:{member(batch_id, video_id)}"

    def needs(self, kind: str) -> str:
        return f"{self.prefix}:needs:{kind}"

    def need(self, kind: str) -> str:
        return f"{self.prefix}:need:{kind}"

    # Who works on what.

    leases = _Named("leases")
    hosts = _Named("hosts")
    owners = _Named("owners")
    presence = _Named("presence")
    missed = _Named("missed")
    workers = _Named("workers")

    def held(self, worker: str) -> str:
        return f"{self.prefix}:held:{worker}"

    def young(self, host: str) -> str:
        return f"{self.prefix}:young:{host}"

    def no_room(self, host: str) -> str:
        return f"{self.prefix}:no_room:{host}"

    def alone(self, host: str) -> str:
        return f"{self.prefix}:alone:{host}"

    def samples(self, worker: str) -> str:
        return f"{self.prefix}:samples:{worker}"

    def alive(self, worker: str) -> str:
        return f"{self.prefix}:alive:{worker}"

    def beat(self, process: str) -> str:
        return f"{self.prefix}:beat:{process}"

    def order(self, folder: str) -> str:
        return f"{self.prefix}:order:{folder}"

    # Messages, and the ledger as a whole.

    hints = _Named("hints")
    publishing = _Named("publishing")
    swept_ms = _Named("swept_ms")
    looked_ms = _Named("looked_ms")
    prolonging = _Named("prolonging")
    ticket = _Named("ticket")
    schema = _Named("schema")
    migrating = _Named("migrating")
    life = _Named("life")

    def latency(self, name: str) -> str:
        return f"{self.prefix}:latency:{name}"

    # The controller.

    leader = _Named("leader")
    control_state = _Named("control:state")
    control_ticks = _Named("control:ticks")
    control_decisions = _Named("control:decisions")
    control_suggestions = _Named("control:suggestions")
    control_tuning = _Named("control:tuning")
    tuned = _Named("tuned")
    alerts = _Named("alerts")

    def alert_said(self, digest: str) -> str:
        return f"{self.prefix}:alerts:said:{digest}"

    # Limits, and what calls cost.

    limits = _Named("limits")
    money_day = _Named("money_day")
    paid = _Named("paid")
    paid_days = _Named("paid_days")

    def limit(self, scope: str) -> str:
        return f"{self.prefix}:limit:{scope}"

    def limit_flight(self, scope: str) -> str:
        return f"{self.prefix}:limit:{scope}:flight"

    def limit_permit(self, scope: str, permit_id: str) -> str:
        return f"{self.prefix}:limit:{scope}:permit:{permit_id}"

    def limit_queue(self, scope: str) -> str:
        return f"{self.prefix}:limit:{scope}:queue"

    def limit_due(self, scope: str) -> str:
        return f"{self.prefix}:limit:{scope}:due"

    def limit_tags(self, scope: str) -> str:
        return f"{self.prefix}:limit:{scope}:tags"

    def limit_asks(self, scope: str) -> str:
        return f"{self.prefix}:limit:{scope}:asks"

    def limit_spent(self, scope: str, day: int | str) -> str:
        return f"{self.prefix}:limit:{scope}:spent:{day}"

    def limit_stored(self, scope: str) -> str:
        return f"{self.prefix}:limit:{scope}:stored"

    def limit_sizes(self, scope: str) -> str:
        return f"{self.prefix}:limit:{scope}:sizes"

    def money(self, day: int | str) -> str:
        return f"{self.prefix}:money:{day}"

    def paid_of(self, batch_id: str) -> str:
        return f"{self.prefix}:paid:{batch_id}"

    def pace(self, name: str) -> str:
        return f"{self.prefix}:pace:{name}"

    # Paid calls and uploads.

    calls = _Named("calls")
    calls_spent = _Named("calls:spent")

    def answer(self, call: str) -> str:
        return f"{self.prefix}:answer:{call}"

    def flight(self, call: str) -> str:
        return f"{self.prefix}:flight:{call}"

    def left(self, flight_id: str) -> str:
        return f"{self.prefix}:left:{flight_id}"

    def upload(self, account: str, content_hash: str) -> str:
        return f"{self.prefix}:upload:{account}:{content_hash}"

    def habits(self, digest: str) -> str:
        return f"{self.prefix}:habits:{digest}"

    # Celery's own, all below one prefix (kombu's `global_keyprefix`).

    celery = _Named("celery:")

    def queue(self, name: str) -> str:
        return f"{self.celery}{name}"

    def bindings(self, exchange: str) -> str:
        return f"{self.celery}_kombu.binding.{exchange}"

    # Of version 1 of the ledger, which only the migration reads.

    def pending_v1(self, batch_id: str) -> str:
        return f"{self.prefix}:pending:{batch_id}"

    def finished_v2(self, batch_id: str) -> str:
        """The list of the finished that is made anew, before it takes the old one's place."""
        return f"{self.prefix}:finished:{batch_id}:made"
