"""The plan of a submit: from the inputs to the ledger's videos, with ids, fingerprints, costs, and
what is done already. Each video is planned once: what has a price is what is handed over."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from videobatch.media.subtitles.sidecars import Sidecar, look_of
from videobatch.paths import display, to_uri
from videobatch.pipeline.needs import planned_kind
from videobatch.pipeline.outputs import reuse
from videobatch.pipeline.outputs.manifest import Manifest
from videobatch.pipeline.outputs.reuse import result_of
from videobatch.records import VideoJob, VideoResult, VideoState
from videobatch.state.ids import video_id
from videobatch.state.ledger import NewVideo
from videobatch.submission.inputs import InputFile
from videobatch.submission.wish import Wish

# A rough figure until something is learned: a megabyte of lecture is about ten seconds of it, which
# the offline recogniser works through in two.
COST_S_PER_MB = 2.0


def clocks() -> tuple[float, float]:
    """The clocks of this machine: the one that only runs, and the one on the wall."""
    return time.monotonic(), time.time()


@dataclass(frozen=True, slots=True)
class Chunk:
    """Videos that are handed over together, each with the file in the same place. `began` is what
    this machine's clocks said before the first of them was planned."""

    files: tuple[InputFile, ...]
    videos: tuple[NewVideo, ...]
    began: tuple[float, float]

    @property
    def age_s(self) -> float:
        """The seconds since its planning began, rather too many than too few: one clock stands
        while the machine sleeps, the other may be set back."""
        return max(now - then for now, then in zip(clocks(), self.began, strict=True))

    @property
    def done_before(self) -> int:
        """The number of videos whose documents are there already."""
        return sum(map(_is_done, self.videos))

    @property
    def to_be_made(self) -> Iterator[InputFile]:
        """The files whose documents are not there: told by place, since two names may be displayed
        alike."""
        pairs = zip(self.files, self.videos, strict=True)
        return (file for file, video in pairs if not _is_done(video))


def _is_done(video: NewVideo) -> bool:
    return video.result is not None and video.result.state in {VideoState.DONE, VideoState.PARTIAL}


def plan_video(
    found: InputFile,
    out: Path,
    wish: Wish,
    *,
    force: bool,
    sidecars: Sequence[Sidecar] = (),
    salt: str = "",
    hears_here: bool = True,
    umask: int | None = None,
    document: str = "",
    glossary: str = "",
) -> NewVideo:
    """The video as the ledger is to know it; done already where the output folder says so.
    `hears_here` is False where a provider's server recognises its speech. `document` is the name of
    the document's file ("": the template's), where it is not made already, `glossary` the hash of
    the user's terms ("": none)."""
    folder = out / found.name
    fingerprint = _with_sidecars(_with(wish.fingerprint, glossary), sidecars)
    job = VideoJob(
        name=display(found.name),
        source_uri=to_uri(found.path),
        root_uri=to_uri(found.root),
        out_uri=to_uri(folder),
        template=wish.template,
        fingerprint=fingerprint,
        size_bytes=found.size_bytes,
        mtime_ns=found.mtime_ns,
        params=wish.params,
        settings=wish.settings,
        salt=salt,
        umask=umask,
        document=document,
    )
    made = None if force or found.error else manifest_of(found, folder, job)
    if made is not None:
        # The names of other videos may have come and gone since it was named.
        job = replace(job, document=made.document_file.removesuffix(".md"))
    kind, need_bytes = planned_kind(
        found.name,
        with_speech=hears_here and not sidecars,
        with_slides=bool(wish.settings.get("slides")),
    )
    return NewVideo(
        video_id=video_id(found.name, wish.template),
        job=job,
        cost_s=max(1.0, found.size_bytes / 2**20 * COST_S_PER_MB),
        need_bytes=need_bytes,
        kind=kind,
        error=found.error,
        result=None if made is None else result_of(made),
    )


def _with_sidecars(fingerprint: str, sidecars: Sequence[Sidecar]) -> str:
    """Another fingerprint for other subtitles: a document is made again when one of them changes,
    comes or goes, whichever its words are from."""
    return _with(fingerprint, look_of(sidecars))


def _with(fingerprint: str, look: str) -> str:
    """Another fingerprint for what else the document is made of; the same for nothing."""
    return hashlib.sha256(f"{fingerprint}{look}".encode()).hexdigest()[:16] if look else fingerprint


def made_before(found: InputFile, folder: Path, job: VideoJob) -> VideoResult | None:
    """The result that the output folder holds, if it is of this file and this wish."""
    made = manifest_of(found, folder, job)
    return None if made is None else result_of(made)


def manifest_of(found: InputFile, folder: Path, job: VideoJob) -> Manifest | None:
    """The manifest in the output folder, if its document is of this file and this wish."""
    job = replace(job, size_bytes=found.size_bytes, mtime_ns=found.mtime_ns)
    return reuse.made_before(job, folder, found.path)
