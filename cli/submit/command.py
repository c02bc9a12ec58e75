"""`videobatch submit`: from a folder to its documents."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from cli.shared import console, outside
from cli.shared.books import Books, check_life, open_books
from cli.shared.schema import PassedOverOut
from cli.stack.commands import ensure_stack
from cli.submit.wishes import Checked, check_speech, check_wish
from cli.watch.ending import follow_to_the_end
from config.access import load_access
from config.settings import Settings
from videobatch.errors import SettingsError
from videobatch.media.files import umask
from videobatch.media.files.folders import open_folder
from videobatch.paths import Places, display, to_uri
from videobatch.providers.catalog import PROVIDERS
from videobatch.records import VideoState
from videobatch.state.connection import refuse_eviction
from videobatch.state.ids import batch_id
from videobatch.state.ledger import NewVideo
from videobatch.state.versions import agree
from videobatch.submission.accepted import AcceptedBatch, note
from videobatch.submission.inputs import InputFile, Inputs, collect
from videobatch.submission.plan import Sidecars, plan_video

DIR, OUT, TEMPLATE = (f"VIDEOBATCH_SUBMIT_{name}" for name in ("DIR", "OUT", "TEMPLATE"))
_CHUNK = 500
_MOST_NAMED = 20
ORDER_WAIT_S = 30.0


class ProviderName(StrEnum):
    """Who can be asked to hear and write."""

    OFFLINE = "offline"
    OPENAI = "openai"
    GEMINI = "gemini"


Paths = Annotated[
    list[Path] | None,
    typer.Argument(help="A folder (searched with all below it), or files.", show_default=False),
]
ListFile = Annotated[
    Path | None,
    typer.Option("--list", help="A text file with one path a line.", show_default=False),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="Where documents go.  [default: documents]"),
]
TemplateName = Annotated[
    str | None,
    typer.Option(
        "--template",
        "-t",
        help="summary_report, chinese_transcript, comprehensive_lesson, or one of your own.",
    ),
]
Params = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the template."),
]
Force = Annotated[bool, typer.Option("--force", help="Make again what is done already.")]
Detach = Annotated[
    bool, typer.Option("--detach", "-d", help="Return at once; `videobatch watch` follows.")
]
NoCache = Annotated[
    bool,
    typer.Option(
        "--no-cache", help="Make again, and pay again: use no answer that was paid for before."
    ),
]
Provider = Annotated[
    ProviderName | None,
    typer.Option(
        "--provider", help="Who hears and writes.  [default: VIDEOBATCH_PROVIDER, else offline]"
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Agree to what a paid provider will cost.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON answer at the end.")]


@dataclass(frozen=True, slots=True)
class Submission:
    """What was asked for: from where, to where, and how."""

    inputs: Inputs
    found: tuple[InputFile, ...]
    checked: Checked
    out: Path
    batch_id: str
    force: bool
    salt: str = ""
    hears_here: bool = True

    @property
    def folder(self) -> Path:
        """The batch's own folder."""
        return self.out / self.batch_id


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the ledger took: ids in order, how many were done before, how many are busy."""

    video_ids: tuple[str, ...]
    done_before: int
    busy: int
    finished_before: int


def submit(
    paths: Paths = None,
    list_file: ListFile = None,
    out: Out = None,
    template: TemplateName = None,
    params: Params = None,
    force: Force = False,
    no_cache: NoCache = False,
    detach: Detach = False,
    provider: Provider = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Turn videos into documents, and follow until they are made.

    Videos whose documents are there already are skipped: the same content, template and settings.
    Ctrl-C only ends the watching; the batch goes on.

    Ends with 0 when every video is done (or partly readable), 1 when some failed, 2 when nothing
    could be submitted.

    Examples:

        videobatch submit lectures

        videobatch submit a.mp4 b.mkv --template comprehensive_lesson --out notes

        videobatch submit lectures --set key_points=12 --detach

        videobatch submit lectures --provider openai --yes
    """
    outside.take_umask()
    settings = console.read_settings()
    with console.errors_in_words():

        def understand(name: str | None) -> Submission:
            found = _understand(
                settings, name, paths, list_file, out, template, params or [], force or no_cache
            )
            return replace(found, salt=secrets.token_hex(8) if no_cache else "")

        may_ask = not (yes or as_json or provider)
        wanted = _offered(understand, settings) if may_ask else None
        if wanted is None:
            wanted = understand(None if provider is None else provider.value)
            if wanted.checked.hears or wanted.checked.writes:
                _agree(wanted, settings, yes=yes)
        books = open_books(ensure_stack(settings), settings)
        refuse_eviction(books.ledger.client)
        agree(books.ledger.client, settings.prefix)
        check_life(books, settings)
        accepted = _hand_over(books, wanted, settings)
    if not as_json:
        _tell(wanted, accepted)
    ended = follow_to_the_end(
        books,
        wanted.batch_id,
        accepted,
        detach=detach,
        as_json=as_json,
        passed_over=[
            PassedOverOut(path=each.name, code=each.error.code, reason=each.error.message)
            for each in wanted.inputs.passed_over
        ],
    )
    sys.exit(ended or (console.SOME_FAILED if wanted.inputs.problems else console.DONE))


def _understand(
    settings: Settings,
    provider: str | None,
    paths: Sequence[Path] | None,
    list_file: Path | None,
    out: Path | None,
    template: str | None,
    params: Sequence[str],
    force: bool,
) -> Submission:
    """Checks everything that can be checked before something is started. Raises SettingsError."""
    checked = check_wish(
        settings, template or os.environ.get(TEMPLATE) or settings.template, params, provider
    )
    target = Path(os.path.abspath(out or _given(OUT) or settings.out.expanduser()))  # noqa: PTH100
    named = list(paths or ())
    if not named and list_file is None and (folder := _given(DIR)):
        named = [folder]
    inputs = collect(named, list_file, exclude=[target, settings.home])
    if not inputs.found:
        known = "videos and sound files are known by their suffix (mp4, mkv, mov, webm, mp3, ...)"
        raise SettingsError(
            f"there are no videos in {display(inputs.root)}",
            hint=" ".join(_unnamed(inputs)) or known,
        )
    found = check_speech(checked, inputs.found)
    ledger_uri = Places(settings.paths.here).to_ledger
    own = batch_id(inputs.name, ledger_uri(to_uri(inputs.root)), ledger_uri(to_uri(target)))
    _make_folder(target / own)
    hears_here = checked.hears is None
    return Submission(inputs, found, checked, target, own, force, hears_here=hears_here)


def _agree(wanted: Submission, settings: Settings, *, yes: bool) -> None:
    """Shows what the videos that are not done yet will cost, and asks."""
    from cli.submit.agreement import agree as agree_to_cost

    agree_to_cost(_to_be_made(wanted), settings, wanted.checked, yes=yes)


def _to_be_made(wanted: Submission) -> list[InputFile]:
    ids = {video.job.name for chunk in _chunks(wanted) for video in chunk if not _is_done(video)}
    return [each for each in wanted.found if display(each.name) in ids]


def _offered(
    understand: Callable[[str | None], Submission], settings: Settings
) -> Submission | None:
    """A key alone spends nothing, but on a terminal its provider is offered, with what it would
    take, unless somebody has chosen already. The submission if it is agreed to. Raises
    SettingsError."""
    has_chosen = (
        "provider" in settings.model_fields_set
        or settings.speech.provider is not None
        or settings.writer.provider is not None
    )
    if has_chosen or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    from cli.submit.agreement import accepts

    access = load_access()
    named = next((name for name in PROVIDERS if access.keys(f"{name}_api")), None)
    if named is None:
        return None
    wanted = understand(named)
    return wanted if accepts(_to_be_made(wanted), settings, wanted.checked) else None


def _given(variable: str) -> Path | None:
    """A path that make handed over; `~` is meant as the shell would have read it."""
    text = os.environ.get(variable)
    if not text:
        return None
    if os.environ.get(outside.FROM):
        return outside.inside(Path(text))
    return Path(text).expanduser() if text.startswith("~") else Path(text)


def _make_folder(folder: Path) -> None:
    try:
        with open_folder(folder, make=True):
            pass
    except OSError as error:
        raise SettingsError(
            f"the output folder {display(folder)} cannot be made: {error.strerror}",
            hint="name another one with --out",
        ) from error


def _hand_over(books: Books, wanted: Submission, settings: Settings) -> Accepted:
    """Writes batch and videos to the ledger, a chunk at a time, and feeds the workers."""
    ledger, views, batch = books.ledger, books.views, wanted.batch_id
    about = AcceptedBatch(
        batch_id=batch,
        name=display(wanted.inputs.name),
        out_uri=to_uri(wanted.folder),
        root_uri=to_uri(wanted.inputs.root),
        provider=wanted.checked.provider,
        umask=umask.current(),
    )
    # List and ledger get everything in one order, whoever else submits or steers.
    with ledger.order(about.out_uri, wait_s=ORDER_WAIT_S):
        note(wanted.folder, [about])
        ledger.open_batch(
            batch,
            name=about.name,
            out_uri=about.out_uri,
            root_uri=about.root_uri,
            provider=about.provider,
            umask=about.umask,
        )
    finished_before = views.finished_place(batch)
    ids: list[str] = []
    answers: list[str] = []
    done_before = 0
    planned_s = views.now_s()
    for chunk in _chunks(wanted):
        since_s = None if wanted.force else planned_s
        with ledger.order(about.out_uri, wait_s=ORDER_WAIT_S):
            note(wanted.folder, [replace(video, result=None) for video in chunk])
            replies = ledger.add_videos(batch, chunk, planned_s=since_s)
        planned_s = views.now_s()
        ids += replies
        answers += replies.values()
        done_before += sum(1 for video in chunk if _is_done(video))
        ledger.feed()
    return Accepted(tuple(ids), done_before, answers.count("busy"), finished_before)


def _chunks(wanted: Submission) -> Iterator[list[NewVideo]]:
    sidecars, mask = Sidecars(), umask.current()
    planned = (
        plan_video(
            found,
            wanted.folder,
            wanted.checked.wish,
            force=wanted.force,
            sidecars=() if found.error else sidecars.of(found),
            salt=wanted.salt,
            hears_here=wanted.hears_here,
            umask=mask,
        )
        for found in wanted.found
    )
    while chunk := list(islice(planned, _CHUNK)):
        yield chunk


def _is_done(video: NewVideo) -> bool:
    return video.result is not None and video.result.state in {VideoState.DONE, VideoState.PARTIAL}


def _tell(wanted: Submission, accepted: Accepted) -> None:
    """What was found and taken, before the first bar moves."""
    count = len(accepted.video_ids)
    console.say(f"{count} video{'s' * (count != 1)}, batch {wanted.batch_id}")
    if accepted.done_before:
        console.say(f"{accepted.done_before} done already; --force makes them again")
    if accepted.busy:
        console.say(
            f"{accepted.busy} are being worked on with other settings, or are other files by now, "
            "and go on so; submit again when they are done"
        )
    for name in wanted.inputs.linked_folders:
        console.say(f"passed over, a link to a folder: {display(name)}")
    for line in _unnamed(wanted.inputs):
        console.say(line)
    for problem in wanted.inputs.problems:
        console.say(f"passed over, {problem.error.message}; {problem.error.hint}")


def _unnamed(inputs: Inputs) -> Iterator[str]:
    """The files whose names do not say that they hold video or sound."""
    names = [display(name) for name in inputs.unnamed_media]
    if names:
        what = "files hold" if len(names) > 1 else "file holds"
        yield (
            f"passed over, {len(names)} {what} video or sound under a name that does not say so; "
            "name them on the command line, or give them a suffix such as .mp4:"
        )
        yield from (f"  {name}" for name in names[:_MOST_NAMED])
    if len(names) > _MOST_NAMED:
        yield f"  and {len(names) - _MOST_NAMED} more"


def register(app: typer.Typer) -> None:
    """Adds `submit` to the command line."""
    app.command()(submit)
