"""Each module has its test file, or a line that names it; the table says no more than is true."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import PROJECT_ROOT
from tests.support.mirror import Table, Tree, faults, own_test, read_table

CODE = {
    "videobatch/state/store.py": "",
    "cli/main.py": "import videobatch.state.store\n",
    "tests/unit/state/test_store.py": "from videobatch.state import store\n",
    "tests/integration/test_cli.py": "import pytest\npytestmark = pytest.mark.runs('cli.main')\n",
    "tests/unit/test_words.py": "",
}
HELD = {"cli/main.py": ["tests/integration/test_cli.py"]}
ALONE = {"tests/unit/test_words.py": "reads documents"}


def found(root: Path, modules: dict[str, list[str]] = HELD, alone: dict[str, str] = ALONE) -> str:
    return "\n".join(faults(Tree(root), Table(modules, alone)))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in CODE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_every_module_is_held_and_every_line_is_true() -> None:
    told = faults(Tree(PROJECT_ROOT), read_table(PROJECT_ROOT))
    assert not told, "\n" + "\n".join(told)


@pytest.mark.parametrize(
    ("module", "own"),
    [
        ("videobatch/state/store.py", "tests/unit/state/test_store.py"),
        ("videobatch/paths.py", "tests/unit/test_paths.py"),
        ("videobatch/media/captions/__init__.py", "tests/unit/media/test_captions.py"),
        ("cli/doctor/check.py", "tests/unit/cli/doctor/test_check.py"),
        ("controllers/__main__.py", "tests/unit/controllers/test_main.py"),
    ],
)
def test_a_module_has_its_own_place(module: str, own: str) -> None:
    assert own_test(module) == own


def test_a_house_in_order_has_no_faults(root: Path) -> None:
    assert not found(root)


def test_a_module_without_a_test_is_told_with_the_line_to_write(root: Path) -> None:
    assert '"cli/main.py" = ["tests/integration/test_cli.py"]' in found(root, {})
    (root / "videobatch/errors.py").write_text("")
    assert "videobatch/errors.py: write tests/unit/test_errors.py" in found(root)


def test_an_own_test_that_never_touches_its_module_is_told(root: Path) -> None:
    (root / "tests/unit/state/test_store.py").write_text("import os\n")
    assert "test_store.py neither imports nor runs videobatch/state/store.py" in found(root)


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        ({**HELD, "cli/gone.py": ["tests/integration/test_cli.py"]}, "cli/gone.py, which is no"),
        ({**HELD, "videobatch/state/store.py": ["tests/integration/test_cli.py"]}, "which has"),
        ({"cli/main.py": ["tests/integration/test_gone.py"]}, "is not there"),
        ({"cli/main.py": ["tests/unit/test_words.py"]}, "neither imports nor runs cli/main.py"),
        ({"cli/main.py": []}, "cli/main.py names no test"),
    ],
)
def test_a_line_that_is_not_true_is_told(
    root: Path, modules: dict[str, list[str]], message: str
) -> None:
    assert message in found(root, modules)


def test_a_test_of_no_module_needs_a_reason(root: Path) -> None:
    assert "tests/unit/test_words.py mirrors no module" in found(root, HELD, {})
    assert "it is not there" in found(root, HELD, {**ALONE, "tests/unit/test_x.py": "why"})
    own = {**ALONE, "tests/unit/state/test_store.py": "why"}
    assert "it holds a module" in found(root, HELD, own)
