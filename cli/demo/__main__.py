"""`make demo`: makes the sample videos, submits them, and says where their documents are."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer

from cli.demo.needs import need
from cli.shared import console

Folder = Annotated[
    Path | None,
    typer.Option(help="Where the videos go.  [default: VIDEOBATCH_HOME/demo/videos]"),
]
OnlyVideos = Annotated[bool, typer.Option("--only-videos", help="Make the videos, and end.")]


def demo(folder: Folder = None, only_videos: OnlyVideos = False) -> None:
    """Make three short sample videos, with slides and speech, and the documents of them.

    Ends as `videobatch submit` does.
    """
    base = console.read_settings().home.expanduser().resolve() / "demo"
    videos = (folder or base / "videos").expanduser().resolve()
    with console.errors_in_words():
        make_videos(videos)
    if only_videos:
        return
    documents = base / "documents"
    ended = submit(videos, documents)
    if ended in {console.DONE, console.SOME_FAILED}:
        console.say("To read:")
        for path in sorted(documents.glob("*/*/*.md")):
            console.say(f"  {path}")
    sys.exit(ended)


def make_videos(folder: Path) -> tuple[Path, ...]:
    """The sample videos in the folder; those that are missing are made. Raises SettingsError
    where the packages for it are not installed."""
    for module in ("espeakng_loader", "PIL"):
        need(module)
    from cli.demo.scripts import load_talks
    from cli.demo.videos import is_made, make_video

    talks = load_talks()
    if not all(is_made(talk, folder) for talk in talks):
        console.say("Making the sample videos (a few seconds)…")
    with ThreadPoolExecutor() as pool:
        made = tuple(pool.map(lambda talk: make_video(talk, folder), talks))
    console.say(f"Sample videos: {folder}")
    return made


def submit(folder: Path, documents: Path) -> int:
    """Runs `videobatch submit` in this terminal, and returns its exit code."""
    return _run([sys.executable, "-m", "cli.main", "submit", str(folder), "--out", str(documents)])


def _run(command: Sequence[str]) -> int:
    with subprocess.Popen(command) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                # The command heard it too, and says what becomes of the batch before it ends.
                continue


if __name__ == "__main__":
    typer.run(demo)
