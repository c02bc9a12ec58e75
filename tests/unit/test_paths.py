"""Names that file systems allow come back from a URI, and reach a screen without harm."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videobatch.paths import Places, display, from_uri, inside, to_uri

ODD_NAMES = [
    b"plain.mp4",
    b"two\nlines.mp4",
    b"-rf.mp4",
    b"100%25 sure.mp4",
    b'it\'s "quoted".mp4',
    "\U0001f3ac 影片.mp4".encode(),
    b"latin-\xe9\xff.mp4",
    b"#frag?query&x=1.mp4",
    b"http:",
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_round_trip(name: bytes) -> None:
    path = Path("/videos") / os.fsdecode(name)
    uri = to_uri(path)
    assert uri.isascii()
    assert "\n" not in uri
    assert os.fsencode(from_uri(uri)) == b"/videos/" + name


@given(st.binary(min_size=1).filter(lambda raw: b"\0" not in raw and b"/" not in raw))
def test_any_bytes_round_trip(name: bytes) -> None:
    if name in {b".", b".."}:
        name = b"x" + name
    path = Path("/videos") / os.fsdecode(name)
    assert os.fsencode(from_uri(to_uri(path))) == b"/videos/" + name


def test_a_relative_path_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert from_uri(to_uri("a.mp4")) == tmp_path / "a.mp4"


@pytest.mark.parametrize(
    "uri", ["http://host/a.mp4", "/a.mp4", "file://host/a.mp4", "", "file:///a%00b"]
)
def test_other_uris_are_refused(uri: str) -> None:
    with pytest.raises(ValueError):
        from_uri(uri)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("lecture.mp4", "lecture.mp4"),
        ("講義 é \U0001f3ac.mp4", "講義 é \U0001f3ac.mp4"),
        ("two\nlines", "two\\nlines"),
        ("red\x1b[31m", "red\\x1b[31m"),
        ("gnp.\u202e4pm", "gnp.\\u202e4pm"),
        ("bad\udcff", "bad\\xff"),
        ("lone\ud800", "lone\\ud800"),
        ("next\u2028line", "next\\u2028line"),
        ("c1\x9b", "c1\\x9b"),
        ("[bold]*x*<b>", "[bold]*x*<b>"),
    ],
)
def test_display(name: str, shown: str) -> None:
    assert display(name) == shown


@given(st.text(alphabet=st.characters()))
def test_displayed_names_are_one_line_of_valid_unicode(name: str) -> None:
    shown = display(name)
    assert json.loads(json.dumps(shown).encode()) == shown
    assert len(shown.splitlines()) <= 1
    assert "\x1b" not in shown


def test_inside_follows_links(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.mp4").touch()
    (tmp_path / "rooted").mkdir()
    (tmp_path / "rooted" / "secret.mp4").touch()
    (root / "out.mp4").symlink_to(tmp_path / "rooted" / "secret.mp4")
    (root / "in.mp4").symlink_to("a.mp4")
    assert inside(root / "a.mp4", root)
    assert inside(root / "in.mp4", root)
    assert inside(root, root)
    assert not inside(root / "out.mp4", root)
    assert not inside(root / ".." / "rooted" / "secret.mp4", root)
    assert not inside(tmp_path / "rooted", root)
    assert inside(root / "a.mp4", "/")


NAS = Places({"/videos": "/mnt/nas/v", "/videos/big": "/big", "/documents": "/mnt/nas/d"})


@pytest.mark.parametrize(
    ("there", "here"),
    [
        ("/videos", "/mnt/nas/v"),
        ("/videos/a b.mp4", "/mnt/nas/v/a b.mp4"),
        ("/videos/big/c.mp4", "/big/c.mp4"),
        ("/videosx/a.mp4", "/videosx/a.mp4"),
        ("/elsewhere", "/elsewhere"),
        ("/documents/ü\udcff", "/mnt/nas/d/ü\udcff"),
    ],
)
def test_the_ledgers_names_and_those_of_this_machine(there: str, here: str) -> None:
    assert NAS.to_here(to_uri(there)) == to_uri(here)
    assert NAS.to_ledger(to_uri(here)) == to_uri(there)


def test_without_a_map_names_are_the_same() -> None:
    assert Places().to_here("file:///a") == Places().to_ledger("file:///a") == "file:///a"


def test_what_may_be_opened_with_links_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "link").symlink_to(outside)
    places = Places(roots=(str(root),))
    assert places.allow(to_uri(root))
    assert places.allow(to_uri(root / "new" / "a.mp4"))
    assert not places.allow(to_uri(root / "link" / "a.mp4"))
    assert not places.allow(to_uri(outside))
    assert not places.allow(to_uri("/"))
    assert not places.allow(f"{to_uri(root)}/../outside/a.mp4")
    assert not places.allow("http://example.org/a.mp4")
    assert not places.allow("file://host/a.mp4")
    assert Places().allow(to_uri("/"))
