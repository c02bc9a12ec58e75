"""Inputs from folders, files and lists, whatever lies in the way."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from videobatch.errors import SettingsError
from videobatch.paths import from_uri, to_uri
from videobatch.submission.inputs import InputFile, Inputs, collect

ODD_NAMES = [
    b"two\nlines.mp4",
    b"-rf.mp4",
    b"100%25.mp4",
    b'it\'s "quoted".mp4',
    b"$HOME `id`.mp4",
    b" spaces  inside .mp4",
    "\U0001f3ac 影片.mp4".encode(),
    b"latin-\xe9\xff.mp4",
    b"[bold]markup[dim].mp4",
    b"http:.mp4",
    b"#1.mp4",
    b"back\\slash.mp4",
    b"esc\x1b[31m.mp4",
]


def put(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def folder(path: Path, *exclude: Path) -> Inputs:
    return collect([path], None, exclude)


def names(inputs: Inputs) -> list[str]:
    return [found.name for found in inputs.found]


def codes(inputs: Inputs) -> dict[str, str | None]:
    return {found.name: found.error.code if found.error else None for found in inputs.found}


def only(inputs: Inputs) -> InputFile:
    (found,) = inputs.found
    return found


@pytest.fixture
def top(tmp_path: Path) -> Path:
    path = tmp_path / "lectures"
    path.mkdir()
    return path


# A folder.


def test_a_folder_gives_everything_below_it_in_natural_order(top: Path) -> None:
    for name in ["b.mp4", "v10.mp4", "v9.MKV", "V1.Mp3", "week10/a.mp4", "week2/a.mp4"]:
        put(top / name)
    put(top / "notes.txt")
    put(top / "week2" / "a.srt")
    inputs = folder(top)
    assert names(inputs) == [
        "b.mp4",
        "V1.Mp3",
        "v9.MKV",
        "v10.mp4",
        "week2/a.mp4",
        "week10/a.mp4",
    ]
    assert (inputs.name, inputs.root, inputs.other_files) == ("lectures", top, 2)
    assert inputs.problems == ()


def test_an_input_is_known_by_size_and_time(top: Path) -> None:
    path = put(top / "week1" / "a.mp4", b"12345")
    os.utime(path, ns=(7, 1_700_000_000_123_456_789))
    found = only(folder(top))
    assert (found.path, found.root) == (path, top)
    assert (found.size_bytes, found.mtime_ns) == (5, 1_700_000_000_123_456_789)


@pytest.mark.parametrize("raw", ODD_NAMES)
def test_a_name_is_kept_byte_by_byte(top: Path, raw: bytes) -> None:
    put(top / os.fsdecode(raw))
    inputs = folder(top)
    assert codes(inputs) == {os.fsdecode(raw): None}
    found = only(inputs)
    assert os.fsencode(from_uri(to_uri(found.path))) == os.fsencode(top) + b"/" + raw
    assert collect([found.path], None, []).found == inputs.found


def test_two_files_of_one_stem_are_two_inputs(top: Path) -> None:
    put(top / "a.mp4")
    put(top / "a.mkv")
    assert names(folder(top)) == ["a.mkv", "a.mp4"]


def test_hidden_entries_are_passed_over(top: Path) -> None:
    for name in ["._a.mp4", ".trash/b.mp4", ".mp4", "a.mp4"]:
        put(top / name)
    inputs = folder(top)
    assert names(inputs) == ["a.mp4"]
    assert inputs.other_files == 0


def test_a_hidden_folder_that_is_named_is_searched(tmp_path: Path) -> None:
    put(tmp_path / ".hidden" / "a.mp4")
    assert names(folder(tmp_path / ".hidden")) == ["a.mp4"]


def test_a_folder_with_a_media_suffix_is_a_folder(top: Path) -> None:
    put(top / "x.mp4" / "inner.mp4")
    (top / "empty.mp4").mkdir()
    assert names(folder(top)) == ["x.mp4/inner.mp4"]


def test_what_is_no_file_is_named_with_its_reason(top: Path) -> None:
    os.mkfifo(top / "pipe.mp4")
    put(top / "empty.mp4", b"")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(top / "s.mp4"))
        inputs = folder(top)
    assert codes(inputs) == {
        "empty.mp4": "empty",
        "pipe.mp4": "not_a_file",
        "s.mp4": "not_a_file",
    }
    assert all(found.error and found.error.hint for found in inputs.found)


def test_links_stay_inside(top: Path) -> None:
    put(top / "a.mp4")
    put(top.parent / "secret.mp4")
    (top / "inside.mp4").symlink_to("a.mp4")
    (top / "outside.mp4").symlink_to("../secret.mp4")
    (top / "dangling.mp4").symlink_to("nowhere.mp4")
    (top / "loop.mp4").symlink_to("loop.mp4")
    (top / "loop").symlink_to("loop")
    inputs = folder(top)
    assert codes(inputs) == {
        "a.mp4": None,
        "dangling.mp4": "missing",
        "inside.mp4": None,
        "loop.mp4": "missing",
        "outside.mp4": "outside_folder",
    }
    assert inputs.other_files == 1


def test_linked_folders_are_not_entered_but_named(top: Path) -> None:
    put(top / "a.mp4")
    put(top.parent / "elsewhere" / "b.mp4")
    (top / "up").symlink_to("..")
    (top / "sub").mkdir()
    (top / "sub" / "x.mp4").symlink_to("../../elsewhere")
    inputs = folder(top)
    assert names(inputs) == ["a.mp4"]
    assert inputs.linked_folders == ("up", "sub/x.mp4")


def test_a_linked_folder_that_is_named_is_its_target(top: Path) -> None:
    put(top / "a.mp4")
    link = top.parent / "latest"
    link.symlink_to(top)
    assert folder(link) == folder(top)


def test_the_output_folder_is_left_out(top: Path) -> None:
    put(top / "a.mp4")
    put(top / "out" / "lectures" / "a.mp4" / "clip.mp4")
    put(top / "outer.mp4")
    link = top.parent / "link-to-out"
    link.symlink_to(top / "out")
    assert names(folder(top, top / "out", top / "absent")) == ["a.mp4", "outer.mp4"]
    assert names(folder(top, link)) == ["a.mp4", "outer.mp4"]
    assert names(folder(top, top, top.parent)) == names(folder(top))


def refuse(monkeypatch: pytest.MonkeyPatch, refused: Path) -> None:
    """Lets nobody read `refused`: permission bits do not bind root."""
    real = os.scandir

    def scandir(path: str) -> Any:
        if path == str(refused):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)


def test_one_unreadable_folder_stops_nothing(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ["a.mp4", "m\x1bid/b.mp4", "z/c.mp4"]:
        put(top / name)
    refuse(monkeypatch, top / "m\x1bid")
    inputs = folder(top)
    assert names(inputs) == ["a.mp4", "z/c.mp4"]
    (problem,) = inputs.problems
    assert problem.name == "m\\x1bid"
    assert problem.error.code == "unreadable"
    assert "m\\x1bid' cannot be read: Permission denied" in problem.error.message


def test_an_unreadable_folder_alone_is_an_error(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(top / "a.mp4")
    refuse(monkeypatch, top)
    with pytest.raises(SettingsError, match="cannot be read: Permission denied"):
        folder(top)


@pytest.mark.skipif(os.geteuid() == 0, reason="permission bits do not bind root")
def test_permission_bits_are_respected(top: Path) -> None:
    put(top / "a.mp4")
    put(top / "closed" / "b.mp4")
    put(top / "secret.mp4").chmod(0)
    (top / "closed").chmod(0)
    try:
        inputs = folder(top)
    finally:
        (top / "closed").chmod(0o700)
    assert codes(inputs) == {"a.mp4": None, "secret.mp4": "unreadable"}
    assert [problem.name for problem in inputs.problems] == ["closed"]


def test_a_failing_disk_names_its_files(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(top / "a.mp4")
    put(top / "b.mp4")
    real = os.stat

    def failing(path: Any, *args: Any, **options: Any) -> os.stat_result:
        if str(path).endswith("a.mp4"):
            raise OSError(5, "Input/output error", str(path))
        return real(path, *args, **options)

    monkeypatch.setattr(os, "stat", failing)
    assert codes(folder(top)) == {"a.mp4": "read_failed", "b.mp4": None}


def dig(top: Path, steps: Sequence[str], name: str) -> None:
    """Makes the folders, each in the one before, and a file in the last; any depth is possible."""
    here = os.open(top, os.O_RDONLY)
    for step in steps:
        os.mkdir(step, dir_fd=here)
        below = os.open(step, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    file = os.open(name, os.O_CREAT | os.O_WRONLY, dir_fd=here)
    os.write(file, b"x")
    os.close(file)
    os.close(here)


@pytest.fixture
def pit(top: Path) -> Iterator[Path]:
    """A folder to dig in, removed by what needs no recursion: pytest's own removal does."""
    yield top
    subprocess.run(["rm", "-rf", "--", top], check=True)  # noqa: S607


def test_a_tree_deeper_than_a_path_is_a_problem(pit: Path) -> None:
    dig(pit, ["d" * 200] * 25, "deep.mp4")
    put(pit / "a.mp4")
    inputs = folder(pit)
    assert names(inputs) == ["a.mp4"]
    (problem,) = inputs.problems
    assert "File name too long" in problem.error.message


def test_a_file_deeper_than_a_path_is_named(pit: Path) -> None:
    folders = (4095 - len(os.fsencode(pit))) // 201
    dig(pit, ["d" * 200] * folders, "v" * 200 + ".mp4")
    found = only(folder(pit))
    assert found.error
    assert found.error.code == "path_too_long"


def test_a_deep_tree_needs_no_recursion(pit: Path) -> None:
    dig(pit, ["d"] * 1200, "a.mp4")
    assert only(folder(pit)).error is None


def test_many_files_take_seconds(top: Path) -> None:
    count = 4000
    for place in range(count // 100):
        (top / str(place)).mkdir()
        for number in range(100):
            os.close(os.open(top / str(place) / f"{number}.mp4", os.O_CREAT | os.O_WRONLY))
    started_s = time.process_time()
    assert len(folder(top).found) == count
    assert time.process_time() - started_s < 3


# Files, several folders, lists.


def test_a_named_file_needs_no_media_suffix(top: Path) -> None:
    for name in ["lecture", ".hidden", "._a.mp4", "notes.txt"]:
        put(top / name)
        assert codes(collect([top / name], None, [])) == {name: None}


def test_files_are_named_from_their_common_folder(top: Path) -> None:
    paths = [put(top / "b" / "x.mp4"), put(top / "a" / "x.mp4")]
    inputs = collect(paths, None, [])
    assert names(inputs) == ["b/x.mp4", "a/x.mp4"]
    assert (inputs.name, inputs.root) == ("lectures", top)


def test_a_file_named_twice_is_one_input(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(top / "a.mp4")
    (top.parent / "way").symlink_to(top)
    monkeypatch.chdir(top)
    ways = [
        path,
        Path("a.mp4"),
        Path("../lectures/a.mp4"),
        top.parent / "way" / "a.mp4",
        Path("../way/../lectures/a.mp4"),
    ]
    assert names(collect([*ways, top], None, [])) == ["a.mp4"]


def test_dots_follow_links_as_the_system_does(top: Path) -> None:
    put(top / "a.mp4", b"wrong")
    right = put(top.parent / "other" / "a.mp4", b"right one")
    (top.parent / "other" / "sub").mkdir()
    (top / "link").symlink_to(top.parent / "other" / "sub")
    found = only(collect([top / "link" / ".." / "a.mp4"], None, []))
    assert (found.path, found.size_bytes) == (right, 9)


def test_a_named_link_is_the_file_behind_it(top: Path) -> None:
    real = put(top.parent / "store" / "0001.mp4")
    (top / "intro.mp4").symlink_to(real)
    (top / "gone.mp4").symlink_to("nowhere")
    inputs = collect([top / "intro.mp4", top / "gone.mp4"], None, [])
    assert codes(inputs) == {"intro.mp4": None, "gone.mp4": "missing"}
    good, bad = inputs.found
    assert (good.path, good.root) == (real, real.parent)
    assert bad.error
    assert bad.error.message == "gone.mp4 is a link to nothing"


def test_folders_and_files_mix(top: Path) -> None:
    put(top / "week1" / "a.mp4")
    put(top / "week2" / "b.mp4")
    put(top / "week2" / "sub" / "c.mp4")
    extra = put(top / "extra.mp4")
    inputs = collect([top / "week2", top / "week1", extra, top / "week2" / "sub"], None, [])
    assert names(inputs) == ["week2/b.mp4", "week2/sub/c.mp4", "week1/a.mp4", "extra.mp4"]
    assert inputs.root == top


def test_a_list_is_read_line_by_line(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    elsewhere = put(top.parent / "elsewhere.mp4")
    for name in ["a.mp4", "latin-\udcff.mp4", "sub/c.mp4", "#1.mp4"]:
        put(top / name)
    lines = [
        b"\xef\xbb\xbf# a comment\r",
        b"a.mp4\r",
        b"",
        b"  ",
        b"latin-\xff.mp4",
        b"sub",
        b"./#1.mp4",
        os.fsencode(elsewhere),
        b"a.mp4",
    ]
    listed = put(top / "list.txt", b"\n".join(lines))
    inputs = collect([], listed, [])
    assert names(inputs) == [
        "lectures/a.mp4",
        "lectures/latin-\udcff.mp4",
        "lectures/sub/c.mp4",
        "lectures/#1.mp4",
        "elsewhere.mp4",
    ]


def test_a_list_with_nul_bytes_may_hold_any_name(top: Path) -> None:
    for name in ["a\nb.mp4", "#c.mp4"]:
        put(top / name)
    listed = put(top / "list", b"a\nb.mp4\0#c.mp4\0")
    assert names(collect([], listed, [])) == ["a\nb.mp4", "#c.mp4"]


def test_a_lost_line_of_a_list_stops_nothing(top: Path) -> None:
    put(top / "a.mp4")
    listed = put(top / "list", b"a.mp4\n/nowhere/b\x1b.mp4\nc.mp4\n")
    inputs = collect([], listed, [])
    assert names(inputs) == ["a.mp4"]
    assert [problem.error.code for problem in inputs.problems] == ["missing", "missing"]
    assert inputs.problems[0].name == "/nowhere/b\\x1b.mp4"


def test_a_piped_list_counts_from_here(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(top / "a.mp4")
    monkeypatch.chdir(top)
    reading, writing = os.pipe()
    os.write(writing, b"a.mp4\n")
    os.close(writing)
    try:
        inputs = collect([], Path(f"/dev/fd/{reading}"), [])
    finally:
        os.close(reading)
    assert names(inputs) == ["a.mp4"]


def test_what_is_no_file_can_be_named(top: Path) -> None:
    os.mkfifo(top / "pipe")
    put(top / "a.mp4")
    inputs = collect([top / "pipe", top / "a.mp4"], None, [])
    assert codes(inputs) == {"pipe": "not_a_file", "a.mp4": None}


# Nothing to submit.


@pytest.mark.parametrize("name", ["typo.mp4", "a\0b", "x" * 300, "new\nline\x1b"])
def test_a_typo_ends_with_the_name(top: Path, name: str) -> None:
    put(top / "a.mp4")
    with pytest.raises(SettingsError) as caught:
        collect([top / "a.mp4", top / name], None, [])
    assert caught.value.message.startswith("there is no '")
    assert caught.value.message.isprintable()
    assert caught.value.hint


@pytest.mark.parametrize("content", [b"", b"# nothing\n\n", b"gone.mp4\n", b"\xff\xfea\0"])
def test_a_list_of_nothing_is_refused(top: Path, content: bytes) -> None:
    with pytest.raises(SettingsError):
        collect([], put(top / "list", content), [])


def test_a_list_that_is_a_folder_or_absent_is_refused(top: Path) -> None:
    for listed in [top, top / "absent"]:
        with pytest.raises(SettingsError, match="cannot be read"):
            collect([], listed, [])


def test_nothing_named_is_refused() -> None:
    with pytest.raises(SettingsError, match="nothing to submit"):
        collect([], None, [])


def test_an_empty_folder_is_no_error(top: Path) -> None:
    assert folder(top).found == ()


# Files whose names do not say what they hold.


def test_media_under_another_name_is_told(top: Path) -> None:
    movie = b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isomiso2"
    put(top / "a.mp4")
    put(top / "b.mp4.part", movie)
    put(top / "sub" / "recording", b"\x1aE\xdf\xa3" + bytes(60))
    put(top / "c.xyz", b"#!AMR\n" + bytes(60))
    put(top / "d.xyz", bytes(60))
    put(top / "letter.docx", movie)
    put(top / "utf16.foo", "\ufeffthis is text".encode("utf-16-le"))
    inputs = folder(top)
    assert names(inputs) == ["a.mp4"]
    assert inputs.unnamed_media == ("b.mp4.part", "c.xyz", "sub/recording")
    assert inputs.other_files == 6
    assert [(each.name, each.error.code) for each in inputs.passed_over] == [
        ("b.mp4.part", "unknown_suffix"),
        ("c.xyz", "unknown_suffix"),
        ("sub/recording", "unknown_suffix"),
    ]


def test_a_pipe_of_another_name_is_not_waited_for(top: Path) -> None:
    put(top / "a.mp4")
    os.mkfifo(top / "pipe")
    (top / "gone").symlink_to("nowhere")
    assert folder(top).unnamed_media == ()


def test_a_file_of_another_name_is_taken_where_it_is_named(top: Path) -> None:
    path = put(top / "recording", b"\x1aE\xdf\xa3" + bytes(60))
    assert names(collect([path], None, [])) == ["recording"]
