"""The address that opens a hit: the video at its second, or else what was found."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from cli.search.links import link, source
from tests.support.searched import Lecture, searched_folder
from videobatch.paths import to_uri
from videobatch.search.records import Kind

NAME = os.fsdecode(b"a b#\xe9%.mp4")


def test_the_video_is_opened_at_the_second_and_else_the_document(tmp_path: Path) -> None:
    out = searched_folder(tmp_path)
    address = quote(os.fsencode(f"../../../in/{NAME}"), safe="/")
    out.put("b/a", Lecture([(75.9, 80, "alpha")], document=f"[01:15]({address}#t=75) beta\n"))
    (hit,) = out.find("alpha").hits
    found = out.root / "b/a/transcript.json"
    assert source(out.root, hit) == found
    assert link(out.root, hit) == to_uri(found), "the video is not there yet"
    (tmp_path / "in").mkdir()
    video = tmp_path / "in" / NAME
    video.write_bytes(b"")
    assert link(out.root, hit) == f"{to_uri(video)}#t=75"
    assert link(out.root, replace(hit, at_s=None)) == to_uri(video)
    assert link(out.root, replace(hit, media="")) == to_uri(found)


def test_a_document_may_name_anything(tmp_path: Path) -> None:
    out = searched_folder(tmp_path)
    out.put("b/a", Lecture([(1, 2, "alpha")]))
    (hit,) = out.find("alpha").hits
    for media in ("x" * 5_000, "%00", "http://elsewhere/a.mp4", "javascript:alert(1)", "../.."):
        assert link(out.root, replace(hit, media=media)).startswith("file:///")
        assert link(out.root, replace(hit, media=media)).endswith("/b/a/transcript.json")


def test_a_slide_is_its_still(tmp_path: Path) -> None:
    out = searched_folder(tmp_path)
    folder = out.put("b/a", Lecture(slides=[(5, ["alpha"])]))
    (hit,) = out.find("alpha", kinds=frozenset({Kind.SLIDE})).hits
    assert source(out.root, hit) == folder / "5.jpg"
    (folder / "keyframes").mkdir()
    (folder / "keyframes/5.jpg").write_bytes(b"")
    assert source(out.root, hit) == folder / "keyframes/5.jpg"
