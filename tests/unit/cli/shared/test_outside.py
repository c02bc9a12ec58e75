"""Folders by their names outside, in a container."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.shared import outside
from videobatch.errors import SettingsError

HOST = {
    outside.FROM: "/home/me/videobatch",
    outside.HOME: "/home/me",
    outside.MOUNTS: '{"./videos": "/videos", "/data/documents": "/documents"}',
}


@pytest.mark.parametrize(
    ("named", "path"),
    [
        ("videos", "/videos"),
        ("videos/algebra", "/videos/algebra"),
        ("/home/me/videobatch/videos/a b", "/videos/a b"),
        ("../videobatch/videos/x/../y", "/videos/y"),
        ("~/videobatch/videos/z", "/videos/z"),
        ("/data/documents/notes", "/documents/notes"),
    ],
)
def test_a_folder_of_the_machine_is_found_in_the_container(named: str, path: str) -> None:
    assert outside.inside(Path(named), HOST) == Path(path)


@pytest.mark.parametrize("named", [".", "videos/..", "videos-of-others", "/", "/etc", "../videos"])
def test_a_folder_that_is_not_mounted_says_what_is(named: str) -> None:
    with pytest.raises(SettingsError, match="is not mounted") as refused:
        outside.inside(Path(named), HOST)
    assert "/home/me/videobatch/videos and /data/documents" in refused.value.message
    assert "VIDEOS" in refused.value.hint


def test_the_inner_one_of_two_mounts_counts() -> None:
    mounts = '{"./videos": "/videos", "videos/documents": "/documents"}'
    nested = HOST | {outside.MOUNTS: mounts}
    assert outside.inside(Path("videos/documents/x"), nested) == Path("/documents/x")


def test_what_is_shown_is_the_name_outside() -> None:
    assert outside.shown(Path("/documents/b-1/report.md"), HOST) == "/data/documents/b-1/report.md"
    assert outside.shown(Path("/tmp/x"), HOST) == "/tmp/x"


def test_without_a_container_nothing_is_changed() -> None:
    assert outside.inside(Path("x"), {}) == Path("x")
    assert outside.shown(Path("/documents/x"), {}) == "/documents/x"


@pytest.mark.parametrize("text", ['{"a"b": "/videos"}', "[]", '{"a": 1'])
def test_mounts_that_cannot_be_read_say_what_to_change(text: str) -> None:
    with pytest.raises(SettingsError, match="cannot be read") as refused:
        outside.inside(Path("videos"), HOST | {outside.MOUNTS: text})
    assert "quotes" in refused.value.hint
