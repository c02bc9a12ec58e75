"""A file that names other files or hosts makes us open none of them."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from tests.support.media import Recipe, make_media
from tests.support.opened import watched
from videobatch.errors import InputError
from videobatch.media.container import sniffing
from videobatch.media.container.formats import DEMUXERS
from videobatch.media.container.probe import probe
from videobatch.media.container.source import open_media
from videobatch.media.pictures.frames import pick_frames


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def was_called(listener: socket.socket) -> bool:
    # A connection on loopback is in the backlog before connect() returns.
    ready, _, _ = select.select([listener], [], [], 0)
    return bool(ready)


def references(target: str) -> dict[str, str]:
    return {
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n",
        "dash": (
            '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
            'mediaPresentationDuration="PT9S" profiles="urn:mpeg:dash:profile:isoff-main:2011">'
            '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="9">'
            f"<BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>"
        ),
        "concat": f"ffconcat version 1.0\nfile '{target}'\n",
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
    }


@pytest.mark.parametrize("kind", ["hls", "dash", "concat", "sdp"])
@pytest.mark.parametrize("sniffed", [True, False])
def test_playlists_open_nothing(
    tmp_path: Path,
    listener: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    sniffed: bool,
) -> None:
    if not sniffed:
        # FFmpeg's own guard must hold for playlists that our look at the text does not know.
        monkeypatch.setattr(sniffing, "refuse_playlist", lambda *_: None)
    secret = make_media(tmp_path / "secret.ts")
    path = tmp_path / "lecture.mp4"
    for target in (f"http://127.0.0.1:{listener.getsockname()[1]}/a.ts", "secret.ts", str(secret)):
        path.write_text(references(target)[kind])
        with watched(secret) as openings:
            with pytest.raises(InputError):
                probe(path, tmp_path)
            assert not openings.any()
        assert not was_called(listener)


def test_the_probe_of_this_suite_sees_a_playlist_that_is_followed(
    tmp_path: Path, listener: socket.socket
) -> None:
    secret = make_media(tmp_path / "secret.ts")
    path = tmp_path / "open.m3u8"
    path.write_text(references("secret.ts")["hls"])
    with watched(secret) as openings, av.open(str(path)):
        assert openings.any()
    port = listener.getsockname()[1]
    path.write_text(references(f"http://127.0.0.1:{port}/a.ts")["hls"])
    listener.settimeout(0)
    with pytest.raises(av.FFmpegError):
        av.open(str(path), timeout=0.2, options={"protocol_whitelist": "file,crypto,http,tcp"})
    assert was_called(listener)


def test_demuxers_that_follow_references_are_not_allowed() -> None:
    allowed = set(DEMUXERS.split(","))
    following = {"hls", "dash", "concat", "image2", "sdp", "rtsp", "rtp", "lavfi", "imf", "webvtt"}
    assert not allowed & following
    assert allowed <= {part for name in av.formats_available for part in name.split(",")}


def _box(content: bytes, kind: bytes) -> tuple[int, int]:
    """Start and end of the first box of this kind."""
    start = content.index(kind) - 4
    return start, start + int.from_bytes(content[start : start + 4], "big")


def _alias(target: Path) -> bytes:
    """A `dref` entry that names another file, as old QuickTime files do."""
    name = target.name.encode()
    absolute = str(target).encode()
    absolute += b"\0" * (len(absolute) % 2)
    body = bytes(10) + bytes([4]) + b"disk".ljust(27, b"\0") + bytes(12)
    body += bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16) + b"\0\1\0\1" + bytes(16)
    for kind, value in ((2, absolute), (18, absolute)):
        body += kind.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value
    body += b"\xff\xff\0\0"
    entry = b"alis" + bytes(4) + body
    return (len(entry) + 4).to_bytes(4, "big") + entry


def test_a_mov_whose_samples_lie_in_another_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.mov"
    content = make_media(secret, Recipe(sound=None)).read_bytes()
    start, end = _box(content, b"dref")
    entry = _alias(secret)
    dref = b"dref" + bytes(4) + b"\0\0\0\1" + entry
    patched = bytearray(content)
    patched[start:end] = (len(dref) + 4).to_bytes(4, "big") + dref
    grown = len(dref) + 4 - (end - start)
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
        at, until = _box(content, kind)
        patched[at : at + 4] = (until - at + grown).to_bytes(4, "big")
    path = tmp_path / "lecture.mov"
    path.write_bytes(patched)
    with watched(secret) as control, av.open(str(path), options={"enable_drefs": "1"}):
        assert control.any()
    with watched(secret) as openings:
        found = probe(path, tmp_path)
        pick_frames(path, tmp_path, found, max_frames=3, min_gap_s=1)
        with open_media(path, tmp_path) as container:
            assert container.streams.video
        assert not openings.any()
