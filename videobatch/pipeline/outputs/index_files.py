"""The index in each folder of a batch: from its manifests, written beside its report."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import unquote_to_bytes

from videobatch.media.files.folders import Folder, open_folder
from videobatch.paths import display, from_uri
from videobatch.pipeline.outputs.index import MARK, IndexDocument, IndexedVideo, indexes
from videobatch.pipeline.outputs.manifest import Manifest, manifest_in
from videobatch.pipeline.outputs.place import own_names
from videobatch.pipeline.outputs.report import MADE
from videobatch.state.views import BatchView, VideoView

log = logging.getLogger(__name__)

INDEX = "index.md"
MOST_BYTES = 64_000_000
# Of more videos the chapters are not looked up: whoever writes the report of a batch has other
# duties, and each is a file to read.
MOST_READ = 500


def index_texts(batch: BatchView, videos: Iterable[VideoView]) -> Mapping[str, str]:
    """The text of each folder's index, by its path in the batch's folder. Reads the manifests of
    what is made, for titles and chapters; where one cannot be read the video stands without."""
    made: dict[str, list[VideoView]] = {}
    for video in videos:
        if video.state in MADE:
            made.setdefault(below(batch, video), []).append(video)
    is_read = len(made) <= MOST_READ
    return indexes(batch.name, [_indexed(p, own, is_read=is_read) for p, own in made.items()])


def below(batch: BatchView, video: VideoView) -> str:
    """The video's folder, from the batch's, as the file system spells it."""
    path = video.job.out_uri.removeprefix(batch.out_uri).lstrip("/")
    return unquote_to_bytes(path).decode(errors="surrogateescape")


def _indexed(path: str, videos: list[VideoView], *, is_read: bool) -> IndexedVideo:
    manifest = _manifest(videos[0]) if is_read else None
    told = () if manifest is None else manifest.all
    lengths = [video.result.duration_s for video in videos if video.result]
    titles = [each.title for each in told if each.title]
    return IndexedVideo(
        path=path,
        title=titles[0] if titles else PurePosixPath(path).stem,
        duration_s=max(lengths, default=None),
        documents=tuple(
            IndexDocument(video.job.template, f"{path}/{video.job.document_file}")
            for video in videos
        ),
        chapters=max((each.chapters for each in told), key=len, default=()),
    )


def _manifest(video: VideoView) -> Manifest | None:
    job = video.job
    try:
        with open_folder(from_uri(job.out_uri), own=own_names(job.name)) as folder:
            return manifest_in(folder)
    except (OSError, ValueError):
        return None


def write_indexes(
    where: Path, top: Folder, texts: Mapping[str, str], still_ours: Callable[[], None]
) -> None:
    """Writes those that are others than what stands there, but over no file that is not ours.
    `top` is the batch's open folder. Where one cannot be written, the others are, and the report
    stands. Raises OSError for a disk that is full."""
    for path, text in texts.items():
        still_ours()
        try:
            _write_in(where, top, path, text.encode(errors="replace"))
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise
            log.info("no index in %s: %s", display(where / path), error.strerror)


def _write_in(where: Path, top: Folder, path: str, content: bytes) -> None:
    if not path:
        _write(top, content)
        return
    with open_folder(where / path, own=path.count("/") + 2) as folder:
        _write(folder, content)


def _write(folder: Folder, content: bytes) -> None:
    if folder.status(INDEX) is not None:
        before = folder.read(INDEX, MOST_BYTES) if folder.has_file(INDEX) else b""
        if before == content or f"\n{MARK}\n".encode() not in before[:2_000]:
            return
    folder.remove_parts(INDEX)
    folder.write(INDEX, content)
