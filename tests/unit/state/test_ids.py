"""Ids of batches and videos."""

from __future__ import annotations

import re

import pytest

from videobatch.state.ids import batch_id, video_id


@pytest.mark.parametrize(
    "name",
    ["week 1", "Größe", "数学", "../..", "x" * 300, "a/b:c%d", "", "na\udce9ve"],
)
def test_an_id_is_plain_enough_for_keys_and_messages(name: str) -> None:
    for made in (batch_id(name, "file:///in", "file:///out"), video_id(name, "summary_report")):
        assert re.fullmatch(r"[a-z0-9._-]{1,60}", made)


def test_the_same_folders_give_the_same_batch_and_others_another() -> None:
    first = batch_id("n", "file:///in", "file:///out")
    assert first == batch_id("n", "file:///in", "file:///out")
    assert len({first, batch_id("n", "file:///in2", "file:///out"), batch_id("n", "a", "b")}) == 3


def test_a_video_has_an_id_for_each_template_and_each_place() -> None:
    ids = {video_id(n, t) for n in ("a/x.mp4", "b/x.mp4") for t in ("summary_report", "notes")}
    assert len(ids) == 4
    assert all(each.startswith("x.mp4-") for each in ids)
