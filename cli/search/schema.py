"""The answer of `videobatch search --json`. Fields may be added, never changed."""

from __future__ import annotations

from cli.shared.schema import JsonModel


class HitOut(JsonModel):
    """A moment that was found. `kind` is speech, document or slide; `also` has the others that say
    the same there. `at_s` is its second in the video (null: none is known), `text` the sentence,
    and `marks` where the words stand in it, from and to, in characters. `source` is the file in
    which it was found, `link` opens the video at the second (without a video, that file), and
    `dated` is the day of the video's file (ISO 8601)."""

    batch: str
    course: str
    video: str
    title: str
    kind: str
    also: tuple[str, ...]
    at_s: float | None
    text: str
    marks: tuple[tuple[int, int], ...]
    source: str
    link: str
    dated: str


class WordOut(JsonModel):
    """A word as it was typed, and how many passages of the whole index have it."""

    word: str
    passages: int


class SearchOut(JsonModel):
    """The hits, the best first: `has_more` where there are others. `is_ranked` is false where the
    words stand nearly everywhere, and the latest come first. Where nothing was found, `alone` has
    how often each word is there by itself. `is_current` is false where what is new may be
    missing. `videos` are in the index, `changed` of them since the last search; `problems` are
    folders that could not be read, `notices` what became of the index."""

    schema_version: int = 1
    out: str
    videos: int
    changed: int
    is_current: bool
    is_ranked: bool
    has_more: bool
    hits: tuple[HitOut, ...]
    alone: tuple[WordOut, ...] = ()
    problems: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
