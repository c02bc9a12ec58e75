"""A command begins at once: what it loads, and what the help says without loading any."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from typer import Typer
from typer.core import TyperGroup
from typer.main import get_command

from cli.main import COMMANDS, LISTING, make_app
from config.settings import PROJECT_ROOT
from tests.support.speech import ENGINE

# Each takes some hundredths of a second, most of them more.
HEAVY = frozenset(
    {
        *("av", "celery", "charset_normalizer", "httpx", "jinja2", "kombu", "numpy", "psutil"),
        *("prometheus_client", "pydantic", "pysubs2", "redis", "rich", "tenacity", "yaml"),
    }
)
ASKS_REDIS = {"pydantic", "redis", "rich"}
CODE = """\
import sys
import cli.main
try:
    cli.main.main()
except SystemExit:
    print(*sorted(set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("call", "may_load", "says"),
    [
        ("--version", (), "videobatch "),
        ("--help", {"rich"}, "Turn videos into documents"),
        ("", {"rich"}, "Turn videos into documents"),
        ("status", ASKS_REDIS, "does not run"),
        ("down", {"pydantic"}, "did not run"),
        ("search word --out nowhere", {"pydantic", "rich"}, "there is no folder"),
        ("submit nowhere", {*ASKS_REDIS, "jinja2", "yaml"}, "there is no"),
    ],
)
def test_a_command_loads_no_more_than_it_needs(
    call: str, may_load: set[str], says: str, tmp_path: Path
) -> None:
    environment = {"PATH": "/usr/bin:/bin", "VIDEOBATCH_HOME": str(tmp_path / "home"), **ENGINE}
    ended = subprocess.run(
        [sys.executable, "-c", CODE, *call.split()],
        cwd=PROJECT_ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    *said, loaded = ended.stderr.splitlines()
    assert says in ended.stdout + "\n".join(said)
    assert HEAVY & set(loaded.split()) <= set(may_load)


def test_the_help_has_each_command_s_own_line() -> None:
    whole, told = _help(make_app(())), _help(make_app(("--help",)))
    assert told == {name: _first_paragraph(text) for name, text in whole.items()}
    assert [*told] == [name for names in COMMANDS.values() for name in names]


def test_a_line_that_a_shell_completes_knows_every_command() -> None:
    environment = {
        "PATH": "/usr/bin:/bin",
        "_VIDEOBATCH_COMPLETE": "complete_bash",
        "COMP_WORDS": "videobatch submit --fo",
        "COMP_CWORD": "2",
    }
    ended = subprocess.run(
        [sys.executable, "-m", "cli.main"],
        cwd=PROJECT_ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ended.stdout.split() == ["--force"], ended.stderr


def test_no_command_is_called_like_what_lists_them() -> None:
    assert not LISTING & {name for names in COMMANDS.values() for name in names}


def _help(typed: Typer) -> dict[str, str]:
    group = get_command(typed)
    assert isinstance(group, TyperGroup)
    return {name: command.help or "" for name, command in group.commands.items()}


def _first_paragraph(text: str) -> str:
    paragraph, _, _ = inspect.cleandoc(text).partition("\n\n")
    return " ".join(paragraph.split())
