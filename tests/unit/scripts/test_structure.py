"""The measure of the house, on a small house whose figures are plain."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.structure import FOLDERS, measure

HOUSE = {
    "config/__init__.py": "",
    "config/settings.py": "A = 1\nB = 2\nC = 3\n",
    "videobatch/__init__.py": "",
    "videobatch/records.py": "def f():\n    return 1\n",
    "videobatch/state/__init__.py": "",
    "videobatch/state/store.py": "from videobatch import records\n\ndef g():\n    return records\n",
    "videobatch/state/lua/claim.lua": "return 1\n",
    "cli/__init__.py": "",
    "cli/main.py": "def run():\n    from cli.watch import status\n    return status\n",
    "cli/watch/__init__.py": "",
    "cli/watch/status.py": "import videobatch.state.store\nfrom config.settings import A\n",
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for folder in FOLDERS:
        (tmp_path / folder).mkdir()
    for place, text in HOUSE.items():
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


def test_rooms_arrows_and_lengths_are_counted(house: Path) -> None:
    figures = measure(house)
    assert (figures.files, figures.rooms, figures.cli_rooms) == (11, 6, 2)
    # state -> videobatch, cli -> cli.watch, cli.watch -> videobatch.state, cli.watch -> config
    assert (figures.arrows, figures.cli_arrows) == (4, 1)
    assert (figures.functions, figures.function_median) == (3, 2)
    assert figures.longest_files == ((4, "videobatch/state/store.py"),)
    assert list(figures.excesses()) == []


def test_a_circle_of_modules_is_found(house: Path) -> None:
    (house / "config/settings.py").write_text("import config.values\n", "utf-8")
    (house / "config/values.py").write_text("import config.settings\n", "utf-8")
    figures = measure(house)
    assert figures.circles == (("config.settings", "config.values"),)
    assert list(figures.excesses()) == ["a circle of imports: config.settings <-> config.values"]


def test_a_circle_of_rooms_is_found_where_no_module_has_one(house: Path) -> None:
    """Two folders that need each other, by modules that do not."""
    for place, text in {
        "videobatch/media/__init__.py": "",
        "videobatch/media/sound.py": "from videobatch.state import store\n",
        "videobatch/media/files.py": "",
        "videobatch/state/samples.py": "from videobatch.media import files\n",
    }.items():
        (house / place).parent.mkdir(exist_ok=True)
        (house / place).write_text(text, "utf-8")
    figures = measure(house)
    assert figures.circles == ()
    assert figures.room_circles == (("videobatch.media", "videobatch.state"),)


def test_a_folder_may_use_what_lies_beside_it_in_its_parent(house: Path) -> None:
    (house / "videobatch/state/sweep.py").write_text("import videobatch.state.store\n", "utf-8")
    assert measure(house).room_circles == ()


def test_what_is_too_long_is_named(house: Path) -> None:
    body = "    x = 1\n" * 301
    (house / "cli/watch/status.py").write_text(f"def long():\n{body}", "utf-8")
    figures = measure(house)
    assert figures.longest_files == ((302, "cli/watch/status.py"),)
    assert figures.long_functions == ((302, "cli/watch/status.py:long"),)
    said = "\n".join(figures.excesses())
    assert "cli/watch/status.py has 302 lines" in said
    assert "1 of 4 functions" in said


def test_more_rooms_than_a_person_holds_in_mind_are_told(house: Path) -> None:
    for number in range(12):
        (house / f"cli/room{number}.py").write_text("", "utf-8")
    assert "cli/ has 14 rooms, more than 11" in list(measure(house).excesses())
