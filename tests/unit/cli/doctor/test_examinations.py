"""An examination that fails or hangs does not stop the others."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from cli.doctor.check import Check, CheckStatus, bad, well
from cli.doctor.examinations import Examination, examine
from videobatch.errors import SettingsError


@pytest.mark.parametrize(
    ("error", "found", "hint"),
    [
        (OSError(13, "Permission denied", "/x"), "Permission denied: '/x'", "mend what"),
        (SettingsError("no such engine", hint="choose another"), "no such engine", "choose"),
        (LookupError(), "cannot be checked: LookupError", "mend what"),
    ],
)
def test_an_examination_that_fails_does_not_stop_the_others(
    error: Exception, found: str, hint: str
) -> None:
    def fails() -> Iterator[Check]:
        yield well("first", "seen before it failed")
        raise error

    checks = list(
        examine((Examination("broken", fails), Examination("next", lambda: [well("n", "")])))
    )
    assert [check.name for check in checks] == ["first", "broken", "n"]
    assert found in checks[1].found
    assert hint in checks[1].hint
    assert checks[1].status is CheckStatus.BAD


def test_an_examination_that_hangs_is_left_behind_with_what_it_has_found() -> None:
    release = threading.Event()

    def hangs() -> Iterator[Check]:
        yield well("first", "quick")
        release.wait()

    try:
        # That it comes back shows that it does not wait for the one that hangs.
        checks = list(
            examine((Examination("slow", hangs, 1.0, "wake it"), Examination("next", list)))
        )
        assert checks == [well("first", "quick"), bad("slow", "no answer within 1 s", "wake it")]
    finally:
        release.set()
