"""A video on its way: what it is to become, where it stands, how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from videobatch.records.document import UNCHECKED, Checked


class VideoState(StrEnum):
    """A video's place in the ledger; docs/background/ledger.md draws the transitions."""

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
    FRAMES = "frames"
    SLIDES = "slides"
    TRANSCRIBE = "transcribe"
    TRANSLATE = "translate"
    COMPOSE = "compose"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class VideoJob:
    """One video to be turned into one document, as `submit` wrote it to the ledger.

    `source_uri`, `root_uri` and `out_uri` are `file:` URIs, because file names need not be
    UTF-8; `name` is the relative path made safe for display. `out_uri` is the video's own
    folder, `OUT/<batch>/<relative path>`. `settings` are the values that shape the document,
    `fingerprint` their hash with template and parameters. With a `salt` only answers that were
    paid for under the same one are used again. `umask` is that of whoever submitted: the document
    is written by it (None: by the worker's). `document` is the name of the document's file without
    its suffix ("": the template's).
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
    document: str = ""

    @property
    def document_file(self) -> str:
        """The document's file, in the video's own folder."""
        return f"{self.document or self.template}.md"

    @property
    def wish(self) -> str:
        """One word for all that is to be made of the file: results of an equal wish may be used."""
        return f"{self.fingerprint}-{self.salt}" if self.salt else self.fingerprint

    @property
    def identity(self) -> str:
        """The wish, and the file as it was submitted: `wish size mtime`."""
        return f"{self.wish} {self.size_bytes} {self.mtime_ns}"


class ErrorKind(StrEnum):
    """The meaning of an error for a retry: fail at once, try again, or wait at the gate."""

    PERMANENT = "permanent"
    TRANSIENT = "transient"
    THROTTLED = "throttled"


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """The failure of a video, as a person reads it: what happened and what to do about it."""

    kind: ErrorKind
    code: str
    message: str
    hint: str = ""


class RemarkCode(StrEnum):
    """The subject of a remark; docs/reference/remarks.md explains each."""

    CORRECTED = "corrected"
    FIGURES_DIFFER = "figures_differ"
    GAP = "gap"
    LOOP = "loop"
    NO_PICTURES = "no_pictures"
    NO_WORDS = "no_words"
    NOT_FOUND = "not_found"
    OTHER_LANGUAGE = "other_language"
    PHANTOM = "phantom"
    SLIDES_BUDGET = "slides_budget"
    SLIDES_UNREAD = "slides_unread"
    SOUND_LANGUAGE = "sound_language"
    SOUND_TRACK = "sound_track"
    SUBTITLES_CHOSEN = "subtitles_chosen"
    SUBTITLES_FLAWED = "subtitles_flawed"
    SUBTITLES_PARTIAL = "subtitles_partial"
    SUBTITLES_PASSED_OVER = "subtitles_passed_over"
    UNREAD = "unread"
    UNTRANSLATED = "untranslated"
    VIDEO_NOT_TAKEN = "video_not_taken"
    WRITER_UNUSABLE = "writer_unusable"


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence of plain text that a reader should know of how a document came about, in English;
    `translated` is the same in other languages, by their codes."""

    code: RemarkCode
    message: str
    translated: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def in_language(self, language: str) -> str:
        """The sentence in that language, where it was told in it, else in English."""
        return dict(self.translated).get(language, self.message)


@dataclass(frozen=True, slots=True)
class VideoResult:
    """The outcome of a finished attempt, for the ledger and the report. `note` says why it is
    partial, `unwritten` why the language model that was to write it did not, `checked` what became
    of its statements."""

    state: VideoState
    duration_s: float
    elapsed_s: float
    words: int
    keyframes: int
    attempt_dir: str
    note: str | None = None
    remarks: tuple[Remark, ...] = ()
    unwritten: str | None = None
    checked: Checked = UNCHECKED
