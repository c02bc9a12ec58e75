"""What the server can be told, at its start and while it runs.

Times named `at_s`, `from_s` and `to_s` count from the start, or from the last restart of the
clock (`reset(restart=True)`).
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Positive = Field(default=None, gt=0)


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Errors(_Record):
    """From `from_s` to `to_s` (None: for ever) this share of the admitted calls fails."""

    from_s: float = 0.0
    to_s: float | None = None
    share: float = Field(default=1.0, ge=0, le=1)
    status: Literal[500, 502, 503, 504] = 500


class Outage(_Record):
    """From `from_s` to `to_s` (None: for ever) nothing answers. Open connections are cut.

    `close`: a connection is accepted and closed at once. `refuse`: nobody listens.
    """

    from_s: float = 0.0
    to_s: float | None = None
    kind: Literal["close", "refuse"] = "close"

    def covers(self, at_s: float) -> bool:
        return self.from_s <= at_s and (self.to_s is None or at_s < self.to_s)


class Canned(_Record):
    """`content` answers a chat whose prompt holds `contains`; what is not a string is sent as
    JSON. The first that fits is taken."""

    contains: str = ""
    content: Any


class Scripted(_Record):
    """The next `times` calls (None: all) whose path ends so get this answer, whatever they ask."""

    path: str
    body: str
    status: int = 200
    kind: str = "application/json"
    times: int | None = Positive


class Step(BaseModel):
    """At `at_s` the other fields are changed, as `change` would."""

    model_config = ConfigDict(extra="allow", frozen=True)
    at_s: float = Field(gt=0)

    @model_validator(mode="after")
    def _changes_limits(self) -> Step:
        if unknown := set(self.changes) - SCHEDULED:
            raise ValueError(f"a schedule cannot change {sorted(unknown)}")
        return self

    @property
    def changes(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class Options(_Record):
    """Every option; None means no limit.

    Requests: a bucket that fills at `requests_per_min` and holds `burst` (a minute's worth,
    unless given); with `window_s` a fixed window that begins anew at multiples of it. Tokens and
    sound always have buckets, which hold a minute's and an hour's worth unless their burst is
    given. `concurrency` calls may be in flight.

    Latency: `latency_s + slope_s * max(0, in flight - knee)`, times 1 ± `jitter` at the most.

    `keys` are accepted (None: any, and none); other keys get 401, `forbidden_keys` 403.
    `invalid_answers`: so many structured answers are cut in the middle. `duration_s` is that of
    a sound whose header tells none, and of a video. An upload is seen to for `processing_s`, those
    of `upload_states` (by the order of their end) stay in theirs for ever, and
    the connection that carries the byte `cut_upload_at` is cut. `headers` False: no rate headers,
    and a bare 429.

    A model in `gone` is switched off after so many calls more: 404, as its vendor says it. Chats
    and contents asked of one in `answers_as` are answered by the other model.
    """

    port: int = 0
    control_port: int = 0
    models: tuple[str, ...] = ("whisper-1", "gpt-4o-mini")

    requests_per_min: float | None = Positive
    burst: float | None = Positive
    window_s: float | None = Positive
    tokens_per_min: float | None = Positive
    token_burst: float | None = Positive
    audio_s_per_hour: float | None = Positive
    audio_burst_s: float | None = Positive
    concurrency: int | None = Positive
    schedule: tuple[Step, ...] = ()

    latency_s: float = Field(default=0.0, ge=0)
    slope_s: float = Field(default=0.0, ge=0)
    knee: int = Field(default=0, ge=0)
    jitter: float = Field(default=0.0, ge=0, le=1)
    seed: int = 0

    errors: tuple[Errors, ...] = ()
    outages: tuple[Outage, ...] = ()
    keys: tuple[str, ...] | None = None
    forbidden_keys: tuple[str, ...] = ()
    headers: bool = True
    retry_after: Literal["seconds", "date", "ms", "both", "none"] = "seconds"

    duration_s: float = Field(default=10.0, ge=0)
    canned: tuple[Canned, ...] = ()
    scripted: tuple[Scripted, ...] = ()
    invalid_answers: int = Field(default=0, ge=0)
    max_file_bytes: int = Field(default=25 * 1024 * 1024, gt=0)
    processing_s: float = Field(default=0.0, ge=0)
    upload_states: tuple[Literal["PROCESSING", "FAILED", "ACTIVE"], ...] = ()
    cut_upload_at: int | None = Positive
    gone: dict[str, int] = Field(default_factory=dict)
    answers_as: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _steps_are_valid(self) -> Options:
        for step in self.schedule:
            Options.model_validate({**self.model_dump(exclude={"schedule"}), **step.changes})
        return self

    def changed(self, changes: dict[str, Any]) -> Options:
        """A copy with these values. Raises pydantic.ValidationError, and changes no port."""
        if fixed := set(changes) & {"port", "control_port"}:
            raise ValueError(f"cannot change {sorted(fixed)} while running")
        return Options.model_validate({**self.model_dump(), **changes})


SCHEDULED = frozenset(
    {
        *("requests_per_min", "burst", "window_s", "tokens_per_min", "token_burst"),
        *("audio_s_per_hour", "audio_burst_s", "concurrency"),
        *("latency_s", "slope_s", "knee", "jitter", "headers", "retry_after"),
    }
)
