"""The preparation of a submit: everything that can be checked before something is started."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, repeat, starmap
from pathlib import Path

from videobatch.errors import SettingsError
from videobatch.media.files import umask
from videobatch.media.files.folders import open_folder
from videobatch.paths import Places, display, to_uri
from videobatch.pipeline.options import BY_TEMPLATE
from videobatch.state.ids import batch_id
from videobatch.state.ledger import NewVideo
from videobatch.submission.inputs import InputFile, Inputs, about_unnamed, collect
from videobatch.submission.names import document_name, titles
from videobatch.submission.plan import Chunk, clocks, plan_video
from videobatch.submission.speech import Sidecars, check_speech
from videobatch.submission.wish import CheckedWish

CHUNK = 500
_KNOWN = "videos and sound files are known by their suffix (mp4, mkv, mov, webm, mp3, ...)"


@dataclass(frozen=True, slots=True)
class Submission:
    """A batch as somebody wants it: from where, to where, and what is made of it. `files` are the
    `inputs`, marked as failed where nobody could hear them; `salt` keeps it from answers that were
    paid for before. `glossaries` are the hashes of the user's, by the folder that they lie in."""

    inputs: Inputs
    files: tuple[InputFile, ...]
    wish: CheckedWish
    out: Path
    batch_id: str
    force: bool = False
    salt: str = ""
    umask: int | None = None
    sidecars: Sidecars = field(default_factory=Sidecars, compare=False)
    glossaries: Mapping[Path, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The batch's own folder."""
        return self.out / self.batch_id

    def plan(self) -> Iterator[Chunk]:
        """The videos, planned as they are asked for, so that workers begin with the first while
        others are still looked up. Whoever wants them all at first, for what they will cost, keeps
        them (`tuple`), and hands those over."""
        waiting = zip(self.files, self._documents(), strict=True)
        began = clocks()
        while chunk := tuple(islice(waiting, CHUNK)):
            files = tuple(file for file, _ in chunk)
            yield Chunk(files, tuple(starmap(self._planned, chunk)), began)
            began = clocks()

    def _documents(self) -> Iterable[str]:
        """The name of each document's file, in the order of the files."""
        pattern, template = self.wish.options.name_pattern, self.wish.template.name
        if pattern == BY_TEMPLATE:
            return repeat("", len(self.files))
        names = [file.name for file in self.files]
        return (
            document_name(pattern, name, title, template, self.inputs.name)
            for name, title in zip(names, titles(names), strict=True)
        )

    def _planned(self, file: InputFile, document: str) -> NewVideo:
        return plan_video(
            file,
            self.folder,
            self.wish.wish,
            force=self.force,
            sidecars=() if file.error else self.sidecars.of(file),
            salt=self.salt,
            hears_here=self.wish.hears_here,
            umask=self.umask,
            document=document,
            glossary=self.glossaries.get(file.root, ""),
        )


def prepare(
    paths: Sequence[Path],
    out: Path,
    wish: CheckedWish,
    *,
    list_file: Path | None = None,
    exclude: Sequence[Path] = (),
    force: bool = False,
    no_cache: bool = False,
    places: Places | None = None,
) -> Submission:
    """The submission of `paths` and of what the lines of `list_file` name, with documents below
    `out`, in a folder that is made here.

    The folders `exclude` are not searched. `force` makes again what is done already; `no_cache`,
    too, and pays again. `places` are those of the ledger. Raises SettingsError where there is
    nothing to submit, where nobody could hear any of it, for a `glossary.csv` that is not right, or
    where the folder cannot be made.
    """
    target = Path(os.path.abspath(out))  # noqa: PTH100 - resolves `..` without following links
    inputs = _collected(paths, list_file, [target, *exclude])
    sidecars = Sidecars()
    files = check_speech(wish, inputs.found, sidecars)
    glossaries = _glossaries(wish, files)
    ledger_uri = (places or Places()).to_ledger
    own = batch_id(inputs.name, ledger_uri(to_uri(inputs.root)), ledger_uri(to_uri(target)))
    _make_folder(target / own)
    return Submission(
        inputs=inputs,
        files=files,
        wish=wish,
        out=target,
        batch_id=own,
        force=force or no_cache,
        salt=secrets.token_hex(8) if no_cache else "",
        umask=umask.current(),
        sidecars=sidecars,
        glossaries=glossaries,
    )


def _glossaries(wish: CheckedWish, files: Sequence[InputFile]) -> dict[Path, str]:
    """The hash of each folder's glossary, where one counts. Raises SettingsError for one that is
    not right."""
    if not wish.translates:
        return {}
    from videobatch.pipeline.translating.glossary_file import glossary_digest

    found = {root: glossary_digest(root) for root in {file.root for file in files}}
    return {root: digest for root, digest in found.items() if digest}


def _collected(paths: Sequence[Path], list_file: Path | None, exclude: Sequence[Path]) -> Inputs:
    """The inputs, if there are any. Raises SettingsError."""
    inputs = collect(paths, list_file, exclude)
    if not inputs.found:
        raise SettingsError(
            f"there are no videos in {display(inputs.root)}",
            hint=" ".join(about_unnamed(inputs)) or _KNOWN,
        )
    return inputs


def _make_folder(folder: Path) -> None:
    try:
        with open_folder(folder, make=True):
            pass
    except OSError as error:
        raise SettingsError(
            f"the output folder {display(folder)} cannot be made: {error.strerror}",
            hint="name another one with --out",
        ) from error
