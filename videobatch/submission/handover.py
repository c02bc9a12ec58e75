"""The hand-over of a submit: batch and videos go into the list beside the documents and into the
ledger, in one order, and workers are fed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from videobatch.errors import SettingsError
from videobatch.paths import display, to_uri
from videobatch.state.ledger import Ledger
from videobatch.state.views import Views
from videobatch.submission.accepted import AcceptedBatch, note
from videobatch.submission.inputs import Problem
from videobatch.submission.plan import Chunk
from videobatch.submission.preparation import Submission, prepare
from videobatch.submission.tariff import Tariff
from videobatch.submission.wish import OFFLINE, Choices, make_wish

if TYPE_CHECKING:
    from videobatch.submission.estimate import Estimate

ORDER_WAIT_S = 30.0
AnyPath = str | PathLike[str]


@dataclass(frozen=True, slots=True)
class Submitted:
    """The answer to a submit: the ids of its videos in order, how many were done before, how many
    are busy with another wish or file and go on so, the batch's place in the list of what is
    finished, and what was passed over, each with its reason."""

    batch_id: str
    folder: Path
    video_ids: tuple[str, ...]
    done_before: int
    busy: int
    finished_before: int
    passed_over: tuple[Problem, ...] = ()


def hand_over(
    submission: Submission, chunks: Iterable[Chunk], ledger: Ledger, views: Views
) -> Submitted:
    """Writes the batch and its planned videos to the ledger, a chunk at a time, and feeds the
    workers. Safe to repeat. Raises SettingsError for a list that cannot be written, LedgerError for
    a Redis that is away."""
    batch = submission.batch_id
    about = _about(submission)
    # List and ledger get everything in one order, whoever else submits or steers.
    with ledger.order(about.out_uri, wait_s=ORDER_WAIT_S):
        note(submission.folder, [about])
        ledger.open_batch(**asdict(about))
    finished_before = views.finished_place(batch)
    answers: dict[str, str] = {}
    done_before = 0
    for chunk in chunks:
        since_s = None if submission.force else _planned_s(chunk, views)
        with ledger.order(about.out_uri, wait_s=ORDER_WAIT_S):
            note(submission.folder, [replace(video, result=None) for video in chunk.videos])
            answers |= ledger.add_videos(batch, chunk.videos, planned_s=since_s)
        done_before += chunk.done_before
        ledger.feed()
    return Submitted(
        batch_id=batch,
        folder=submission.folder,
        video_ids=tuple(answers),
        done_before=done_before,
        busy=list(answers.values()).count("busy"),
        finished_before=finished_before,
        passed_over=submission.inputs.passed_over,
    )


def _about(submission: Submission) -> AcceptedBatch:
    return AcceptedBatch(
        batch_id=submission.batch_id,
        name=display(submission.inputs.name),
        out_uri=to_uri(submission.folder),
        root_uri=to_uri(submission.inputs.root),
        provider=submission.wish.provider,
        umask=submission.umask,
    )


def _planned_s(chunk: Chunk, views: Views) -> float:
    """The moment at which the chunk's planning began, by Redis' clock.

    What was made since then is not made again: the plan could not know of it. A chunk that had a
    price first was planned before a person agreed, maybe before Redis ran, so that its clock could
    not be asked then: it is now, and the chunk's age taken off. The age is measured after the
    answer, so that the way to Redis and back makes the moment earlier, never later.
    """
    now_s = views.now_s()
    return now_s - chunk.age_s


def submit(
    paths: AnyPath | Sequence[AnyPath],
    out: AnyPath,
    ledger: Ledger,
    views: Views,
    *,
    template: str = "summary_report",
    params: Mapping[str, object] | None = None,
    choices: Choices = OFFLINE,
    tariff: Tariff | None = None,
    agree: Callable[[Estimate], bool] | None = None,
    force: bool = False,
) -> Submitted:
    """Submits folders (with all below them) and files; their documents go below `out`.

    Prints nothing, asks nobody and reads no environment. Where `choices` ask a provider, `agree`
    is asked whether the estimate by the `tariff` may be paid. `force` makes again what is done
    already. Safe to repeat: the same folders are the same batch. Raises SettingsError, with a
    hint, for what cannot be submitted.
    """
    named = [paths] if isinstance(paths, str | PathLike) else paths
    wish, terms = make_wish(template, params, choices), tariff or Tariff()
    terms.check(wish)
    submission = prepare(list(map(Path, named)), Path(out), wish, force=force, places=ledger.places)
    chunks: Iterable[Chunk] = submission.plan()
    if wish.may_cost:
        # With what makes paid calls, which takes a while to load.
        from videobatch.submission.estimate import price

        chunks = tuple(chunks)
        told = price(submission, chunks, terms)
        if told.calls and not (agree is not None and agree(told)):
            raise SettingsError(
                "nobody agreed to pay for this batch",
                hint="hand in agree=, a function that gets the estimate and answers True",
            )
    return hand_over(submission, chunks, ledger, views)
