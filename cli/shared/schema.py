"""The stable schema of `--json`, one model for each command's answer."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class JsonModel(BaseModel):
    """A frozen part of what `--json` prints."""

    # Most commands print none of them, or one.
    model_config = ConfigDict(frozen=True, defer_build=True)


class ErrorOut(JsonModel):
    """The reason why a video failed; `kind` is permanent, transient or throttled."""

    kind: str
    code: str
    message: str
    hint: str


class RemarkOut(JsonModel):
    """A remark on how a document came about; docs/reference/remarks.md lists the codes."""

    code: str
    message: str


class VideoOut(JsonModel):
    """One video. `progress` is 0 to 1 over all its stages; times in seconds, `cost_usd` as of a
    batch; `document_language` is what was asked for, null where nothing was."""

    id: str
    path: str
    template: str
    document_language: str | None = None
    state: str
    stage: str | None
    progress: float
    speed: float | None
    eta_s: float | None
    attempts: int
    worker: str | None
    duration_s: float | None
    elapsed_s: float | None
    note: str | None
    remarks: tuple[RemarkOut, ...] = ()
    document: str | None
    cost_usd: float
    error: ErrorOut | None


class PauseOut(JsonModel):
    """A reason why a batch is paused: `cause` is `person` or the engine's (`disk_full`,
    `budget:...`, `model:...`); `resume_s` is when it passes by itself, in Unix seconds."""

    cause: str
    message: str
    resume_s: float | None


class BatchOut(JsonModel):
    """A batch. `cost_usd` is what its paid calls came to, those of models with a known price;
    `eta_s` is null until it can be told. `pauses` are the reasons why it is paused; it goes on when
    none is left. `reason` says them in one text. `unwritten` counts the documents that were made
    without their language model, by why it wrote nothing; `statements_checked` and
    `statements_found` the statements of those with one that were looked for in their videos."""

    batch: str
    name: str
    state: str
    reason: str | None = None
    pauses: tuple[PauseOut, ...] = ()
    out: str
    total: int
    counts: dict[str, int]
    open: int
    eta_s: float | None
    videos_per_hour: float | None
    cost_usd: float
    unwritten: dict[str, int] = {}
    statements_checked: int = 0
    statements_found: int = 0
    videos: tuple[VideoOut, ...] = ()


class AlertOut(JsonModel):
    """Something that a person should know: `severity` is warning or error; `at_s` Unix seconds."""

    severity: str
    code: str
    message: str
    at_s: float


class StatusOut(JsonModel):
    """The answer of `videobatch status --json`; alerts are those of the last hour, the cost that
    of today."""

    schema_version: int = 1
    batches: tuple[BatchOut, ...]
    alerts: tuple[AlertOut, ...] = ()
    cost_today_usd: float = 0.0


class DayCost(JsonModel):
    """The money that was paid on a day (ISO 8601)."""

    day: str
    usd: float


class BatchCost(JsonModel):
    """The money that was paid for a batch."""

    batch: str
    usd: float


class CallOut(JsonModel):
    """A call without an answer so far: `is_out` where it was sent lately."""

    what: str
    began_s: float
    is_out: bool


class SpentOut(JsonModel):
    """A call that was paid for, and whose answer was of no use: why, and when."""

    what: str
    why: str
    at_s: float


class CostsOut(JsonModel):
    """The answer of `videobatch costs --json`."""

    schema_version: int = 1
    days: tuple[DayCost, ...]
    batches: tuple[BatchCost, ...]
    calls: tuple[CallOut, ...]
    spent: tuple[SpentOut, ...] = ()


class GlossaryTermOut(JsonModel):
    """A term of a glossary, and its source: `glossary.csv`, or the video that had it first."""

    term: str
    translation: str
    explanation: str
    source: str


class GlossaryOut(JsonModel):
    """The answer of `videobatch glossary --json`, by the alphabet."""

    schema_version: int = 1
    batch: str
    terms: tuple[GlossaryTermOut, ...]


class SteerOut(JsonModel):
    """The answer of `pause`, `resume`, `cancel`, `retry`, `dead retry` and `dead drop` with
    `--json`: the state of the batch (or of the video), how many videos changed theirs, how many
    still run."""

    schema_version: int = 1
    batch: str
    video: str | None
    state: str
    moved: int
    running: int


class DeadMoved(JsonModel):
    """The answer of `dead retry` and `dead drop` with `--json` for several at once."""

    schema_version: int = 1
    moved: int
    videos: tuple[SteerOut, ...]


class ForgetOut(JsonModel):
    """The answer of `videobatch forget --json`: the batch, how many videos it had, and the folder
    in which its documents stay."""

    schema_version: int = 1
    batch: str
    videos: int
    out: str


class EndOut(JsonModel):
    """The end of an attempt with its process or its worker: in words, whether that speaks against
    the video (`suspect`), whether it ran with nothing beside it (`alone`), at which stage, where,
    and the memory that it held. `at_s` is in Unix seconds."""

    at_s: float
    how: str
    suspect: bool
    alone: bool
    stage: str | None
    worker: str | None
    rss_bytes: int | None


class DeadVideo(JsonModel):
    """A video that was given up. `death` is how its process ended, at last: the name of a signal
    where it was one; `evidence` are all of its ends, the newest last; `reproduce` is the command
    that makes only this one again."""

    batch: str
    id: str
    path: str
    file: str
    content_hash: str | None
    stage: str | None
    deaths: int
    death: str | None
    attempts: int
    worker: str | None
    reason: str | None
    reproduce: str
    evidence: tuple[EndOut, ...] = ()
    log: tuple[str, ...] = ()


class DeadOut(JsonModel):
    """The answer of `videobatch dead list` and `show` with `--json`."""

    schema_version: int = 1
    videos: tuple[DeadVideo, ...]


class RecoveredBatch(JsonModel):
    """A batch of the output folder. `state` is what it is now: *known* (the ledger knew it and was
    left as it is, but for `added` videos), *paused* until a person resumes it, *finished*,
    *cancelled*, *forgotten* (by a person; not brought back), or *refused*, with the `problem`.
    `torn` counts lines of its list that could not be read; `moved_from` is where the folder was."""

    batch: str
    videos: int
    made: int
    open: int
    torn: int
    state: str = "known"
    is_paused: bool = False
    added: int = 0
    cancelled: int = 0
    moved_from: str | None = None
    problem: str | None = None


class RecoverOut(JsonModel):
    """The answer of `videobatch recover --json`."""

    schema_version: int = 1
    batches: tuple[RecoveredBatch, ...]


class PassedOverOut(JsonModel):
    """A thing below a folder that became no input: a linked folder, a file of an unknown suffix
    that holds video or sound, one that could not be looked into."""

    path: str
    code: str
    reason: str


class SubmitOut(JsonModel):
    """The answer of `videobatch submit --json`: the batch at its end, and this submit's part."""

    schema_version: int = 1
    batch: str
    out: str
    submitted: int
    already_done: int
    exit_code: int
    report: str | None
    status: BatchOut | None
    passed_over: tuple[PassedOverOut, ...] = ()
