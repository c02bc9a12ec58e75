"""Scripts and the parts that stand in front of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from videobatch.state import scripts
from videobatch.state.scripts import PARTS, source

LUA = Path(scripts.__file__).parent / "lua"
SCRIPTS = sorted(
    path.relative_to(LUA).with_suffix("").as_posix()
    for path in LUA.rglob("*.lua")
    if not path.name.startswith("_")
)
# Lua's own limit for one chunk.
MOST_LOCALS = 200


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_has_its_folders_parts_in_front(script: str) -> None:
    text = source(script)
    parts = [(LUA / f"{part}.lua").read_text("utf-8") for part in PARTS[script.split("/")[0]]]
    assert text == "".join(parts) + (LUA / f"{script}.lua").read_text("utf-8")
    names = re.findall(r"^local (?:function )?([\w, ]+)", text, re.MULTILINE)
    assert sum(len(each.split(",")) for each in names) < MOST_LOCALS


def test_every_part_is_used() -> None:
    parts = {path.relative_to(LUA).with_suffix("").as_posix() for path in LUA.rglob("_*.lua")}
    assert {part for used in PARTS.values() for part in used} == parts
