"""The command `doctor`: all its checks, its exit codes, its help."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli.doctor.check import DoctorOut
from cli.doctor.command import register

RUNNER = CliRunner()


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()

    @made.callback()
    def main() -> None:
        """A command line with other commands."""

    register(made)
    return made


def test_doctor_without_redis_looks_at_the_local_stack(app: typer.Typer, tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["doctor", "--json"])
    assert result.exit_code == 0, result.output
    answer = DoctorOut.model_validate_json(result.output)
    assert answer.ok
    names = [check.name for check in answer.checks]
    assert names == [
        "python",
        "packages",
        "programs",
        "settings",
        "memory",
        "loopback",
        "home",
        "documents",
        "provider",
        "writer",
        "slides",
        "templates",
        "server",
        "stack",
        "flower",
    ]
    assert list(tmp_path.iterdir()) == []


def test_doctor_ends_with_1_where_something_is_bad(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDEOBATCH_PROVIDER", "gemini")
    monkeypatch.setenv("OPENAI_API_KEY", "s3cret")
    result = RUNNER.invoke(app, ["doctor", "--json"])
    assert result.exit_code == 1
    assert "s3cret" not in result.output
    answer = json.loads(result.output)
    assert answer["schema_version"] == 1
    assert answer["ok"] is False
    wrong = [check for check in answer["checks"] if check["status"] == "bad"]
    assert [check["name"] for check in wrong] == ["provider", "writer"]


def test_doctor_goes_on_without_settings(app: typer.Typer, tmp_path: Path) -> None:
    (tmp_path / "videobatch.toml").write_text("= nothing\n")
    result = RUNNER.invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "bad: settings: cannot be read: videobatch.toml" in result.output
    assert "ok: memory" in result.output
    assert "Traceback" not in result.output


def test_the_help_teaches(app: typer.Typer) -> None:
    result = RUNNER.invoke(app, ["doctor", "--help"])
    assert result.exit_code == 0
    for word in ("mend", "✗", "--json", "VIDEOBATCH_REDIS_URL", "changes nothing"):
        assert word in result.output
