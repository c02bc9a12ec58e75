"""`videobatch models paid`: a table, and its JSON."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.models.command import models
from cli.models.paid import in_lines, listed
from cli.models.schema import PaidModelsOut
from config.settings import PROJECT_ROOT
from videobatch.providers.paid_models import PaidModel, PaidModels, load_models

TODAY = date(2030, 1, 1)
FEW = PaidModels(
    {
        "off": PaidModel(
            provider="openai", hears="words", valid_until=TODAY, replaced_by="whisper-1"
        ),
        "whisper-1": PaidModel(provider="openai", hears="words", usd_per_audio_min=0.006),
        "writes": PaidModel(provider="openai", writes=True),
        "elsewhere": PaidModel(writes=True),
    }
)


def test_each_model_has_its_row() -> None:
    assert list(in_lines(listed(FEW, TODAY))) == [
        "   provider  model      hears  $/h heard  $/h written  off from          successor",
        "*  openai    whisper-1  words      0.360            -  -                 -",
        "   openai    writes     -              -            ?  -                 -",
        "   openai    off        words          ?            -  2030-01-01 (off)  whisper-1",
    ]


def test_every_model_of_the_catalogue_is_listed_and_each_default_is_marked() -> None:
    found = listed(load_models(), TODAY)
    assert {model.name for model in found.models} == set(dict(load_models()))
    marked = [(m.provider, does) for m in found.models for does in m.default_for]
    assert sorted(marked) == [
        ("gemini", "hear"),
        ("gemini", "write"),
        ("openai", "hear"),
        ("openai", "write"),
    ]


def test_as_json_and_by_a_file_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[models.mine]\nprovider = "gemini"\nwrites = true\n')
    monkeypatch.setenv("VIDEOBATCH_API__PRICES", str(own))
    result = CliRunner().invoke(models, ["paid", "--json"])
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert PaidModelsOut.model_validate(told).model_dump(mode="json") == told
    assert "mine" in {model["name"] for model in told["models"]}
    table = CliRunner().invoke(models, ["paid"])
    assert table.exit_code == 0
    assert "gemini-3.5-flash-lite" in table.stdout


def test_the_table_in_the_documentation_is_the_commands() -> None:
    page = (PROJECT_ROOT / "docs" / "reference" / "providers.md").read_text(encoding="utf-8")
    found = re.search(r"    \$ videobatch models paid +# on (\S+)\n((?:    .*\n)+)", page)
    assert found is not None
    told = [line.removeprefix("    ") for line in found[2].splitlines()]
    assert told == list(in_lines(listed(load_models(), date.fromisoformat(found[1]))))
