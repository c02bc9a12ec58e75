"""The errors of the engine, as one tree.

    VideobatchError
    ├── PermanentError        the video fails at once; trying again cannot help
    │   ├── InputError        the file is not something to make a document of
    │   ├── RejectedError     a provider rejects the request; nothing was paid
    │   └── SettingsError     a setting or template asks for what is not there
    ├── TransientError        the video is tried again, after a delay
    │   ├── TimeLimitError    a stage or the video took too long
    │   └── ThrottledError    the call waits at the gate and spends no attempt
    ├── BudgetError           a quota or the spend cap is used up: the batch waits for its reset
    ├── ModelGoneError        a model is not served any more: the batch waits for its successor
    ├── StaleTokenError       somebody else owns the video now: stop, write nothing
    ├── StoppingError         the worker is asked to stop: give the video back
    │   └── HaltedError       a person paused or cancelled the video
    └── LedgerError           Redis is away, full or not what we expect

Every error says what happened (`message`), what to do about it (`hint`) and carries a short
stable `code` for scripts.
"""

from __future__ import annotations

from typing import ClassVar

from videobatch.records import ErrorKind, ErrorRecord

# What a call was to be about is not at the provider any more: it is uploaded again.
UPLOAD_GONE = "upload_gone"
# A call that needs more than there ever is at once, or than a server takes: smaller ones may be
# sent. And the codes of what a provider gave instead of an answer: a refusal of what was said or
# shown, an answer of another form than asked for, one that is cut, none.
TOO_LARGE = "too_large"
REFUSED, BAD_ANSWER, ANSWER_CUT, NO_ANSWER = "refused", "bad_answer", "answer_cut", "no_answer"
# A recogniser of this machine gave up.
RECOGNISER = "recogniser"
# The recogniser of this machine does not answer, or ended again and again over one request.
NO_RECOGNISER, RECOGNISER_DIES = "no_recogniser", "recogniser_dies"
# A picture whose text cannot be read.
UNREADABLE_PICTURE = "unreadable_picture"
# A model that reads alone was shown pictures.
NO_PICTURES = "no_pictures"


class VideobatchError(Exception):
    """Any failure that the engine names."""

    kind: ClassVar[ErrorKind] = ErrorKind.PERMANENT
    default_code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or self.default_code

    def record(self) -> ErrorRecord:
        """The error as the ledger and the report keep it."""
        return ErrorRecord(kind=self.kind, code=self.code, message=self.message, hint=self.hint)


class PermanentError(VideobatchError):
    """Trying again cannot help."""


class InputError(PermanentError):
    """The file is not something to make a document of."""

    default_code = "bad_input"


class SettingsError(PermanentError):
    """A setting or a template asks for what is not there."""

    default_code = "bad_settings"


class RejectedError(PermanentError):
    """A provider rejects the request, which is not paid for: with its `status`, in its own words
    (`said`, without control characters and keys). `parameter` and `names` are what it says of the
    place and of the kind of the error."""

    default_code = "bad_request"

    def __init__(
        self,
        message: str,
        *,
        status: int,
        said: str = "",
        parameter: str = "",
        names: frozenset[str] = frozenset(),
        hint: str = "",
        code: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint, code=code)
        self.status = status
        self.said = said
        self.parameter = parameter
        self.names = names


class TransientError(VideobatchError):
    """The same attempt may succeed later."""

    kind = ErrorKind.TRANSIENT
    default_code = "transient"


class TimeLimitError(TransientError):
    """A stage, or the video, took longer than it may."""

    default_code = "time_limit"


class ThrottledError(TransientError):
    """A provider asked to wait; no attempt is spent."""

    kind = ErrorKind.THROTTLED
    default_code = "throttled"

    def __init__(self, message: str, *, retry_after_s: float | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class BudgetError(VideobatchError):
    """A daily quota or the spend cap is used up; `reset_s` is the time of its reset (Unix seconds,
    None: there is none, a person must raise the limit), `scope` names what is used up and whose:
    several may be at the same time. No attempt is spent. With the code `TOO_LARGE` one call alone
    is too much."""

    kind = ErrorKind.THROTTLED
    default_code = "budget"

    def __init__(
        self,
        message: str,
        *,
        reset_s: float | None,
        scope: str = "",
        hint: str = "",
        code: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint, code=code)
        self.reset_s = reset_s
        self.scope = scope


class ModelGoneError(VideobatchError):
    """A provider does not serve the `model` (any more), or has another one answer in its place. No
    attempt is spent; a person must name another."""

    kind = ErrorKind.THROTTLED
    default_code = "model_gone"

    def __init__(self, message: str, *, model: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.model = model


class StaleTokenError(VideobatchError):
    """A guarded write was refused: the video has a newer owner. Write nothing more."""

    default_code = "stale_token"


# What is said where a wait ends because the worker is stopping, or the video is halted.
STOPPED = "it was asked to stop while it waited"


class StoppingError(VideobatchError):
    """The worker is stopping; the video goes back to pending without a spent attempt."""

    kind = ErrorKind.TRANSIENT
    default_code = "stopping"


class HaltedError(StoppingError):
    """A person paused or cancelled the video or its batch; the ledger knows what it becomes."""

    default_code = "halted"


class LedgerError(VideobatchError):
    """Redis is away, full, or holds something of another version."""

    kind = ErrorKind.TRANSIENT
    default_code = "ledger"
