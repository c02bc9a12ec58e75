"""The index of a folder of documents: videos in the order of the course, and what each holds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from videobatch.paths import display, natural
from videobatch.pipeline.outputs.report import link
from videobatch.pipeline.text.markdown import escape, plain, stamp
from videobatch.records import Chapter

# Behind it stands that the file is ours, so that nobody else's is written over.
MARK = "generator: videobatch"
MOST_CHAPTERS = 30
# Of more folders than this the batch's own has one index of all videos, by their paths.
MOST_FOLDERS = 200


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """A document of a video: the template's name, and its path from the batch's folder, with `/`,
    as the file system spells it."""

    template: str
    path: str


@dataclass(frozen=True, slots=True)
class IndexedVideo:
    """A video with documents. `path` is its folder's, from the batch's folder; chapters are those
    of the document that has most."""

    path: str
    title: str
    duration_s: float | None
    documents: tuple[IndexDocument, ...]
    chapters: tuple[Chapter, ...] = ()

    @property
    def folder(self) -> str:
        """The folder that it lies in, from the batch's folder; "" for the batch's own."""
        return self.path.rpartition("/")[0]


def indexes(name: str, videos: Sequence[IndexedVideo]) -> dict[str, str]:
    """The text of the index of each folder that holds videos, or folders with videos, by its path
    from the batch's folder; that of the batch, whose `name` it bears, is "". Pure."""
    held: dict[str, list[IndexedVideo]] = {"": []} if videos else {}
    for video in videos:
        held.setdefault(video.folder, []).append(video)
        for above in _above(video.folder):
            held.setdefault(above, [])
    if len(held) > MOST_FOLDERS:
        # Each is a file to write, and whoever writes the report has other duties.
        return {"": _index(name, "", [replace(video, title=video.path) for video in videos], ())}
    below: dict[str, list[str]] = {}
    for each in held:
        if each:
            below.setdefault(each.rpartition("/")[0], []).append(each)
    return {
        folder: _index(
            folder.rpartition("/")[2] or name,
            folder,
            own,
            sorted(below.get(folder, ()), key=natural),
        )
        for folder, own in held.items()
    }


def _above(folder: str) -> Iterable[str]:
    while "/" in folder:
        folder = folder.rpartition("/")[0]
        yield folder


def _index(title: str, folder: str, videos: Sequence[IndexedVideo], below: Sequence[str]) -> str:
    # A string of JSON is one of YAML, on one line.
    head = json.dumps(plain(title, 200), ensure_ascii=False)
    lines = [f"---\ntitle: {head}\n{MARK}\n---", "", f"# {escape(title, 200)}", ""]
    ordered = sorted(videos, key=lambda video: natural(video.path))
    times = Counter(video.title for video in videos)
    for number, video in enumerate(ordered, 1):
        file = video.path.rpartition("/")[2]
        own = video.title if times[video.title] == 1 else f"{video.title} ({display(file)})"
        lines += _entry(number, video, own, folder)
    lines += [""] * bool(ordered and below)
    for each in below:
        name = each.rpartition("/")[2]
        lines.append(f"- [{escape(name, 200)}/]({_from(folder, f'{each}/index.md')})")
    return "\n".join(lines).rstrip() + "\n"


def _entry(number: int, video: IndexedVideo, title: str, folder: str) -> Iterable[str]:
    told = f" ({stamp(video.duration_s)})" if video.duration_s else ""
    title = escape(title, 300)
    if len(video.documents) == 1:
        yield f"{number}. [{title}]({_from(folder, video.documents[0].path)}){told}"
    else:
        links = (
            f"[{escape(each.template, 100)}]({_from(folder, each.path)})"
            for each in sorted(video.documents, key=lambda each: each.template)
        )
        yield f"{number}. {title}{told}: {' · '.join(links)}"
    indent = " " * (len(str(number)) + 2)
    for chapter in video.chapters[:MOST_CHAPTERS] if len(video.chapters) > 1 else ():
        yield f"{indent}- {stamp(chapter.start_s)} {escape(chapter.title, 200)}"
    if len(video.chapters) > MOST_CHAPTERS:
        yield f"{indent}- …"


def _from(folder: str, path: str) -> str:
    """The link from an index in that folder."""
    return link(path[len(folder) :].lstrip("/") if folder else path)
