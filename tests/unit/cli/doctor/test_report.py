"""The report of the checks, in which nothing acts."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from cli.doctor import report
from cli.doctor.check import bad, warn, well

HOSTILE = (
    well("home", "/tmp/[red]x[/red]\n\x1b[31m/redis://:s3cret@h"),
    warn("memory", "little", "[bold]end[/bold] programs"),
    bad("stack", "bytes \udcff", "none"),
)


@pytest.mark.parametrize("is_terminal", [True, False])
def test_nothing_found_is_taken_for_markup(is_terminal: bool) -> None:
    file = io.StringIO()
    report.show(Console(file=file, force_terminal=is_terminal, width=100, no_color=True), HOSTILE)
    text = file.getvalue()
    assert "/tmp/[red]x[/red]\\n\\x1b[31m/redis://:***@h" in text
    assert "[bold]end[/bold] programs" in text
    assert "bytes \\xff" in text
    assert "3 checks: 1 to mend, 1 to look at." in text
    if is_terminal:
        assert all(mark in text for mark in "✓!✗→")
    else:
        assert "\x1b" not in text
        assert "warn: memory: little\n  hint: [bold]end[/bold] programs\n" in text


def test_long_lines_are_whole_where_there_is_no_terminal() -> None:
    file = io.StringIO()
    report.show(Console(file=file, width=40), [well("home", "x" * 300)])
    assert f"ok: home: {'x' * 300}\n1 checks: all well.\n" == file.getvalue()
