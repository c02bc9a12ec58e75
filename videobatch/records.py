"""The vocabulary: frozen records that every floor shares, and their JSON form.

Times inside a video are seconds from its start (`at_s`, `start_s`, `end_s`).
Wall-clock times are Unix seconds by Redis' clock. Sizes are bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter

if TYPE_CHECKING:
    # Most of what reads records never touches a sample, and numpy takes 0.1 s to load.
    import numpy as np
    from numpy.typing import NDArray

R = TypeVar("R")

SAMPLE_RATE_HZ = 16_000
# The cause of a pause that a person wants.
PERSON = "person"
# Between a worker's name and the mark of its life, in what it holds.
LIFE_MARK = "#"
# How the death of a process is told that was ended because it was over its time limit.
OVERDUE = "over its time limit"


class VideoState(StrEnum):
    """Where a video stands in the ledger; docs/background/ledger.md draws the transitions."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    COMMITTED = "committed"
    DONE = "done"
    PARTIAL = "partial"
    FAILED = "failed"
    DEAD = "dead"
    CANCELLED = "cancelled"
    PAUSED = "paused"

    @property
    def is_final(self) -> bool:
        """True where only a person (retry, a new submit) moves the video again."""
        return self in FINAL_STATES


FINAL_STATES = frozenset(
    {
        VideoState.DONE,
        VideoState.PARTIAL,
        VideoState.FAILED,
        VideoState.DEAD,
        VideoState.CANCELLED,
    }
)


class Stage(StrEnum):
    """The steps of one video, in order."""

    PROBE = "probe"
    TRANSCRIBE = "transcribe"
    FRAMES = "frames"
    COMPOSE = "compose"
    WRITE = "write"


class Phase(StrEnum):
    """What a running task is doing at this moment, as the sampler sees it."""

    CPU = "cpu"
    API = "api"
    LIMITER = "limiter"
    IO = "io"


class Counted(StrEnum):
    """What a worker counts from its start on: calls to a provider by how they ended, the
    milliseconds that the served ones took, and videos."""

    CALLS_SERVED = "calls_served"
    CALLS_REFUSED = "calls_refused"
    CALLS_FAILED = "calls_failed"
    CALLS_MS = "calls_ms"
    VIDEOS_DONE = "videos_done"
    VIDEOS_FAILED = "videos_failed"


@dataclass(frozen=True, slots=True)
class NoRoom:
    """Why a claim took nothing although work waits: the least that a video needs, what the host's
    youngest videos have yet to take, and how fast that declines (bytes per second)."""

    need_bytes: int
    promised_bytes: int
    decline_bytes_per_s: int

    def is_over(self, free_bytes: int, after_s: float) -> bool:
        """True where a video would fit beside this free memory so long after the claim."""
        declined = self.decline_bytes_per_s * max(0.0, after_s)
        return free_bytes - max(0.0, self.promised_bytes - declined) >= self.need_bytes


class ErrorKind(StrEnum):
    """What an error means for a retry: fail at once, try again, or wait at the gate."""

    PERMANENT = "permanent"
    TRANSIENT = "transient"
    THROTTLED = "throttled"


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """Why a video failed, as a person reads it: what happened and what to do about it."""

    kind: ErrorKind
    code: str
    message: str
    hint: str = ""


class RemarkCode(StrEnum):
    """What a remark is about; docs/reference/remarks.md explains each."""

    GAP = "gap"
    LOOP = "loop"
    NO_PICTURES = "no_pictures"
    NO_WORDS = "no_words"
    SOUND_LANGUAGE = "sound_language"
    SOUND_TRACK = "sound_track"
    SUBTITLES_CHOSEN = "subtitles_chosen"
    SUBTITLES_FLAWED = "subtitles_flawed"
    SUBTITLES_PARTIAL = "subtitles_partial"
    SUBTITLES_PASSED_OVER = "subtitles_passed_over"
    UNREAD = "unread"
    VIDEO_NOT_TAKEN = "video_not_taken"
    WRITER_UNUSABLE = "writer_unusable"


@dataclass(frozen=True, slots=True)
class Remark:
    """What a reader should know of how a document came about: a sentence of plain text."""

    code: RemarkCode
    message: str


@dataclass(frozen=True, slots=True)
class VideoTrack:
    index: int
    codec: str
    width: int
    height: int
    rotation_deg: int
    fps: float | None


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """A sound track; `flags` are FFmpeg's names of its dispositions (`default`, `comment`, ...),
    and `is_wordless` that it says of itself that nobody speaks in it."""

    index: int
    codec: str
    sample_rate_hz: int
    channels: int
    language: str | None
    title: str | None = None
    flags: tuple[str, ...] = ()
    is_wordless: bool = False


@dataclass(frozen=True, slots=True)
class SubtitleTrack:
    """A text stream. `title` and the flags are what the file says of it; `forced` is meant for
    foreign words alone."""

    index: int
    codec: str
    language: str | None
    title: str | None = None
    forced: bool = False
    hearing_impaired: bool = False
    commentary: bool = False


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file says of itself; `duration_s` is declared, not measured (0 if unknown).

    Where the stamps begin anew in the middle, `joins` are what is to be added to those of each
    part but the first (s), and the duration is measured. `sounds` are all sound tracks, `audio`
    the one that a player would start with. `heirs` are streams that take each other's place from
    part to part, where the joined recordings number them differently.
    """

    container: str
    duration_s: float
    size_bytes: int
    content_hash: str
    video: VideoTrack | None
    audio: AudioTrack | None
    subtitles: tuple[SubtitleTrack, ...] = ()
    title: str | None = None
    joins: tuple[float, ...] = ()
    heirs: tuple[tuple[int, ...], ...] = ()
    sounds: tuple[AudioTrack, ...] = ()


@dataclass(frozen=True, slots=True)
class AudioSegment:
    """A stretch of sound between two cuts: 16 kHz mono samples, shape (n,), int16."""

    index: int
    start_s: float
    samples: NDArray[np.int16]

    @property
    def duration_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE_HZ

    @property
    def end_s(self) -> float:
        return self.start_s + self.duration_s

    @property
    def content_hash(self) -> str:
        """SHA-256 of the samples (little endian), so that equal sound is known again."""
        return hashlib.sha256(self.samples.astype("<i2", copy=False).tobytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class Utterance:
    """A statement with its time stamps; plain text, one line, no markup. `speaker` is who says it,
    where subtitles name somebody."""

    start_s: float
    end_s: float
    text: str
    confidence: float | None = None
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch whose words are missing: `by` did not transcribe it, or not as it was said, and
    `why`."""

    start_s: float
    end_s: float
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said. `source` names where it came from (subtitles or a recogniser); `gaps` are
    what is missing of it."""

    language: str | None
    source: str
    utterances: tuple[Utterance, ...]
    rough: bool = False
    gaps: tuple[Gap, ...] = ()

    @property
    def has_words(self) -> bool:
        return any(u.text.strip() for u in self.utterances)


@dataclass(frozen=True, slots=True)
class Frame:
    """A still of the video: its time and its JPEG bytes."""

    at_s: float
    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A still as a language model is shown it: its time and its JPEG bytes."""

    at_s: float
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class FrameRef:
    """A keyframe as a document refers to it: its time and file name below `keyframes/`."""

    at_s: float
    name: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a file could be read. `problem` says, for a reader, why not all of it; `gaps_s`
    is how much of the sound nobody transcribed."""

    declared_s: float
    read_s: float
    problem: str | None = None
    gaps_s: float = 0.0

    @property
    def is_partial(self) -> bool:
        return self.problem is not None or self.gaps_s > 0

    @property
    def note(self) -> str | None:
        """Why a document is partial, None for one that is not."""
        gaps = f"{self.gaps_s:.0f} s of its sound were not transcribed" if self.gaps_s else None
        return "; ".join(filter(None, (self.problem, gaps))) or None

    @property
    def duration_s(self) -> float:
        """What was read; the declared length where nothing had to be looked at."""
        return self.read_s if self.problem is not None else self.read_s or self.declared_s


@dataclass(frozen=True, slots=True)
class Chapter:
    """A stretch of the video with a heading of its own."""

    start_s: float
    end_s: float
    title: str


@dataclass(frozen=True, slots=True)
class VideoJob:
    """One video to be turned into one document, as `submit` wrote it to the ledger.

    `source_uri`, `root_uri` and `out_uri` are `file:` URIs, because file names need not be
    UTF-8; `name` is the relative path made safe for display. `out_uri` is the video's own
    folder, `OUT/<batch>/<relative path>`. `settings` are the values that shape the document,
    `fingerprint` their hash with template and parameters. With a `salt` only answers that were
    paid for under the same one are used again. `umask` is that of whoever submitted: the document
    is written by it (None: by the worker's).
    """

    name: str
    source_uri: str
    root_uri: str
    out_uri: str
    template: str
    fingerprint: str
    size_bytes: int = 0
    mtime_ns: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    salt: str = ""
    umask: int | None = None

    @property
    def wish(self) -> str:
        """What is to be made of the file, in one word: results of an equal wish may be used."""
        return f"{self.fingerprint}-{self.salt}" if self.salt else self.fingerprint

    @property
    def identity(self) -> str:
        """The wish, and the file as it was submitted: `wish size mtime`."""
        return f"{self.wish} {self.size_bytes} {self.mtime_ns}"


@dataclass(frozen=True, slots=True)
class Death:
    """How a process ended while it worked on a video: in words, whether that speaks against the
    video, and the memory that it held when it was last seen (None: not known)."""

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


@dataclass(frozen=True, slots=True)
class Pause:
    """One reason why a batch is paused. `cause` says whose it is: `person`, or what the engine met
    (`disk_full`, `budget:SCOPE`); `resume_s` is when it passes by itself (Unix seconds, None: it is
    not known)."""

    cause: str
    message: str
    resume_s: float | None = None

    @property
    def is_by_person(self) -> bool:
        return self.cause == PERSON

    @property
    def in_words(self) -> str:
        """For a person: the kind of an engine's cause stands in front."""
        return self.message if self.is_by_person else f"{self.kind}: {self.message}"

    @property
    def kind(self) -> str:
        """`person`, `disk_full`, `budget`."""
        return self.cause.partition(":")[0]


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
class VideoResult:
    """What a finished attempt leaves in the ledger and in the report. `note` says why it is
    partial, `unwritten` why the language model that was to write it did not."""

    state: VideoState
    duration_s: float
    elapsed_s: float
    words: int
    keyframes: int
    attempt_dir: str
    note: str | None = None
    remarks: tuple[Remark, ...] = ()
    unwritten: str | None = None


class Currency(StrEnum):
    """What a provider meters, with the window that it is counted in."""

    REQUESTS_MIN = "requests_min"
    REQUESTS_DAY = "requests_day"
    TOKENS_IN_MIN = "tokens_in_min"
    TOKENS_OUT_MIN = "tokens_out_min"
    TOKENS_DAY = "tokens_day"
    AUDIO_S_HOUR = "audio_s_hour"
    AUDIO_S_DAY = "audio_s_day"
    MONEY_DAY = "money_day"
    # Not used up but held: what the provider keeps of uploads.
    BYTES_STORED = "bytes_stored"

    @property
    def is_daily(self) -> bool:
        """True for what begins anew at midnight."""
        return self.value.endswith("_day")

    @property
    def window_s(self) -> int:
        """The length of the window in seconds; 0 for what is held until it is given back."""
        if self is Currency.BYTES_STORED:
            return 0
        return {"min": 60, "hour": 3600, "day": 86_400}[self.value.rpartition("_")[2]]


Amounts = Mapping[Currency, float]
"""How much of each currency: requests, tokens, seconds of sound, US dollars, bytes."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a server says is left of one currency: `remaining` of `limit`, and the seconds until
    all of it is back (None: not said)."""

    limit: float
    remaining: float
    reset_s: float | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the answer to a call says of the limits.

    `refused`: too many calls (429). `down`: the server cannot be reached or fails (5xx).
    `retry_after_s` is the wait that it asks for. Neither: the call was served. `left_s` is when
    the whole request had left, by `time.monotonic()`, None where that is not known. `unsent`: there
    was no need of the call any more, and nothing was sent.
    """

    refused: bool = False
    down: bool = False
    retry_after_s: float | None = None
    allowances: Mapping[Currency, Allowance] = field(default_factory=dict)
    left_s: float | None = None
    unsent: bool = False


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An upload at a provider: `name` and `uri` as the provider calls it; its permit holds its
    room."""

    name: str
    uri: str
    mime: str
    permit_id: str


@dataclass(frozen=True, slots=True)
class Permit:
    """The right to send one call: its number among those of its scope, from 1."""

    permit_id: str
    number: int
    need: Amounts


_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(cls: type[Any]) -> TypeAdapter[Any]:
    if cls not in _adapters:
        _adapters[cls] = TypeAdapter(cls)
    return _adapters[cls]


def to_json(record: Any) -> str:
    """The record as one line of JSON."""
    return _adapter(type(record)).dump_json(record).decode()


def from_json(cls: type[R], text: str | bytes) -> R:
    """The record that `to_json` wrote. Raises pydantic.ValidationError if it is not one."""
    record: R = _adapter(cls).validate_json(text)
    return record
