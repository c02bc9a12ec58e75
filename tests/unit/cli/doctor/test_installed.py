"""The checks of what is installed: Python, packages, programs."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from cli.doctor import installed
from cli.doctor.check import CheckStatus
from tests.support.doctor import only


@pytest.mark.parametrize(
    ("version", "status"),
    [((3, 10, 14), CheckStatus.BAD), ((3, 11, 0), CheckStatus.OK), ((3, 14, 1), CheckStatus.OK)],
)
def test_python(version: tuple[int, ...], status: CheckStatus) -> None:
    check = only(installed.python(version))
    assert check.status is status
    assert ".".join(map(str, version)) in check.found


@pytest.mark.parametrize(
    ("wanted", "problems"),
    [
        ("av>=16,<19", []),
        ("celery[redis]<5.8,>=5.7", ["celery is 5.4.0, not <5.8,>=5.7"]),
        ("gone>=1", ["gone is missing"]),
        ('gone>=1; extra == "whisper"', []),
        ('gone>=1; sys_platform == "win96"', []),
        ("pre>=2", []),
    ],
)
def test_requirements(wanted: str, problems: list[str]) -> None:
    versions = {"av": "17.0.1", "celery": "5.4.0", "pre": "2.1rc1"}

    def version(name: str) -> str:
        if name not in versions:
            raise PackageNotFoundError(name)
        return versions[name]

    assert list(installed.unmet([wanted], version)) == problems


def test_the_packages_of_this_environment_are_right() -> None:
    assert only(installed.packages()).status is CheckStatus.OK
    assert list(installed.absent(("av", "no_such_module"))) == ["module no_such_module is missing"]


def test_an_installation_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "DISTRIBUTION", "no-such-distribution")
    check = only(installed.packages())
    assert check.status is CheckStatus.BAD
    assert "make setup" in check.hint


def test_programs(tmp_path: Path) -> None:
    assert only(installed.programs()).status is CheckStatus.OK
    check = only(installed.programs(str(tmp_path)))
    assert check.status is CheckStatus.BAD
    assert "sh, nice" in check.found
