"""The interfaces where siblings meet: the pipeline needs them, others provide them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol, TypeVar

from videobatch.errors import PermanentError
from videobatch.records import (
    Amounts,
    AudioSegment,
    Counted,
    Feedback,
    Gap,
    Page,
    Permit,
    Phase,
    Picture,
    Probe,
    Stage,
    StoredFile,
    Utterance,
)

T = TypeVar("T")


class Checkpoints(Protocol):
    """The stored results of one claimed video; a name maps to JSON text."""

    def get(self, name: str) -> str | None:
        """The stored text, or None. Reads no network."""

    def put(self, name: str, payload: str) -> None:
        """Stores it under the claim's token. Raises StaleTokenError. Safe to repeat."""


class Progress(Protocol):
    """The reports of how far a running video is."""

    def report(self, stage: Stage, done: float, total: float) -> None:
        """`done` of `total` in the stage's own unit (seconds of media, files). May be dropped
        when reports come faster than they are shown. Raises StoppingError when the worker is
        asked to stop, so it is called at each point where stopping is safe."""


class Phases(Protocol):
    """The marks of what a task is doing, for the sampler."""

    def mark(self, phase: Phase) -> AbstractContextManager[None]:
        """Counts this thread in `phase` until the block ends. Nesting replaces the outer mark."""

    def count(self, what: Counted, amount: int = 1) -> None:
        """Adds to what the worker counts."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The words of a part of the sound, its gaps, and the error of the first of them; `is_heard`
    where any of it was answered, if only with silence."""

    utterances: tuple[Utterance, ...]
    gaps: tuple[Gap, ...] = ()
    error: PermanentError | None = None
    is_heard: bool = True


class Transcriber(Protocol):
    """Turns sound into words.

    `name` and `model` identify it in transcripts and cache keys. `max_segment_s` is the longest
    segment that it takes, `parallel` how many it can have in flight, `languages` the BCP 47
    codes that it can recognise (empty: any).
    """

    name: str
    model: str
    language: str | None
    languages: frozenset[str]
    max_segment_s: float
    parallel: int
    rough: bool

    def transcribe(self, segment: AudioSegment) -> tuple[Utterance, ...]:
        """The words of the segment, with times from the start of the video. Raises TransientError,
        ThrottledError or PermanentError."""


class VideoTranscriber(Protocol):
    """Turns a whole video into words; `name` and `model` identify it in transcripts."""

    name: str
    model: str
    language: str | None

    def takes(self, probe: Probe) -> bool:
        """False for what it cannot be given: it is heard in segments then."""

    def transcribe_video(
        self, file: BinaryIO, probe: Probe, on_progress: Callable[[float, float], None]
    ) -> Spoken:
        """The words of the video, with times from its start. `file` is the video, opened for
        reading; `on_progress` is told how much of how much is done. Raises as `Transcriber`."""


class SlideReader(Protocol):
    """Reads what stands on a picture; `name` and `model` identify it, `takes_mib` is the memory
    that it is thought to take in the process that asks it."""

    name: str
    model: str
    takes_mib: int

    def read(self, jpeg: bytes) -> Page:
        """The lines of the picture. Raises PermanentError for a picture that it cannot read,
        SettingsError where what it needs is not there, and TransientError. Safe to repeat."""

    def cpu_s(self) -> float:
        """A clock of the CPU seconds that reading takes, wherever it is done. It is for the thread
        that reads, and counts from no point in particular."""


class Writer(Protocol):
    """A language model that writes structured answers.

    `name` and `model` identify it in documents and call keys. `context_tokens` is the most that
    one call may hold, question and answer together; `parallel` how many can be in flight;
    `picture_tokens` what one picture counts, None where the model sees none.
    """

    name: str
    model: str
    context_tokens: int
    parallel: int

    @property
    def picture_tokens(self) -> int | None: ...

    def complete(
        self,
        system: str,
        user: str,
        *,
        max_tokens: int,
        schema: Mapping[str, Any],
        check: Callable[[Any], T],
        pictures: Sequence[Picture] = (),
    ) -> T:
        """The answer's JSON, which is of `schema`, as `check` makes it. An answer for which
        `check` raises ValueError is asked for once more. Raises PermanentError (`bad_answer`,
        `answer_cut`, `no_answer`, `refused`, `no_pictures`) and what the provider's transport
        raises. Safe to repeat."""


class Limiter(Protocol):
    """The one budget of a provider's account, for the whole fleet."""

    def acquire(self, need: Amounts, *, again: bool = False) -> Permit:
        """Waits until the call may be sent, and reserves all that it needs at once.

        `again`: the call was refused and comes before those that wait for the first time. Raises
        BudgetError where a daily quota or the spend cap is used up, and where the call is larger
        than a whole bucket; StoppingError when the worker is asked to stop.
        """

    def settle(self, permit: Permit, used: Amounts | None, feedback: Feedback) -> None:
        """Ends the call: what it really used (None: nothing is known, the estimate stays spent),
        and what the server said. Safe to repeat."""


class Storage(Limiter, Protocol):
    """The budget of what a provider keeps for us."""

    def release(self, permit_id: str) -> None:
        """The upload of this permit was deleted. Safe to repeat."""


class Flight(Protocol):
    """A paid call that one sends for all who want its answer."""

    @property
    def is_kept(self) -> bool:
        """False where the last answer was left to those who waited, and is not stored."""

    def wait(self) -> str | None:
        """The answer; None: nobody else sends the call, and this caller is to. Waits for
        somebody else's. Raises StoppingError."""

    def is_due(self) -> bool:
        """True while the call is still this caller's to send: no answer came meanwhile, and nobody
        took over from one that was thought dead."""

    def leave(self, answer: str) -> None:
        """Hands an answer that is not to be stored to those who wait now, when the flight ends."""


class Uploads(Protocol):
    """The uploads that are there, by the hash of their content."""

    def flight(self, content_hash: str) -> AbstractContextManager[Flight]:
        """The one upload of this content, until the block ends. It has no answer: whoever has
        waited looks with `get` first."""

    def get(self, content_hash: str) -> StoredFile | None:
        """The upload of this content as far as it is known, or None."""

    def put(self, content_hash: str, upload: StoredFile) -> None:
        """Notes it. Safe to repeat."""

    def drop(self, content_hash: str) -> None:
        """It is gone. Safe to repeat."""


class Habits(Protocol):
    """The habits of servers, for the whole fleet: what each was found not to take for a model."""

    def known(self, server: str, model: str) -> frozenset[str]:
        """All that the server does not take for the model: parameters, forms, pictures."""

    def learn(self, server: str, model: str, habit: str) -> None:
        """Remembers one more. Safe to repeat."""


class Answers(Protocol):
    """The answers of paid calls, by what the call was: one is never paid for twice."""

    def flight(self, call_key: str) -> AbstractContextManager[Flight]:
        """The one flight of this call, until the block ends."""

    def begin(self, call_key: str, what: str) -> None:
        """Notes that the call is about to be sent; `what` names it for a person."""

    def put(self, call_key: str, answer: str) -> None:
        """Stores the answer. Returns once it is safe. Safe to repeat."""

    def drop(self, call_key: str, answer: str) -> None:
        """Removes this answer, which does not pass any more, and no other. Safe to repeat."""

    def spend(self, call_key: str, what: str, why: str) -> None:
        """Notes that the call was paid for and its answer is of no use, and takes the note of
        `begin` back: the answer is stored nowhere."""

    def forget(self, call_key: str) -> None:
        """Takes the note of `begin` back: the call was certainly not served."""
