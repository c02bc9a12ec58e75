"""Folders of videos with texts to look for, as a submit leaves them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.manifests import manifest_fields
from videobatch.pipeline.outputs.manifest import MadeFile, manifest_json
from videobatch.search.index import SearchIndex, open_index
from videobatch.search.query import parse
from videobatch.search.records import Filters, Found

DOCUMENT = "summary_report.md"
# 2026-03-01 12:00 UTC.
DATED_S = 1_772_366_400


@dataclass(frozen=True)
class Lecture:
    """A video's texts: what is said and when (s), lines of slides and since when, a document."""

    said: Sequence[tuple[float, float, str]] = ()
    slides: Sequence[tuple[float, Sequence[str]]] = ()
    document: str = ""
    title: str = ""
    dated_s: float = DATED_S
    more: dict[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """Puts it into the folder, its manifest last."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "transcript.json").write_text(json.dumps(self._transcript()))
        (folder / DOCUMENT).write_text(self.document, encoding="utf-8")
        made = tuple(
            MadeFile(name=name, size_bytes=1, sha256="ab" * 32)
            for name in ("transcript.json", DOCUMENT)
        )
        fields = manifest_fields("1", "summary_report", made)
        fields["title"] = self.title
        fields["source"] |= {"name": folder.name, "mtime_ns": int(self.dated_s * 1e9)}
        (folder / "manifest.json").write_text(manifest_json(fields), encoding="utf-8")
        return folder

    def _transcript(self) -> dict[str, Any]:
        return {
            "utterances": [
                {"start_s": start_s, "end_s": end_s, "text": text}
                for start_s, end_s, text in self.said
            ],
            "slides": [
                {"start_s": at_s, "still": f"{at_s}.jpg", "lines": [{"text": t} for t in lines]}
                for at_s, lines in self.slides
            ],
            **self.more,
        }


def spoken_lecture(text: str, at_s: float = 0.0) -> Lecture:
    """A video in which one thing is said."""
    return Lecture(said=[(at_s, at_s + 4.0, text)])


@dataclass(frozen=True)
class SearchedFolder:
    """An output folder, and the folder of its index."""

    root: Path
    home: Path

    def put(self, path: str, lecture: Lecture) -> Path:
        """Makes the video's folder, by its path below the root."""
        return lecture.write(self.root / path)

    @contextmanager
    def index(self) -> Iterator[SearchIndex]:
        """The index, brought up to date."""
        with open_index(self.home, self.root) as index:
            index.update()
            yield index

    def find(self, *words: str, limit: int = 20, **filters: Any) -> Found:
        """What a search finds now."""
        with self.index() as index:
            return index.find(parse(words), Filters(**filters), limit)

    def videos(self, *words: str, **filters: Any) -> list[str]:
        """The names of the videos that a search finds now."""
        return [hit.video for hit in self.find(*words, **filters).hits]

    @property
    def file(self) -> Path:
        (found,) = (self.home / "search").glob("*.sqlite3")
        return found


def searched_folder(folder: Path) -> SearchedFolder:
    """An empty output folder."""
    (folder / "out").mkdir()
    return SearchedFolder(folder / "out", folder / "home")
