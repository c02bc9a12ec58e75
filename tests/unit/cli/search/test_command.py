"""`videobatch search`: what it prints, answers as JSON, and refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from cli.search import showing
from cli.search.command import register
from cli.search.schema import SearchOut
from tests.support.looks import HOSTILE
from tests.support.searched import DATED_S, Lecture, SearchedFolder, searched_folder, spoken_lecture
from videobatch.paths import to_uri

Run = Callable[..., Result]


@pytest.fixture
def out(tmp_path: Path) -> SearchedFolder:
    """An output folder with two videos."""
    made = searched_folder(tmp_path)
    said = [(0, 4, "First of all."), (754.5, 760, "A hash table has boxes.")]
    made.put("term-1/week 2/a.mp4", Lecture(said, slides=[(700, ["Hash tables"])], title="Tables"))
    made.put("term-1/b.mp4", spoken_lecture("机器学习很好。"))
    return made


@pytest.fixture
def run(out: SearchedFolder, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command, with that folder as the one that is set."""
    monkeypatch.setenv("VIDEOBATCH_HOME", str(out.home))
    monkeypatch.setenv("VIDEOBATCH_OUT", str(out.root))
    app = typer.Typer(context_settings={"help_option_names": ["-h", "--help"]})
    register(app)

    def invoke(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, list(map(str, arguments)))

    return invoke


def test_a_hit_is_three_lines(run: Run, out: SearchedFolder) -> None:
    found = run("hash", "box*")
    assert (found.exit_code, found.stdout.splitlines()) == (
        0,
        [
            "term-1/week 2/a.mp4  12:34  speech",
            "  A hash table has boxes.",
            f"  {to_uri(out.root / 'term-1/week 2/a.mp4/transcript.json')}",
        ],
    )
    assert found.stderr == "1 moment in 2 videos.\n"


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["hash"], 2),
        (["hash table"], 1),
        (["hash", "-boxes"], 1),
        (["-boxes", "hash"], 1),
        (["-hboxes", "hash"], 2),
        (["--kind", "slide", "hash"], 1),
        (["--kind", "slide", "--kind", "speech", "hash"], 2),
        (["機器"], 1),
        (["hash", "--limit", "1"], 1),
        (["hash", "--batch", "term"], 2),
        (["hash", "--course", "week 2"], 2),
        (["hash", "--since", "2026-02-27", "--until", "2026-03-02"], 2),
    ],
)
def test_as_many_are_found(run: Run, words: list[str], count: int) -> None:
    found = run(*words, "--json")
    assert found.exit_code == 0, found.stderr
    assert len(json.loads(found.stdout)["hits"]) == count


@pytest.mark.parametrize(
    "words",
    [
        ["nowhere"],
        ["hash", "--course", "week"],
        ["hash", "--batch", "x"],
        ["hash", "--kind", "document"],
        ["hash", "--since", "2026-03-03"],
        ["hash", "--until", "2026-02-27"],
    ],
)
def test_nothing_found_ends_with_1(run: Run, words: list[str]) -> None:
    found = run(*words)
    assert (found.exit_code, found.stdout) == (1, "")
    assert found.stderr == "Nothing was found in 2 videos.\n"


def test_a_day_begins_and_ends_where_the_reader_is(run: Run, out: SearchedFolder) -> None:
    last_s = datetime(2026, 5, 5, 23, 59, 59).astimezone().timestamp()
    out.put("b/late", Lecture([(0, 1, "late")], dated_s=last_s))
    for since, until, code in (("05", "05", 0), ("06", "07", 1), ("01", "04", 1)):
        days = ("--since", f"2026-05-{since}", "--until", f"2026-05-{until}")
        assert run("late", *days).exit_code == code


def test_the_answer_of_json_is_that_of_its_model(run: Run, out: SearchedFolder) -> None:
    found = run("boxes", "--json")
    told = json.loads(found.stdout)
    assert SearchOut.model_validate(told).model_dump(mode="json") == told
    (hit,) = told["hits"]
    assert (hit["at_s"], hit["kind"], hit["title"], hit["course"]) == (
        754.5, "speech", "Tables", "week 2",
    )  # fmt: skip
    assert [hit["text"][begin:end] for begin, end in hit["marks"]] == ["boxes"]
    assert hit["source"] == str(out.root / "term-1/week 2/a.mp4/transcript.json")
    assert hit["dated"] == datetime.fromtimestamp(DATED_S, UTC).astimezone().date().isoformat()
    assert (told["videos"], told["changed"], told["is_current"]) == (2, 2, True)


def test_where_nothing_is_found_each_word_is_told_alone(run: Run) -> None:
    words = ("hash", '"hash tables"', "tabel", "机器*")
    found = run(*words)
    assert (found.exit_code, found.stdout) == (1, "")
    counts = "hash 2, hash tables 1, tabel 0, 机器* 1"
    alone = f"Passages with each word alone: {counts}.\n"
    assert found.stderr == f"Nothing was found in 2 videos. {alone}"
    told = json.loads(run(*words, "--json").stdout)
    assert told["hits"] == []
    assert ", ".join(f"{each['word']} {each['passages']}" for each in told["alone"]) == counts
    assert json.loads(run("hash", "--json").stdout)["alone"] == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "there is nothing to look for"),
        (["--bacth", "x"], "there is no option --bacth"),
        (["-only"], "name a word that must be there"),
        (["x", "--since", "2026-03-02", "--until", "2026-03-01"], "a later day"),
        (["x", "--out", "/nowhere"], "there is no folder /nowhere"),
    ],
)
def test_a_wrong_call_ends_with_2(run: Run, words: list[str], message: str) -> None:
    found = run(*words)
    assert found.exit_code == 2
    assert message in found.stderr


def test_a_rebuild_needs_no_words(run: Run) -> None:
    found = run("--rebuild")
    assert (found.exit_code, found.stdout) == (0, "The index is built: 2 videos.\n")
    found = run("boxes", "--rebuild", "--json")
    assert (found.exit_code, json.loads(found.stdout)["changed"]) == (0, 2)


def test_what_became_of_the_index_is_told(run: Run, out: SearchedFolder) -> None:
    assert run("boxes").exit_code == 0
    out.file.write_bytes(b"no index" * 999)
    (out.root / "term-1/b.mp4/manifest.json").write_text("{}")
    found = run("boxes")
    assert found.exit_code == 0
    assert "note: the index was damaged" in found.stderr
    assert "note: not read: term-1/b.mp4: its manifest cannot be read" in found.stderr
    assert run("boxes", "--json").stderr == ""


def test_nothing_of_a_video_reaches_the_terminal_but_text(run: Run, out: SearchedFolder) -> None:
    hostile = HOSTILE.replace("\0", "").replace("\ud800", "")
    name = hostile.replace("/", "")
    out.put(f"b/{name}", spoken_lecture(f"{hostile} needle {hostile}"))
    found = run("needle")
    assert found.exit_code == 0
    assert "[bold]x[/bold]" in found.stdout
    assert not set("\x1b\x07\x9b\u202e\x08") & set(found.stdout + found.stderr)


@pytest.mark.parametrize(
    ("terminal", "quiet", "total", "told"),
    [
        ("1", False, 20, "reading what is new"),
        ("0", False, 20, "reading 20 videos that are new or changed\n"),
        ("1", False, 19, ""),
        ("1", True, 20, ""),
    ],
)
def test_who_waits_is_told_for_what(
    terminal: str,
    quiet: bool,
    total: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", terminal)
    with showing.shown(quiet=quiet) as progress:
        progress(0, total)
        progress(total, total)
    said = capsys.readouterr().err
    assert told in said
    assert bool(told) == bool(said)
