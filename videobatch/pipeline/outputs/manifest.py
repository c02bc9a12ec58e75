"""`manifest.json`: the files that were made of a video, from what, and how."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from videobatch.media.files.atomic import MANIFEST
from videobatch.media.files.folders import Folder, open_folder
from videobatch.pipeline.text.markdown import plain
from videobatch.records import (
    TOKEN,
    UNCHECKED,
    Chapter,
    Checked,
    Coverage,
    Probe,
    Remark,
    VideoJob,
)

SCHEMA_VERSION = 1
MOST_BYTES = 16_000_000
TRANSCRIPT = "transcript.json"


def _token(value: object) -> str:
    """A fencing token as text: a number before version 2 of the ledger; "0" for what is none."""
    return str(value) if TOKEN.fullmatch(str(value)) else "0"


def _document(value: object) -> object:
    """A name of a file beside the manifest, or None for what is none: others may write there."""
    if not isinstance(value, str) or not 3 < len(value.encode(errors="replace")) <= 255:
        return None
    return value if value.endswith(".md") and not set(value) & {"/", "\0"} else None


Token = Annotated[str, BeforeValidator(_token)]


class _Frozen(BaseModel):
    # Unknown fields are from a newer version, whose schema_version says whether it can be read.
    model_config = ConfigDict(frozen=True, extra="ignore")


class Source(_Frozen):
    """The video file, as it was when it was read."""

    name: str
    size_bytes: int
    mtime_ns: int
    content_hash: str


class MadeFile(_Frozen):
    """A file next to the manifest; `name` is its path from there, with `/`."""

    name: str
    size_bytes: int
    sha256: str


class Manifest(_Frozen):
    """The content of `manifest.json`. Durations are seconds, `stages_s` the time each stage took.

    `token` is that of the attempt which made it. `cost_usd` is what was paid for the video's calls
    until then, over all tries; null where nothing was, or the price is not known. It tells of the
    document that was published last; `others` are those of other templates, which share its folder.
    `files` are those in place: where two documents have a file of one name (`transcript.*`), the
    one that was published last stays, and `transcript_of` says of which template it is. `remarks`
    are what a reader should know of how it came about. `sound_track` is the stream that was
    listened to (null: none was, or it is not told), of those in `probe.sounds`. `phantoms` counts
    the statements of a recogniser that were left out as made up, `corrected` what was set right by
    the slides, `checked` the statements of a language model that were looked for in the video, and
    those that were found. `language` is that of what is said, `document_language` that of the
    headings and of what a language model wrote. `document` is the document's file, `title` and
    `chapters` what it tells of itself.
    """

    schema_version: Literal[1]
    software: str
    token: Token = "0"  # noqa: S105 - a fencing token is no secret
    state: Literal["done", "partial"]
    note: str | None = None
    source: Source
    template: str
    template_hash: str = ""
    params: dict[str, Any]
    fingerprint: str
    transcriber: str | None = None
    sound_track: int | None = None
    language: str | None = None
    document_language: str | None = None
    duration_s: float
    elapsed_s: float
    words: int
    phantoms: int = 0
    corrected: int = 0
    keyframes: int
    writer: str | None = None
    cost_usd: float | None = None
    checked: Checked = UNCHECKED
    remarks: tuple[Remark, ...] = ()
    coverage: Coverage
    probe: dict[str, Any]
    stages_s: dict[str, float]
    files: tuple[MadeFile, ...]
    transcript_of: str | None = None
    document: Annotated[str | None, BeforeValidator(_document)] = None
    title: str = ""
    chapters: tuple[Chapter, ...] = ()
    others: tuple[Manifest, ...] = ()

    @property
    def all(self) -> tuple[Manifest, ...]:
        """The parts of all documents in the folder, this one first."""
        return (self, *self.others)

    @property
    def names(self) -> set[str]:
        """The files of all its documents."""
        return {file.name for each in self.all for file in each.files}

    @property
    def document_file(self) -> str:
        """The document's file; before there were names to choose, it was the template's."""
        return self.document or f"{self.template}.md"

    def of(self, template: str) -> Manifest | None:
        """The part that tells of this template's document, or None."""
        return next((each for each in self.all if each.template == template), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """The facts of how a document came about; a field is the one of its name in `Manifest`."""

    token: str
    template_hash: str
    transcriber: str | None
    language: str | None
    elapsed_s: float
    words: int
    keyframes: int
    stages_s: Mapping[str, float]
    files: tuple[MadeFile, ...]
    software: str
    writer: str | None = None
    cost_usd: float | None = None
    checked: Checked = UNCHECKED
    remarks: tuple[Remark, ...] = ()
    sound_track: int | None = None
    phantoms: int = 0
    corrected: int = 0
    document_language: str | None = None
    title: str = ""
    chapters: tuple[Chapter, ...] = ()


def build_manifest(
    job: VideoJob, probe: Probe, coverage: Coverage, making: Making
) -> dict[str, Any]:
    """The manifest of one document as JSON fields; `manifest_json` makes text of it. `merged` puts
    it beside what the folder holds."""
    manifest = Manifest(
        schema_version=SCHEMA_VERSION,
        software=making.software,
        token=making.token,
        state="partial" if coverage.is_partial else "done",
        note=None if coverage.note is None else plain(coverage.note, 300),
        source=_source(job, probe),
        template=job.template,
        template_hash=making.template_hash,
        params=dict(job.params),
        fingerprint=job.fingerprint,
        transcriber=making.transcriber,
        sound_track=making.sound_track,
        language=making.language,
        document_language=making.document_language,
        duration_s=coverage.duration_s,
        elapsed_s=round(making.elapsed_s, 3),
        words=making.words,
        phantoms=making.phantoms,
        corrected=making.corrected,
        keyframes=making.keyframes,
        writer=making.writer,
        cost_usd=making.cost_usd,
        checked=making.checked,
        remarks=making.remarks,
        coverage=coverage,
        probe=asdict(probe),
        stages_s={stage: round(took_s, 3) for stage, took_s in making.stages_s.items()},
        files=making.files,
        document=job.document_file,
        title=plain(making.title, 200),
        chapters=making.chapters,
    )
    return manifest.model_dump()


def _source(job: VideoJob, probe: Probe) -> Source:
    return Source(
        name=job.name,
        size_bytes=job.size_bytes,
        mtime_ns=job.mtime_ns,
        content_hash=probe.content_hash,
    )


def merged(
    mine: Manifest, before: Manifest | None, is_there: Callable[[str], bool]
) -> dict[str, Any]:
    """The manifest of a folder in which `mine` was published over what `before` tells of.

    Documents of other templates stay in it for as long as they are in place (`is_there` asks for a
    name), of whatever content of the video they were made; what they had under a name that is
    now another file's is theirs no more.
    """
    hashes = {file.name: file.sha256 for file in mine.files}
    everyone = () if before is None else before.all
    others = []
    for each in everyone:
        if each.template == mine.template or not is_there(each.document_file):
            continue
        kept = tuple(f for f in each.files if hashes.get(f.name, f.sha256) == f.sha256)
        others.append(each.model_copy(update={"files": kept, "transcript_of": None, "others": ()}))
    has_transcript = (each.template for each in (mine, *others) if TRANSCRIPT in each.names)
    update = {"others": tuple(others), "transcript_of": next(has_transcript, None)}
    return mine.model_copy(update=update).model_dump()


def manifest_json(manifest: Mapping[str, Any]) -> str:
    """The manifest as text. Lone surrogates (from odd tags) become question marks: with them no
    parser would take it."""
    text = json.dumps(manifest, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    return text.encode(errors="replace").decode()


def read_manifest(path: Path, template: str | None = None, *, own: int = 1) -> Manifest | None:
    """The manifest in the file, or its part for a template; None where there is none that this
    version can read. Of its folder's path the last `own` names may be no links."""
    try:
        with open_folder(path.parent, own=own) as folder:
            return manifest_in(folder, template, path.name)
    except OSError:
        return None


def manifest_in(
    folder: Folder, template: str | None = None, name: str = MANIFEST
) -> Manifest | None:
    """The same for the manifest of an open folder."""
    try:
        found = Manifest.model_validate_json(folder.read(name, MOST_BYTES))
    except (OSError, ValidationError):
        return None
    return found.of(template) if template else found
