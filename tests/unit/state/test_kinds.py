"""Kinds of videos: their name and what they are thought to need, in few steps."""

from __future__ import annotations

import pytest

from videobatch.state.kinds import need_kind

MIB = 1 << 20


@pytest.mark.parametrize(
    ("need_bytes", "kind"),
    [
        (0, "video@0"),
        (1, "video@1"),
        (99 * MIB, "video@99"),
        (101 * MIB, "video@110"),
        (300 * MIB, "video@300"),
        (300 * MIB + 1, "video@310"),
        (1234 * MIB, "video@1300"),
    ],
)
def test_a_need_is_rounded_up_to_two_digits(need_bytes: int, kind: str) -> None:
    assert need_kind("video", need_bytes) == kind
